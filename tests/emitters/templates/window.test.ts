import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agree } from '../../support/agree.js';

const RUNS = process.env.THIMBLE_TEST_ALL ? 500 : 40;

interface WindowDim {
  readonly n: number;
  readonly size: number;
  readonly stride: number;
  readonly base: number;
  readonly dilation: number;
  readonly low: number;
  readonly high: number;
}

const windowDim = fc.record({
  n: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 17, max: 40 })),
  size: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  base: fc.constantFrom(1, 1, 1, 2),
  dilation: fc.constantFrom(1, 1, 1, 2),
  low: fc.integer({ min: -1, max: 2 }),
  high: fc.integer({ min: -1, max: 2 }),
});

const extent = (d: WindowDim): number => {
  const padded = (d.n - 1) * d.base + 1 + d.low + d.high;
  const span = (d.size - 1) * d.dilation + 1;
  return padded < span ? 0 : Math.floor((padded - span) / d.stride) + 1;
};

const shape = (dims: readonly number[], element = 'f32') => `tensor<${[...dims, element].join('x')}>`;

const attributes = (dims: readonly WindowDim[]) => `
  window_dimensions = array<i64: ${dims.map((d) => d.size)}>, window_strides = array<i64: ${dims.map((d) => d.stride)}>,
  base_dilations = array<i64: ${dims.map((d) => d.base)}>, window_dilations = array<i64: ${dims.map((d) => d.dilation)}>,
  padding = dense<[${dims.map((d) => `[${d.low}, ${d.high}]`)}]> : tensor<${dims.length}x2xi64>`;

function reduceWindow(dims: readonly WindowDim[], body: string, init: string, element = 'f32'): string {
  const from = shape(
    dims.map((d) => d.n),
    element,
  );
  const to = shape(dims.map(extent), element);
  return `func.func @main(%x: ${from}) -> ${to} {
    %i = stablehlo.constant dense<${init}> : tensor<${element}>
    %p = stablehlo.add %x, %x : ${from}
    %0 = "stablehlo.reduce_window"(%p, %i) <{${attributes(dims)}}> ({
    ^bb0(%a: tensor<${element}>, %b: tensor<${element}>):
      ${body}
      stablehlo.return %r : tensor<${element}>
    }) : (${from}, tensor<${element}>) -> ${to}
    %1 = stablehlo.negate %0 : ${to}
    return %1 : ${to}
  }`;
}

const op = (name: string, element = 'f32') => `%r = stablehlo.${name} %a, %b : tensor<${element}>`;
const HALVES = `%h = stablehlo.constant dense<0.5> : tensor<f32>
  %m = stablehlo.multiply %a, %h : tensor<f32>
  %r = stablehlo.subtract %b, %m : tensor<f32>`;

const bodies = fc.constantFrom(
  [op('add'), '0.0'],
  [op('add'), '1.5'],
  [op('maximum'), '0xFF800000'],
  [op('minimum'), '0.25'],
  [op('multiply'), '1.0'],
  [HALVES, '2.0'],
);
const precisions = fc.constantFrom('default' as const, 'strict' as const);

