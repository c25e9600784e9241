import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { kernelCost } from '../../../src/emitters/loop/cost.js';
import { removeDeadCode } from '../../../src/emitters/loop/dead-code.js';
import { formFma } from '../../../src/emitters/loop/form-fma.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import type { LaneType, ValueId } from '../../../src/emitters/loop/ir.js';
import { printKernel } from '../../../src/emitters/loop/print.js';
import { verifyKernel } from '../../../src/emitters/loop/verify.js';

const f32 = { element: 'f32', lanes: 1 } as const;

/** The lines of a kernel's body. */
const bodyOf = (text: string): string[] =>
  text
    .slice(text.indexOf('{\n') + 2, -3)
    .split('\n')
    .map((line) => line.trim());

describe('formFma', () => {
  /** Body after the pass of a kernel that stores what `f` makes of three loaded values. */
  const formed = (
    f: (b: KernelBuilder, x: ValueId, y: ValueId, z: ValueId) => ValueId[],
    element: LaneType = 'f32',
  ) => {
    const b = new KernelBuilder('k', 1);
    const data = b.buffer('in', element, 3, 'read');
    const [x, y, z] = [0, 1, 2].map((i) => b.load(data, b.index(i)));
    const results = f(b, x!, y!, z!);
    const out = b.buffer('out', element, results.length, 'write');
    results.forEach((r, i) => {
      b.store(out, b.index(i), r);
    });
    const kernel = formFma(b.finish());
    expect(verifyKernel(kernel)).toEqual([]);
    return bodyOf(printKernel(kernel)).slice(3);
  };
  const contract = (b: KernelBuilder, op: 'add' | 'sub' | 'mul', x: ValueId, y: ValueId) => {
    const v = b.binary(op, x, y);
    b.allowContraction(v);
    return v;
  };

  it('joins a product with the sum or difference that reads it', () => {
    const product = (b: KernelBuilder, x: ValueId, y: ValueId) => contract(b, 'mul', x, y);
    expect(formed((b, x, y, z) => [contract(b, 'add', product(b, x, y), z)])).toEqual([
      '%4 f32 = fma %1, %2, %3',
      'store out[0] = f32 %4',
    ]);
    expect(formed((b, x, y, z) => [contract(b, 'add', z, product(b, x, y))])[0]).toBe('%4 f32 = fma %1, %2, %3');
    expect(formed((b, x, y, z) => [contract(b, 'sub', product(b, x, y), z)]).slice(0, 2)).toEqual([
      '%4 f32 = neg %3',
      '%5 f32 = fma %1, %2, %4',
    ]);
    expect(formed((b, x, y, z) => [contract(b, 'sub', z, product(b, x, y))]).slice(0, 2)).toEqual([
      '%4 f32 = neg %1',
      '%5 f32 = fma %4, %2, %3',
    ]);
  });

  it('joins the first of two products, and chains', () => {
    expect(
      formed((b, x, y, z) => [contract(b, 'add', contract(b, 'mul', x, y), contract(b, 'mul', z, z))]).slice(0, 2),
    ).toEqual(['%4 f32 = mul %3, %3 contract', '%5 f32 = fma %1, %2, %4']);
    expect(
      formed((b, x, y, z) => {
        const inner = contract(b, 'add', contract(b, 'mul', x, y), z);
        return [contract(b, 'add', contract(b, 'mul', inner, y), x)];
      }).slice(0, 2),
    ).toEqual(['%4 f32 = fma %1, %2, %3', '%5 f32 = fma %4, %2, %1']);
  });

  it('leaves what is not contractible', () => {
    const kept = (f: Parameters<typeof formed>[0], element?: LaneType) =>
      expect(formed(f, element).join('\n')).not.toContain('fma');
    kept((b, x, y, z) => [b.binary('add', contract(b, 'mul', x, y), z)]);
    kept((b, x, y, z) => [contract(b, 'add', b.binary('mul', x, y), z)]);
    kept((b, x, y, z) => [contract(b, 'add', contract(b, 'mul', x, y), z)], 's32');
    // Read twice: by both sides of a sum, or elsewhere too.
    kept((b, x, y) => {
      const product = contract(b, 'mul', x, y);
      return [contract(b, 'add', product, product)];
    });
    kept((b, x, y, z) => {
      const product = contract(b, 'mul', x, y);
      return [contract(b, 'add', product, z), product];
    });
    kept((b, x, y, z) => [contract(b, 'add', b.roundTo(contract(b, 'mul', x, y), 'bf16'), z)]);
  });

  it('works inside loops, changes rounding only, and gives the same kernel back where there is nothing to do', () => {
    const n = 16;
    const b = new KernelBuilder('dot', 1);
    const [x, y] = [b.buffer('x', 'f32', n, 'read'), b.buffer('y', 'f32', n, 'read')];
    const out = b.buffer('out', 'f32', 1, 'write');
    const [sum] = b.loop('k', b.index(0), b.index(n), 1, [b.constant(f32, 0)], (k, [s]) => [
      contract(b, 'add', s!, contract(b, 'mul', b.load(x, k), b.load(y, k))),
    ]);
    b.store(out, b.index(0), sum!);
    const before = b.finish();
    const after = formFma(before);
    expect(bodyOf(printKernel(after))).toContain('%5 f32 = fma %3, %4, %2');
    const data = Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1));
    const [plain, fused] = [before, after].map((kernel) => {
      const result = new Float32Array(1);
      runKernel(kernel, [data, data, result]);
      return result[0]!;
    });
    expect(fused).toBeCloseTo(plain!, 5);
    expect(formFma(after)).toBe(after);
  });
});

