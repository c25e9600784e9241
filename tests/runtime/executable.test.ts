import { describe, expect, it } from 'vitest';
import { ArgumentError, allocate, compile, tensor, tensorType } from '../../src/index.js';
import { TARGETS } from '../../src/program.js';
import type { NativeExecutable } from '../../src/runtime/index.js';
import { add8, f32, ramp, twoSteps, withConstant } from './programs.js';

const a = f32([8], [1, 2, 3, 4, 5, 6, 7, 8]);
const b = f32([8], [10, 20, 30, 40, 50, 60, 70, 80]);
const sum = [11, 22, 33, 44, 55, 66, 77, 88];

describe.each(['cpu', 'cpu:avx2', 'simt', 'interpreter'] as const)('a program on %s', (target) => {
  it('runs, synchronously and not', async () => {
    using p = add8({ target });
    expect(p.target).toBe(target);
    expect([...p.runSync([a, b])[0]!.data]).toEqual(sum);
    expect([...(await p.run([a, b]))[0]!.data]).toEqual(sum);
  });

  it('takes bare arrays, and views into larger ones', () => {
    using p = add8({ target });
    const large = Float32Array.from({ length: 20 }, (_, i) => i);
    expect([...p.runSync([large.subarray(3, 11), large.subarray(4, 12)])[0]!.data]).toEqual([
      7, 9, 11, 13, 15, 17, 19, 21,
    ]);
  });

  it('writes to outputs handed in, and returns them', () => {
    using p = add8({ target });
    const outputs = [allocate(tensorType('f32', [8]))];
    expect(p.runSync([a, b], { outputs })).toBe(outputs);
    expect([...outputs[0]!.data]).toEqual(sum);
  });

  it('gives results that are inputs or constants', () => {
    using p = withConstant({ target });
    const [product, same] = p.runSync([f32([4], [1, 1, 2, 2])]);
    expect([...product!.data]).toEqual([1, 2, 6, 8]);
    expect([...same!.data]).toEqual([1, 1, 2, 2]);
  });

  it('says which argument is wrong, and how', () => {
    using p = add8({ target });
    const message = (inputs: readonly unknown[], outputs?: readonly unknown[]) => {
      try {
        p.runSync(inputs as never, outputs ? { outputs: outputs as never } : {});
      } catch (e) {
        expect(e).toBeInstanceOf(ArgumentError);
        return (e as Error).message;
      }
      throw new Error('it ran');
    };
    const detached = new Float32Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const resizable = new Float32Array(
      new (ArrayBuffer as never as { new (n: number, o: object): ArrayBuffer })(32, { maxByteLength: 64 }),
    );
    expect(message([a])).toBe('the program has 2 inputs, but 1 are given');
    expect(message(a as never)).toBe('the inputs must be an array of tensors, not an Object');
    expect(message([a, new Float32Array(7)])).toBe('input 1 must be f32[8], a Float32Array of 8 numbers, but has 7');
    expect(message([new Float64Array(8), b])).toBe(
      'input 0 must be f32[8], a Float32Array of 8 numbers, but is a Float64Array',
    );
    expect(message([a, f32([2, 4], a.data as Float32Array)])).toBe('input 1 must be f32[8], but is f32[2,4]');
    expect(message([[1, 2], b])).toContain('or a tensor; an Array was given');
    expect(message([a, undefined])).toContain('undefined was given');
    expect(message([detached, b])).toContain('detached');
    expect(message([resizable, b])).toContain('resizable');
    expect(message([new Float32Array(new SharedArrayBuffer(32)), b])).toContain('SharedArrayBuffer');
    expect(message([a, b], [])).toBe('the program has 1 output, but 0 are given');
    expect(message([a, b], [tensor('s32', [8], new Int32Array(8))])).toContain('output 0 must be f32[8]');
  });

  it('is disposed of once, however often', async () => {
    const p = add8({ target });
    p.runSync([a, b]);
    p.dispose();
    p.dispose();
    expect(() => p.runSync([a, b])).toThrow('disposed');
    await expect(p.run([a, b])).rejects.toThrow('disposed');
  });
});

