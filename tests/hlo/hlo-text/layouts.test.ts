import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitcastSteps, type Laid } from '../../../src/hlo/hlo-text/bitcast.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { elements, s32 } from '../support.js';
import { body, entry, read, registry } from './read.js';

const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const shape = ({ dims, layout }: Laid): string => `s32[${dims}]{${layout}}`;

/** Where each element lies in memory, by its row-major number. */
function places({ dims, layout }: Laid): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const d of layout!) {
    strides[d] = step;
    step *= dims[d]!;
  }
  return Array.from({ length: count(dims) }, (_, flat) => {
    let rest = flat;
    let at = 0;
    for (let d = dims.length - 1; d >= 0; d--) {
      at += (rest % dims[d]!) * strides[d]!;
      rest = Math.floor(rest / dims[d]!);
    }
    return at;
  });
}

/** Sizes that are products of some of the primes given, in any order and layout. */
const laid = (primes: readonly number[]): fc.Arbitrary<Laid> =>
  fc
    .record({
      order: fc.shuffledSubarray([...primes], { minLength: primes.length }),
      cuts: fc.array(fc.nat(primes.length), { maxLength: 4 }),
    })
    .map(({ order, cuts }) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), order.length];
      return ends.slice(1).map((end, k) => count(order.slice(ends[k], end)));
    })
    .chain((dims) =>
      fc
        .shuffledSubarray(
          dims.map((_, d) => d),
          { minLength: dims.length },
        )
        .map((layout) => ({ dims, layout })),
    );

const bitcasts = fc
  .array(fc.constantFrom(2, 2, 3, 5), { maxLength: 5 })
  .chain((primes) => fc.record({ from: laid(primes), to: laid(primes) }));

test('a bitcast moves what memory order says', () => {
  fc.assert(
    fc.property(bitcasts, ({ from, to }) => {
      const text = entry([`a = ${shape(from)} parameter(0)`, `ROOT b = ${shape(to)} bitcast(a)`]);
      const n = count(from.dims);
      const values = Array.from({ length: n }, (_, k) => k);
      const memory: number[] = [];
      places(from).forEach((at, flat) => {
        memory[at] = flat;
      });
      const [out] = interpret(read(text), registry, [s32(from.dims, values)]);
      expect(elements(out)).toEqual(places(to).map((at) => memory[at]));
    }),
    { numRuns: 500 },
  );
});

describe('no more steps than needed', () => {
  const steps = (from: Laid, to: Laid) =>
    bitcastSteps(from, to).map((s) => (s.kind === 'reshape' ? s.dims : { permutation: s.permutation }));
  const plain = (...dims: number[]): Laid => ({ dims, layout: undefined });
  test('row-major on both sides: a reshape, or nothing', () => {
    expect(steps(plain(2, 3), plain(6))).toEqual([[6]]);
    expect(steps(plain(2, 3), plain(2, 3))).toEqual([]);
  });
  test('dimensions of size 1 lie anywhere', () => {
    expect(steps(plain(4096), { dims: [4096, 1], layout: [0, 1] })).toEqual([[4096, 1]]);
    expect(steps({ dims: [3, 1, 5], layout: [1, 2, 0] }, plain(3, 5))).toEqual([[3, 5]]);
  });
  test('the same memory in another order of dimensions: a transpose', () => {
    expect(steps({ dims: [2, 3], layout: [0, 1] }, plain(3, 2))).toEqual([{ permutation: [1, 0] }]);
    expect(steps(plain(2, 3, 5), { dims: [5, 2, 3], layout: [0, 2, 1] })).toEqual([{ permutation: [2, 0, 1] }]);
  });
  test('nothing to move', () => {
    expect(steps(plain(0, 3), { dims: [3, 0], layout: [0, 1] })).toEqual([[3, 0]]);
  });
});

test('another element type of the same width keeps its bits', () => {
  const text = entry(['a = s32[2,2]{1,0} parameter(0)', 'ROOT b = u32[2,2]{0,1} bitcast(a)']);
  const [out] = interpret(read(text), registry, [s32([2, 2], [1, 2, 3, -1])]);
  expect(elements(out)).toEqual([1, 3, 2, 4294967295]);
});

test('another width goes through memory', () => {
  const text = entry(['a = s32[2]{0} parameter(0)', 'ROOT b = u8[4,2]{0,1} bitcast(a)']);
  const [out] = interpret(read(text), registry, [s32([2], [0x04030201, 0x08070605])]);
  expect(elements(out)).toEqual([1, 5, 2, 6, 3, 7, 4, 8]);
});

test('a copy is its operand, whatever its layout', () => {
  const text = entry([
    'a = f32[2,3]{1,0} parameter(0)',
    'b = f32[2,3]{0,1:T(8,128)} copy(a)',
    'ROOT c = f32[2,3]{1,0} negate(b)',
  ]);
  expect(body(read(text)).map((i) => i.opcode)).toEqual(['negate']);
});

describe('the header', () => {
  const module = (header: string) =>
    read(
      `HloModule m, ${header}\nENTRY e {\n a = f32[2,3]{1,0} parameter(0)\n t = (f32[2]{0}, s32[]) parameter(1)\n` +
        ' x = f32[2]{0} get-tuple-element(t), index=0\n b = f32[2]{0} negate(x)\n' +
        ' ROOT r = (f32[2,3]{1,0}, f32[2]{0}) tuple(a, b)\n}\n',
    ).entry;
  test('layouts of the entry', () => {
    const c = module('entry_computation_layout={(f32[2,3]{0,1}, (f32[2]{0}, s32[]))->(f32[2,3]{0,1}, f32[2]{0})}');
    expect(c.argumentAttributes).toEqual([{ 'mhlo.layout_mode': '{0,1}' }, {}, {}]);
    expect(c.resultAttributes).toEqual([{ 'mhlo.layout_mode': '{0,1}' }, {}]);
  });
  test('aliases and donors', () => {
    const c = module(
      'input_output_alias={ {0}: (0, {}, may-alias), {1}: (1, {0}, must-alias) }, buffer_donor={ (1, {1}) }',
    );
    expect(c.argumentAttributes).toEqual([
      { 'tf.aliasing_output': { '#': 'i32', value: 0 } },
      { 'tf.aliasing_output': { '#': 'i32', value: 1 } },
      { 'jax.buffer_donor': true },
    ]);
  });
  test('replicas, partitions, and what a framework adds', () => {
    const text =
      'HloModule m, is_scheduled=true, replica_count=2, num_partitions=4, frontend_attributes={a.b="c"}\nENTRY e {\n ROOT a = f32[] parameter(0)\n}\n';
    expect(read(text).attributes).toEqual({
      'mhlo.num_replicas': { '#': 'i32', value: 2 },
      'mhlo.num_partitions': { '#': 'i32', value: 4 },
      'mhlo.frontend_attributes': { 'a.b': 'c' },
    });
  });
});
