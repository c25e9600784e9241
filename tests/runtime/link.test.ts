/** Objects of the code generator as images, and images in the process. */
import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { compileKernels } from '../../src/emitters/llvm/index.js';
import { KernelBuilder } from '../../src/emitters/loop/builder.js';
import type { Kernel } from '../../src/emitters/loop/ir.js';
import { hostTarget } from '../../src/rules/target.js';
import { FLAG, readObject } from '../../src/runtime/elf.js';
import { mapImage, PAGE } from '../../src/runtime/image.js';
import { linkImage } from '../../src/runtime/link.js';

const target = hostTarget();

/** out = remainder(in, divisor), by fmod of the C library, and a constant that code reads from memory. */
function remainder(name: string, divisor: number): Kernel {
  const b = new KernelBuilder(name, 1);
  const x = b.buffer('x', 'f64', 4, 'read');
  const y = b.buffer('y', 'f64', 4, 'write');
  b.loop('i', b.index(0), b.index(4), 1, [], (i) => {
    const v = b.load(x, i, 1);
    b.store(y, i, b.binary('rem', v, b.constant({ element: 'f64', lanes: 1 }, divisor)));
    return [];
  });
  return b.finish();
}

const object = (name: string, divisor: number) => compileKernels([remainder(name, divisor)], { target });

function call(address: bigint, x: number[]): number[] {
  const kernel = koffi.decode(address, koffi.proto('void (void **, int32_t *, int64_t, int64_t)'));
  const [from, to] = [Float64Array.from(x), new Float64Array(4)];
  kernel(BigUint64Array.of(koffi.address(from), koffi.address(to)), Int32Array.of(0, 1), 0, 1);
  return [...to];
}

describe('an image', () => {
  const image = linkImage([object('by3', 3), object('by5', 5)]);

  test('holds the code of several objects, each with its own constants, and names what it calls once', () => {
    expect(image.imports).toEqual(['fmod']);
    expect([...image.symbols.keys()]).toEqual(['by3', 'by5']);
    expect(image.codeBytes % PAGE).toBe(0);
    const code = mapImage(image);
    expect(call(code.address('by3'), [7, -7, 3, 0.5])).toEqual([1, -1, 0, 0.5]);
    expect(call(code.address('by5'), [7, -7, 3, 0.5])).toEqual([2, -2, 3, 0.5]);
    code.dispose();
  });

  test('runs wherever it is put', () => {
    const codes = [mapImage(image), mapImage(image)];
    expect(new Set(codes.map((c) => c.address('by3'))).size).toBe(2);
    for (const code of codes) {
      expect(call(code.address('by3'), [7, 8, 9, 10])).toEqual([1, 2, 0, 1]);
      code.dispose();
    }
  });

  test('is refused where a function that it calls is nowhere', () => {
    expect(() => mapImage({ ...image, imports: ['fmod_of_nobody'] })).toThrow('calls fmod_of_nobody, which no library');
  });
});

describe('objects that are not what the code generator makes are refused', () => {
  const { bytes } = object('by3', 3);
  /** The object with one byte changed. */
  const patched = (at: number, value: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[at] = value;
    return copy;
  };
  const headers = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0x28, true));
  const { sections } = readObject(bytes);
  const header = (found: (s: (typeof sections)[number]) => boolean) => headers + 64 * sections.findIndex(found);

  test.each<[string, Uint8Array, string]>([
    ['no object', Uint8Array.of(1, 2, 3), 'this is no 64-bit ELF object'],
    ['cut off', bytes.subarray(0, headers), 'outside'],
    [
      'a section that is written',
      patched(header((s) => s.name === '.text') + 8, FLAG.write | FLAG.allocated | FLAG.code),
      'internal error: machine code has a section .text that it writes',
    ],
  ])('%s', (_, damaged, message) => {
    expect(() => linkImage([{ bytes: damaged, symbols: ['by3'] }])).toThrow(message);
  });

  test('a relocation of another kind', () => {
    const table = sections.findIndex((s) => s.name === '.rela.text');
    const offset = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(headers + 64 * table + 24, true));
    expect(() => linkImage([{ bytes: patched(offset + 8, 77), symbols: ['by3'] }])).toThrow(
      'relocation 77 is not known',
    );
  });

  test('a function that is wanted and not there', () => {
    expect(() => linkImage([{ bytes, symbols: ['by4'] }])).toThrow('no object defines by4');
  });
});