describe('memory', () => {
  it('never reads its workspace before writing it', () => {
    using p = twoSteps() as NativeExecutable;
    using judge = twoSteps({ target: 'interpreter' });
    const inputs = [ramp([64, 32])];
    const expected = judge.runSync(inputs)[0]!;
    p.runSync(inputs);
    p.poison(0xff);
    const got = p.runSync(inputs)[0]!;
    got.data.forEach((x, i) => {
      expect(Number(x)).toBeCloseTo(Number(expected.data[i]), 2);
    });
  });

  it('takes a workspace of the caller, and gives it up again', () => {
    using p = twoSteps();
    const inputs = [ramp([64, 32])];
    const expected = p.runSync(inputs)[0]!.data;
    expect(p.workspaceBytes).toBeGreaterThan(0);
    const workspace = new Uint8Array(p.workspaceBytes);
    expect(p.runSync(inputs, { workspace })[0]!.data).toEqual(expected);
    expect(workspace.some((x) => x !== 0)).toBe(true);
    workspace.fill(0xff);
    expect(p.runSync(inputs)[0]!.data).toEqual(expected);
    expect(workspace.every((x) => x === 0xff)).toBe(true);
    expect(() => p.runSync(inputs, { workspace: new Uint8Array(8) })).toThrow('the workspace must be a Uint8Array of');
  });

  it('refuses outputs that overlap inputs, each other or the workspace', () => {
    using p = add8();
    const buffer = new ArrayBuffer(1024);
    const at = (offset: number) => tensor('f32', [8], new Float32Array(buffer, offset, 8));
    expect(() => p.runSync([at(0), at(64)], { outputs: [at(16)] })).toThrow('output 0 overlaps input 0 in memory');
    expect(() => p.runSync([at(0), at(0)], { outputs: [at(32)] })).not.toThrow();
    using q = withConstant();
    const four = (offset: number) => tensor('f32', [4], new Float32Array(buffer, offset, 4));
    expect(() => q.runSync([four(0)], { outputs: [four(64), four(72)] })).toThrow('output 1 overlaps output 0');
    using r = twoSteps();
    const big = new ArrayBuffer(r.workspaceBytes + 128);
    const output = tensor('f32', [32], new Float32Array(big, 64, 32));
    expect(() => r.runSync([ramp([64, 32])], { outputs: [output], workspace: new Uint8Array(big) })).toThrow(
      'output 0 overlaps the workspace in memory',
    );
  });

  it('does not care how arrays are aligned beyond their elements', () => {
    using p = add8();
    const buffer = new ArrayBuffer(256);
    const at = (offset: number) => new Float32Array(buffer, offset, 8);
    at(4).set(a.data as Float32Array);
    at(44).set(b.data as Float32Array);
    const outputs = [tensor('f32', [8], at(84))];
    p.runSync([at(4), at(44)], { outputs });
    expect([...at(84)]).toEqual(sum);
  });

  it('runs programs with empty tensors', () => {
    const text = `func.func @main(%a: tensor<0x4xf32>) -> tensor<0x4xf32> {
      %0 = stablehlo.add %a, %a : tensor<0x4xf32>
      return %0 : tensor<0x4xf32>
    }`;
    using p = compile(text);
    expect(p.runSync([new Float32Array(0)])[0]!.data.length).toBe(0);
  });

  it('survives collection of what it was given', () => {
    using p = add8();
    for (let k = 0; k < 20_000; k++) {
      const x = Float32Array.from({ length: 8 }, (_, i) => i + k);
      const [r] = p.runSync([x, x]);
      if (r!.data[3] !== 2 * (3 + k)) throw new Error(`run ${k} gives ${r!.data}`);
    }
  });
});

describe('threads', () => {
  it.each([1, 2, 3, 16])('give the same with %i of them', (threads) => {
    using p = twoSteps();
    const inputs = [ramp([64, 32])];
    expect(p.runSync(inputs, { threads })[0]!.data).toEqual(p.runSync(inputs, { threads: 1 })[0]!.data);
  });

  it.each([0, -1, 1.5, Number.NaN, 1e9])('cannot be %d', (threads) => {
    using p = add8();
    expect(() => p.runSync([a, b], { threads })).toThrow('threads must be an integer from 1 to 1024');
  });
});

describe('compile', () => {
  it('refuses targets that do not exist', () => {
    expect(() => add8({ target: 'tpu' as never })).toThrow(`there is no target tpu; choose ${TARGETS.join(', ')}`);
  });

  it('refuses for graphics processors what their kernels cannot do', () => {
    expect(() => add8({ target: 'cuda:sm_90', checked: true })).toThrow(
      'kernels for target cuda:sm_90 check no index: target simt runs the same kernels',
    );
    expect(() => add8({ target: 'simt', libraries: ['openblas'] })).toThrow(
      'kernels for target simt call no foreign library such as openblas: allow none, or choose cpu',
    );
  });

  it('says where a program is wrong', () => {
    expect(() => compile('func.func @main() { return %x : tensor<f32> }', { file: 'x.mlir' })).toThrow(/x\.mlir:1:/);
  });

  it('gives strict programs that equal the interpreter bit for bit', () => {
    using p = twoSteps({ precision: 'strict' });
    using judge = twoSteps({ target: 'interpreter' });
    const inputs = [ramp([64, 32])];
    expect(p.runSync(inputs)[0]!.data).toEqual(judge.runSync(inputs)[0]!.data);
  });

  it('gives checked programs that run like others', () => {
    using p = add8({ checked: true });
    expect([...p.runSync([a, b])[0]!.data]).toEqual(sum);
  });
});