describe('removeDeadCode', () => {
  it('removes values that nothing needs, chains of them, and loops left empty', () => {
    const b = new KernelBuilder('k', 1);
    const data = b.buffer('data', 'f32', 8, 'read');
    const out = b.buffer('out', 'f32', 8, 'write');
    const x = b.load(data, b.task);
    b.unary('neg', b.unary('sqrt', b.load(data, b.index(3))));
    b.loop('unused', b.index(0), b.index(8), 1, [x], (_, [s]) => [b.binary('add', s!, x)]);
    const [, kept] = b.loop('i', b.index(0), b.index(8), 1, [x, x, x], (i, [s, t, u]) => [
      b.binary('add', s!, t!),
      b.binary('mul', t!, b.load(data, i)),
      b.unary('neg', u!),
    ]);
    b.if(b.compare('lt', b.task, b.index(1)), () => {
      b.unary('sqrt', x);
    });
    b.store(out, b.task, kept!);
    const kernel = removeDeadCode(b.finish());
    expect(verifyKernel(kernel)).toEqual([]);
    expect(bodyOf(printKernel(kernel))).toEqual([
      '%1 f32 = load data[%0]',
      'for %i.2 in 0 to 8 with %3 f32 = %1 {',
      '%4 f32 = load data[%i.2]',
      '%5 f32 = mul %3, %4',
      'next %5',
      '} gives %6',
      'store out[%0] = f32 %6',
    ]);
    expect(removeDeadCode(kernel)).toBe(kernel);
  });
  it('keeps what decides whether a store runs, and where', () => {
    const b = new KernelBuilder('k', 4);
    const [limits, out] = [b.buffer('limits', 's64', 4, 'read'), b.buffer('out', 'f32', 64, 'readwrite')];
    b.loop('i', b.index(0), b.load(limits, b.task), 1, [b.index(0)], (i, [s]) => {
      const next = b.binary('add', s!, i);
      b.if(b.compare('ne', next, b.task), () =>
        b.store(out, next, b.load(out, i), { mask: b.compare('lt', i, b.task) }),
      );
      return [next];
    });
    const kernel = b.finish();
    expect(printKernel(removeDeadCode(kernel))).toBe(printKernel(kernel));
  });
});

describe('kernelCost', () => {
  const tiled = (rows: number) => {
    const b = new KernelBuilder('k', Math.ceil(rows / 16));
    const data = b.buffer('data', 'bf16', 64 * rows, 'read');
    const scale = b.buffer('scale', 'f32', 64, 'read');
    const out = b.buffer('out', 'f32', rows, 'write');
    const first = b.binary('mul', b.task, b.index(16));
    const end = b.binary('add', first, b.index(16));
    b.loop('row', first, rows % 16 === 0 ? end : b.binary('min', end, b.index(rows)), 1, [], (row) => {
      const zero = b.constant({ element: 'f32', lanes: 8 }, 0);
      const [sum] = b.loop('column', b.index(0), b.index(64), 8, [zero], (column, [s]) => {
        const x = b.load(data, b.binary('add', b.binary('mul', row, b.index(64)), column), 8);
        return [b.fma(x, b.load(scale, column, 8), s!)];
      });
      b.store(out, row, b.part(b.binary('add', sum!, sum!), 0, 1));
      return [];
    });
    return kernelCost(b.finish());
  };
  it('counts operations and bytes over loops and tasks', () => {
    const cost = tiled(64);
    expect(cost.exact).toBe(true);
    expect(cost.flops).toBe(64 * (2 * 64 + 8));
    expect(cost.buffers).toEqual([
      { name: 'data', loaded: 2 * 64 * 64, stored: 0, footprint: 2 * 64 * 64 },
      { name: 'scale', loaded: 4 * 64 * 64, stored: 0, footprint: 4 * 64 },
      { name: 'out', loaded: 0, stored: 4 * 64, footprint: 4 * 64 },
    ]);
  });
  it('says where its counts are bounds', () => {
    const cost = tiled(56);
    expect(cost.exact).toBe(false);
    expect(cost.flops).toBe(64 * (2 * 64 + 8));
  });
  it('takes the costlier branch, and the part of a buffer that indices reach', () => {
    const b = new KernelBuilder('k', 4);
    const [data, out] = [b.buffer('data', 'f64', 1000, 'read'), b.buffer('out', 'f64', 1000, 'write')];
    const at = b.binary('add', b.task, b.index(10));
    b.if(
      b.compare('lt', b.task, b.index(2)),
      () => b.store(out, at, b.unary('sqrt', b.load(data, at))),
      () => b.store(out, at, b.constant({ element: 'f64', lanes: 2 }, 0)),
    );
    const cost = kernelCost(b.finish());
    expect(cost).toMatchObject({ flops: 4, exact: false });
    expect(cost.buffers).toEqual([
      { name: 'data', loaded: 32, stored: 0, footprint: 32 },
      { name: 'out', loaded: 0, stored: 64, footprint: 40 },
    ]);
  });
});
