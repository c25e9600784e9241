import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import type { Kernel, Stmt } from '../../../src/emitters/loop/ir.js';
import { kernelHash, printKernel, showConstant } from '../../../src/emitters/loop/print.js';

function matmul(names: { kernel: string; lhs: string; label: string }, n = 64): Kernel {
  const b = new KernelBuilder(names.kernel, n / 4);
  const lhs = b.buffer(names.lhs, 'f32', n * n, 'read');
  const rhs = b.buffer('rhs', 'bf16', n * n, 'read');
  const out = b.buffer('out', 'f32', n * n, 'write');
  const row = b.binary('mul', b.task, b.index(4 * n));
  b.loop('column', b.index(0), b.index(n), 16, [], (column) => {
    const zero = b.constant({ element: 'f32', lanes: 16 }, -0);
    const [sum] = b.loop(
      names.label,
      b.index(0),
      b.index(n),
      1,
      [zero],
      (k, [acc]) => {
        const factor = b.splat(b.load(lhs, b.binary('add', row, k)), 16);
        const at = b.binary('add', b.binary('mul', k, b.index(n)), column);
        const product = b.binary('mul', factor, b.load(rhs, at, 16));
        const next = b.binary('add', acc!, product);
        b.allowContraction(product);
        b.allowContraction(next);
        return [next];
      },
      4,
    );
    b.store(out, b.binary('add', row, column), sum!, { nontemporal: true });
    return [];
  });
  return b.finish();
}
const names = { kernel: 'matmul', lhs: 'lhs', label: 'k' };

/** A kernel with one of everything else. */
function sampler(): Kernel {
  const b = new KernelBuilder('sampler', 8);
  const data = b.buffer('data', 's32', 64, 'read');
  const scratch = b.buffer('row scratch', 'f32', 64, 'readwrite', 'local');
  const out = b.buffer('data', 'f64', 64, 'readwrite');
  const at = b.binary(
    'mul',
    b.binary('sub', b.task, b.index(1)),
    b.binary('sub', b.task, b.binary('add', b.task, b.index(2))),
  );
  const mask = b.compare('ge', b.lanes({ element: 's64', lanes: 4 }), b.splat(b.task, 4));
  const x = b.load(data, at, 4, mask);
  const y = b.roundTo(b.convert(x, 'f32'), 'bf16');
  b.if(
    b.compare('lt', b.task, b.index(3)),
    () =>
      b.store(scratch, b.index(0), b.select(mask, y, b.constant({ element: 'f32', lanes: 4 }, Number.NaN)), { mask }),
    () => b.store(scratch, b.index(4), b.constant({ element: 'f32', lanes: 8 }, Number.NEGATIVE_INFINITY)),
  );
  b.scatter(out, x, b.convert(b.shuffle(y, b.unary('neg', y), [0, 4, 1, 5]), 'f64'), mask);
  const bits = b.bitcast(b.part(b.gather(scratch, x), 2, 1), 's32');
  b.store(out, b.task, b.convert(b.unary('popcnt', bits), 'f64'));
  return b.finish();
}

