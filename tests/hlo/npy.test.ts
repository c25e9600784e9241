import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../src/hlo/npy.js';
import { elements, make } from './support.js';

/** Files that NumPy itself wrote. */
const WRITTEN = {
  float32:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwA==',
  fortranInt16:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAMAAQAEAAIABQA=',
  bigEndianInt32:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAABAAABAg==',
};
const file = (name: keyof typeof WRITTEN): Uint8Array => new Uint8Array(Buffer.from(WRITTEN[name], 'base64'));

describe('npy', () => {
  test('reads what NumPy writes, in either order of dimensions and bytes', () => {
    expect(elements(readNpy(file('float32')))).toEqual([1.5, -2]);
    expect(readNpy(file('fortranInt16'))).toEqual(make('s16', [2, 3], [0, 1, 2, 3, 4, 5]));
    expect(elements(readNpy(file('bigEndianInt32')))).toEqual([1, 258]);
  });

  test('writes what NumPy writes, byte for byte', () => {
    expect(Buffer.from(writeNpy(make('f32', [1, 2], [1.5, -2]))).toString('base64')).toBe(WRITTEN.float32);
  });

  test.each(['pred', 's8', 's64', 'u32', 'f16', 'f64', 'c64'] as const)('%s goes there and back', (element) => {
    const one = element === 's64' ? 1n : element === 'c64' ? ([1, -2] as const) : 1;
    const t = make(element, [2, 1], [one, one]);
    expect(readNpy(writeNpy(t))).toEqual(t);
  });

  test('bf16 and f8 are widened, and narrowed where asked; 4-bit integers are int8', () => {
    const t = make('bf16', [2], [1.5, -3]);
    const bytes = writeNpy(t);
    expect(readNpy(bytes).type.element).toBe('f32');
    expect(readNpy(bytes, 'bf16')).toEqual(t);
    const small = make('s4', [2], [-8, 7]);
    expect(readNpy(writeNpy(small), 's4')).toEqual(small);
  });

  test('files that are none, or end early, are refused with a reason', () => {
    expect(() => readNpy(new Uint8Array([1, 2, 3]))).toThrow('this is no .npy file');
    expect(() => readNpy(file('float32').subarray(0, 130))).toThrow('[1,2] needs 8 bytes, but the file holds 2');
    expect(() => readNpy(file('float32'), 's32')).toThrow('the file holds f32[1,2], but s32 is wanted');
    fc.assert(
      fc.property(fc.nat(127), fc.nat(255), (at, byte) => {
        const damaged = file('float32').slice();
        damaged[at] = byte;
        try {
          readNpy(damaged);
        } catch (e) {
          expect(['NpyError', 'RangeError']).toContain((e as Error).name);
        }
      }),
    );
  });
});