describe('windows', () => {
  test('any size, stride, dilation and padding', () => {
    fc.assert(
      fc.property(fc.array(windowDim, { minLength: 1, maxLength: 3 }), bodies, precisions, (dims, [body, init], p) => {
        if (dims.some((d) => extent(d) === 0)) return;
        expect(agree(reduceWindow(dims, body!, init!), { precision: p })).toHaveLength(1);
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    [1, 13, 13, 40, 3, 2],
    [2, 12, 12, 33, 2, 2],
    [1, 9, 9, 64, 3, 1],
    [1, 8, 40, 1, 3, 1],
  ])('max-pool of %dx%dx%dx%d by %d, step %d', (b, h, w, c, size, stride) => {
    const one = { size: 1, stride: 1, base: 1, dilation: 1, low: 0, high: 0 };
    const dims = [
      { ...one, n: b },
      { ...one, n: h, size, stride, low: size >> 1, high: size >> 1 },
      { ...one, n: w, size, stride, low: 0, high: 1 },
      { ...one, n: c },
    ];
    expect(agree(reduceWindow(dims, op('maximum'), '0xFF800000'))).toEqual(['rows']);
  });

  test('integers, and a captured value', () => {
    const dims = [{ n: 37, size: 4, stride: 1, base: 1, dilation: 1, low: 2, high: 1 }];
    agree(reduceWindow(dims, op('add', 'i32'), '7', 'i32'), { tolerance: 0 });
    agree(`func.func @main(%x: tensor<50xf32>, %s: tensor<f32>) -> tensor<48xf32> {
      %i = stablehlo.constant dense<1.0> : tensor<f32>
      %0 = "stablehlo.reduce_window"(%x, %i) <{window_dimensions = array<i64: 3>}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %m = stablehlo.multiply %b, %s : tensor<f32>
        %r = stablehlo.add %a, %m : tensor<f32>
        stablehlo.return %r : tensor<f32>
      }) : (tensor<50xf32>, tensor<f32>) -> tensor<48xf32>
      return %0 : tensor<48xf32>
    }`);
  });

  test('the largest element and its place, in one kernel', () => {
    const steps = agree(`func.func @main(%x: tensor<9x24xf32>) -> (tensor<4x24xf32>, tensor<4x24xi32>) {
      %i = stablehlo.iota dim = 0 : tensor<9x24xi32>
      %f = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %z = stablehlo.constant dense<-1> : tensor<i32>
      %0:2 = "stablehlo.reduce_window"(%x, %i, %f, %z) <{window_dimensions = array<i64: 3, 1>, window_strides = array<i64: 2, 1>}> ({
      ^bb0(%a: tensor<f32>, %p: tensor<i32>, %b: tensor<f32>, %q: tensor<i32>):
        %c = stablehlo.compare GE, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
        %v = stablehlo.select %c, %a, %b : tensor<i1>, tensor<f32>
        %w = stablehlo.select %c, %p, %q : tensor<i1>, tensor<i32>
        stablehlo.return %v, %w : tensor<f32>, tensor<i32>
      }) : (tensor<9x24xf32>, tensor<9x24xi32>, tensor<f32>, tensor<i32>) -> (tensor<4x24xf32>, tensor<4x24xi32>)
      return %0#0, %0#1 : tensor<4x24xf32>, tensor<4x24xi32>
    }`);
    expect(steps).toEqual(['rows']);
  });
});

/** Windows that hold all elements up to their own, or from it on. */
const cumulative = (dims: readonly number[], along: number, reverse: boolean): WindowDim[] =>
  dims.map((n, d) => {
    const rest = d === along ? n - 1 : 0;
    const [low, high] = reverse ? [0, rest] : [rest, 0];
    return { n, size: rest + 1, stride: 1, base: 1, dilation: 1, low, high };
  });

describe('scans', () => {
  test('along any dimension, forwards and backwards', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 15, max: 50 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(sizes, fc.nat(2), fc.boolean(), bodies, precisions, (dims, k, reverse, [body, init], p) => {
        const along = k % dims.length;
        const steps = agree(reduceWindow(cumulative(dims, along, reverse), body!, init!), { precision: p });
        if (!reverse || body !== HALVES) expect(steps).toEqual(['scan']);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(['bf16', 'f16', 'f64', 'i32', 'ui8', 'i64'])('sums of %s', (element) => {
    for (const reverse of [false, true]) {
      const zero = element.includes('i') ? '0' : '0.0';
      const windows = cumulative([3, 70], 1, reverse);
      const tolerance = element.includes('i') ? 0 : 1e-2;
      expect(agree(reduceWindow(windows, op('add', element), zero, element), { tolerance })).toEqual(['scan']);
    }
  });

  test('a complex sum', () => {
    const element = 'complex<f32>';
    const windows = cumulative([2, 37], 1, false);
    expect(agree(reduceWindow(windows, op('add', element), '(0.0, 0.0)', element))).toEqual(['scan']);
  });
});

function selectAndScatter(dims: readonly WindowDim[], select: string, scatter: string, init: string, element = 'f32') {
  const from = shape(
    dims.map((d) => d.n),
    element,
  );
  const source = shape(dims.map(extent), element);
  const one = `tensor<${element}>`;
  return `func.func @main(%x: ${from}, %u: ${source}) -> ${from} {
    %i = stablehlo.constant dense<${init}> : ${one}
    %0 = "stablehlo.select_and_scatter"(%x, %u, %i) <{
      window_dimensions = array<i64: ${dims.map((d) => d.size)}>, window_strides = array<i64: ${dims.map((d) => d.stride)}>,
      padding = dense<[${dims.map((d) => `[${d.low}, ${d.high}]`)}]> : tensor<${dims.length}x2xi64>
    }> ({
    ^bb0(%a: ${one}, %b: ${one}):
      %r = stablehlo.compare ${select}, %a, %b : (${one}, ${one}) -> tensor<i1>
      stablehlo.return %r : tensor<i1>
    }, {
    ^bb0(%a: ${one}, %b: ${one}):
      ${scatter}
      stablehlo.return %r : ${one}
    }) : (${from}, ${source}, ${one}) -> ${from}
    return %0 : ${from}
  }`;
}

describe('select and scatter', () => {
  test('any size, stride and padding, any computations', () => {
    const selects = fc.constantFrom('GE', 'LT', 'EQ');
    fc.assert(
      fc.property(
        fc.array(windowDim, { minLength: 1, maxLength: 3 }),
        selects,
        bodies,
        precisions,
        (drawn, select, [body, init], p) => {
          const dims = drawn.map((d) => ({ ...d, base: 1, dilation: 1 }));
          if (dims.some((d) => extent(d) === 0)) return;
          agree(selectAndScatter(dims, select, body!, init!), { precision: p });
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each(['bf16', 'f64', 'i32'])('%s', (element) => {
    const one = { stride: 1, base: 1, dilation: 1, low: 0, high: 0 };
    const dims = [
      { ...one, n: 7, size: 3, high: 1 },
      { ...one, n: 20, size: 2, stride: 2 },
    ];
    const init = element === 'i32' ? '3' : '0.5';
    const tolerance = element === 'bf16' ? 1e-2 : 1e-9;
    agree(selectAndScatter(dims, 'GE', op('add', element), init, element), { tolerance });
  });

  test('windows side by side select and store in one kernel', () => {
    const one = { size: 1, stride: 1, base: 1, dilation: 1, low: 0, high: 0 };
    const pool = { ...one, n: 8, size: 2, stride: 2 };
    expect(agree(selectAndScatter([{ ...one, n: 2 }, pool, pool, { ...one, n: 40 }], 'GE', op('add'), '0.0'))).toEqual([
      'rows',
    ]);
  });
});

test('a computation mapped over tensors', () => {
  agree(`func.func @main(%x: tensor<3x17xf32>, %y: tensor<3x17xf32>) -> tensor<3x17xf32> {
    %0 = "stablehlo.map"(%x, %y) <{dimensions = array<i64: 0, 1>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      ${HALVES}
      stablehlo.return %r : tensor<f32>
    }) : (tensor<3x17xf32>, tensor<3x17xf32>) -> tensor<3x17xf32>
    return %0 : tensor<3x17xf32>
  }`);
});