describe('printKernel', () => {
  it('shows loops, carried values and inlined index arithmetic', () => {
    expect(printKernel(matmul(names))).toMatchInlineSnapshot(`
      "kernel matmul: 16 tasks %0
        lhs: read f32[4096]
        rhs: read bf16[4096]
        out: write f32[4096]
      {
        %1 s64 = mul %0, 256
        for %column.2 in 0 to 64 step 16 {
          for %k.3 in 0 to 64 unroll 4 with %4 f32x16 = -0.0 {
            %5 f32 = load lhs[%1 + %k.3]
            %6 f32x16 = splat %5
            %7 f32x16 = load rhs[%k.3*64 + %column.2]
            %8 f32x16 = mul %6, %7 contract
            %9 f32x16 = add %4, %8 contract
            next %9
          } gives %10
          store out[%1 + %column.2] = f32x16 %10 nontemporal
        }
      }
      "
    `);
  });
  it('shows masks, branches, locals and constants', () => {
    expect(printKernel(sampler())).toMatchInlineSnapshot(`
      "kernel sampler: 8 tasks %0
        data: read s32[64]
        data#1: readwrite f64[64]
        row_scratch: local readwrite f32[64]
      {
        %1 s64x4 = lanes
        %2 s64x4 = splat %0
        %3 predx4 = ge s64x4 %1, %2
        %4 s32x4 = load data[(%0 - 1)*(%0 - (%0 + 2))] where %3
        %5 f32x4 = convert s32x4 %4
        %6 f32x4 = roundTo bf16 %5
        %7 pred = lt s64 %0, 3
        %8 f32x4 = select %3, %6, nan
        if %7 {
          store row_scratch[0] = f32x4 %8 where %3
        } else {
          store row_scratch[4] = f32x8 -inf
        }
        %9 f32x4 = neg %6
        %10 f32x4 = shuffle f32x4 %6, %9 [0 4 1 5]
        %11 f64x4 = convert f32x4 %10
        scatter data#1[s32x4 %4] = f64x4 %11 where %3
        %12 f32x4 = gather row_scratch[s32x4 %4]
        %13 f32 = part f32x4 %12 from 2
        %14 s32 = bitcast f32 %13
        %15 s32 = popcnt %14
        %16 f64 = convert s32 %15
        store data#1[%0] = f64 %16
      }
      "
    `);
  });
  it('writes constants so that they read back as they are', () => {
    const shown = [0, -0, 1, 0.1, Math.fround(0.1), 1e300, 2 ** -149, Number.NaN, -Infinity];
    expect(shown.map((x) => showConstant('f32', x))).toEqual([
      '0.0',
      '-0.0',
      '1.0',
      '0.1',
      '0.10000000149011612',
      '1e+300',
      '1.401298464324817e-45',
      'nan',
      '-inf',
    ]);
    expect(showConstant('u64', 2n ** 64n - 1n)).toBe('18446744073709551615');
    expect(showConstant('pred', 1)).toBe('true');
  });
});

/** The kernel with every value id doubled. */
function withGaps(kernel: Kernel): Kernel {
  const spread = (o: unknown): unknown => {
    if (Array.isArray(o)) return o.map(spread);
    if (typeof o !== 'object' || o === null) return o;
    const ids = [
      'id',
      'a',
      'b',
      'c',
      'cond',
      'index',
      'mask',
      'value',
      'iv',
      'lo',
      'hi',
      'init',
      'param',
      'next',
      'result',
    ];
    const isConstant = (o as { op?: string }).op === 'const';
    return Object.fromEntries(
      Object.entries(o).map(([key, v]) => [
        key,
        ids.includes(key) && typeof v === 'number' && !isConstant ? 2 * v : spread(v),
      ]),
    );
  };
  return { ...kernel, task: 2 * kernel.task, body: spread(kernel.body) as Stmt[], valueCount: 2 * kernel.valueCount };
}

describe('kernelHash', () => {
  const hash = kernelHash(matmul(names));
  it('depends on neither names nor gaps between value ids', () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(kernelHash(matmul({ kernel: 'dot.7', lhs: 'weights', label: 'reduction' }))).toBe(hash);
    expect(kernelHash(withGaps(matmul(names)))).toBe(hash);
    expect(printKernel(withGaps(sampler()))).toBe(printKernel(sampler()));
  });
  it('depends on everything that changes what a kernel does', () => {
    const kernel = matmul(names);
    const [outer] = kernel.body.slice(-1);
    if (outer?.kind !== 'for') throw new Error('the matmul ends with its loop over columns');
    const variants: Kernel[] = [
      matmul(names, 128),
      { ...kernel, tasks: 17 },
      { ...kernel, buffers: kernel.buffers.map((b) => ({ ...b, element: 'f16' as const })) },
      { ...kernel, body: [...kernel.body.slice(0, -1), { ...outer, step: 8 }] },
      { ...kernel, body: [...kernel.body, ...kernel.body.slice(-1)] },
    ];
    const hashes = variants.map(kernelHash);
    expect(new Set([hash, ...hashes]).size).toBe(variants.length + 1);
  });
});
