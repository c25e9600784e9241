/** Element rules against the reference semantics of their ops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ELEMENTWISE } from '../../../rules-db/emit/elementwise/index.js';
import {
  type Attributes,
  ELEMENT,
  type ElementType,
  isComplex,
  partType,
  type Scalar,
  tensorType,
} from '../../../src/hlo/index.js';
import { roundTo } from '../../../src/hlo/numeric/access.js';
import { ulpDistance } from '../../../src/hlo/numeric/ulp.js';
import { OPS } from '../../../src/hlo/ops/index.js';
import { compileRule } from '../../../src/rules/scalar-code.js';
import { computeTypeOf } from '../../../src/rules/scalar-cost.js';
import { ScalarEvaluator, type TypedValue } from '../../../src/rules/scalar-eval.js';

const rules = new Map(ELEMENTWISE.map((r) => [r.op, r]));
const definitions = new Map(OPS.map((d) => [d.name, d]));
const functions = (op: string) => rules.get(op);

const FLOATS: readonly ElementType[] = ['f32', 'f64', 'f16', 'bf16', 'f8e4m3fn', 'f8e5m2'];
const INTEGERS: readonly ElementType[] = ['s8', 's16', 's32', 's64', 'u8', 'u16', 'u32', 'u64', 's4', 'u4'];

/** Values of a type, its special ones often. */
function valuesOf(element: ElementType): fc.Arbitrary<Scalar> {
  const part = partType(element);
  const { class: cls, bits } = ELEMENT[part];
  if (isComplex(element)) return fc.tuple(valuesOf(part), valuesOf(part)) as fc.Arbitrary<Scalar>;
  if (cls === 'pred') return fc.constantFrom(0, 1);
  if (cls === 'float') {
    const special = [
      0,
      -0,
      1,
      -1,
      0.5,
      -0.5,
      1.5,
      2.5,
      2,
      -2,
      Infinity,
      -Infinity,
      Number.NaN,
      1e-45,
      1e38,
      1e-39,
      -1e30,
    ];
    return fc
      .oneof(fc.constantFrom(...special), fc.double({ min: -20, max: 20 }), fc.double(), fc.float())
      .map((x) => roundTo(part, x));
  }
  const low = cls === 'signed' ? -(1n << BigInt(bits - 1)) : 0n;
  const high = (1n << BigInt(cls === 'signed' ? bits - 1 : bits)) - 1n;
  const wrap = (x: bigint): Scalar => (bits === 64 ? x : Number(x));
  return fc
    .oneof(fc.constantFrom(low, high, 0n, 1n, 2n, low + 1n, low < 0n ? -1n : 3n), fc.bigInt({ min: low, max: high }))
    .map(wrap);
}

interface Case {
  readonly op: string;
  readonly operands: readonly ElementType[];
  readonly result?: ElementType;
  readonly attributes?: Attributes;
  /** Allowed distance from the reference, in ULP of the result's type; 0: the same value. */
  readonly ulp?: number;
  /** The distance may be so many ULP of the larger part: what is lost of the smaller one beside it is. */
  readonly ofLarger?: boolean;
  /** Makes of any operands such as the op is tested on. */
  readonly adapt?: (operands: readonly Scalar[]) => readonly Scalar[];
}

/** Finite operands modulo a number, for ops that make of a large one's rounding any result at all. */
const modulo = (within: number) => (operands: readonly Scalar[]) => operands.map((x) => reduced(x, within));

const reduced = (x: Scalar, within: number): Scalar => {
  if (typeof x === 'object') return [Number(reduced(x[0], within)), Number(reduced(x[1], within))];
  return Number.isFinite(x) ? Number(x) % within : x;
};

const same = (a: Scalar, b: Scalar): boolean => Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b));

/** Runs a rule on single values, rounds as whoever calls it does, and compares with the reference. */
function checkCase({ op, operands, result = operands[0]!, attributes = {}, ulp = 0, ofLarger, adapt }: Case): void {
  const rule = rules.get(op);
  const scalar = definitions.get(op)?.scalar;
  if (!rule || !scalar) throw new Error(`${op}: ${rule ? 'no reference' : 'no rule'}`);
  const view = { operands: operands.map((t) => tensorType(t)), results: [tensorType(result)], attributes };
  const want = scalar(view.operands, attributes, view.results[0]!);
  const complex = [...operands, result].some(isComplex);
  const compiled = complex ? undefined : compileRule(rule, view, functions);
  const evaluator = new ScalarEvaluator(functions);
  const typed = (type: ElementType, x: Scalar): TypedValue =>
    ({ type: computeTypeOf(type), value: x as number }) as TypedValue;
  fc.assert(
    fc.property(fc.tuple(...operands.map(valuesOf)), (drawn) => {
      const args = adapt?.(drawn) ?? drawn;
      const expected = want(...(args as Scalar[]));
      let got: Scalar;
      if (compiled) {
        got = roundTo(result, compiled(...(args as number[])));
      } else {
        const parts = args.map((x, i) =>
          typeof x === 'object'
            ? ([typed(operands[i]!, x[0]), typed(operands[i]!, x[1])] as const)
            : ([typed(operands[i]!, x)] as const),
        );
        const values = rule.pair!(evaluator, parts, view).map((v) => v.value as number);
        got = isComplex(result) ? (roundTo(result, [values[0]!, values[1]!]) as Scalar) : roundTo(result, values[0]!);
      }
      const pairs: [Scalar, Scalar][] =
        typeof expected === 'object'
          ? [0, 1].map((i) => [(got as readonly [number, number])[i]!, expected[i]!])
          : [[got, expected]];
      const larger = Math.max(...pairs.map(([, e]) => Math.abs(Number(e))));
      for (const [g, e] of pairs) {
        const near = ulp > 0 && ulpDistance(partType(result) as 'f32', Number(g), Number(e)) <= ulp;
        const beside =
          ofLarger && Math.abs(Number(g) - Number(e)) <= ulp * larger * (result === 'c64' ? 2 ** -23 : 2 ** -52);
        if (!near && !beside && !same(g, e)) {
          throw new Error(
            `${op}(${args.map(String)}) of ${operands} gives ${String(got)} instead of ${String(expected)}`,
          );
        }
      }
      return true;
    }),
    { numRuns: 300 },
  );
}

const cases = (
  ops: readonly string[],
  arity: number,
  types: readonly ElementType[],
  more: Partial<Case> = {},
): Case[] => ops.flatMap((op) => types.map((t) => ({ op, operands: new Array<ElementType>(arity).fill(t), ...more })));

/** Functions that approximate: within two units of f32, one of what is narrower. */
const approximate = (ops: readonly string[], arity: number): Case[] =>
  ops.flatMap((op) =>
    FLOATS.map((t) => ({
      op,
      operands: new Array<ElementType>(arity).fill(t),
      ulp: t === 'f32' ? 2 : t === 'f64' ? 6 : 1,
    })),
  );

/** Orders of derivatives and exponents, often whole; of f64 with a positive second operand, as cancellation is great elsewhere. */
const whole = ([n, x]: readonly Scalar[]): Scalar[] => [Math.round(Number(n)) % 16, Number(x)];
const positive = ([n, x]: readonly Scalar[]): Scalar[] => [Math.round(Number(n)) % 16, Math.abs(Number(x))];

const show = (c: Case): string =>
  `${c.op}(${c.operands})${c.result ? ` → ${c.result}` : ''} ${JSON.stringify(c.attributes ?? {})}`;
const testCases = (title: string, list: readonly Case[]): void => {
  describe(title, () => {
    test.each(list.map((c) => [show(c), c] as const))('%s', (_, c) => checkCase(c));
  });
};

testCases('arithmetic', [
  ...cases(['add', 'subtract', 'multiply', 'divide', 'remainder', 'maximum', 'minimum'], 2, [...FLOATS, ...INTEGERS]),
  ...cases(['add', 'multiply', 'maximum', 'minimum', 'and', 'or', 'xor'], 2, ['pred']),
  ...cases(['negate', 'abs', 'sign', 'square'], 1, [...FLOATS, 's8', 's16', 's32', 's64', 's4']),
  ...cases(['clamp'], 3, [...FLOATS, ...INTEGERS]),
  ...cases(['mulhi'], 2, ['s8', 'u16', 's32', 'u32', 's64', 'u64']),
  ...cases(['power'], 2, INTEGERS),
]);

testCases('logic and shifts', [
  ...cases(['and', 'or', 'xor', 'shift-left', 'shift-right-logical', 'shift-right-arithmetic'], 2, INTEGERS),
  ...cases(['not', 'popcnt', 'count-leading-zeros'], 1, INTEGERS),
  ...cases(['not'], 1, ['pred']),
]);

const DIRECTIONS = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE'];
testCases('comparison and selection', [
  ...DIRECTIONS.flatMap((direction) => [
    ...cases(['compare'], 2, ['f32', 'f64', 'bf16'], { result: 'pred', attributes: { direction, type: 'FLOAT' } }),
    ...cases(['compare'], 2, ['f32', 'f64', 'bf16'], { result: 'pred', attributes: { direction, type: 'TOTALORDER' } }),
    ...cases(['compare'], 2, ['s8', 's32', 's64'], { result: 'pred', attributes: { direction, type: 'SIGNED' } }),
    ...cases(['compare'], 2, ['u8', 'u32', 'u64', 'pred'], {
      result: 'pred',
      attributes: { direction, type: 'UNSIGNED' },
    }),
  ]),
  ...cases(['compare'], 2, ['c64', 'c128'], { result: 'pred', attributes: { direction: 'EQ', type: 'FLOAT' } }),
  ...cases(['compare'], 2, ['c64', 'c128'], { result: 'pred', attributes: { direction: 'NE', type: 'FLOAT' } }),
  ...(['f32', 's64', 'pred', 'c64'] as const).map((t) => ({
    op: 'select',
    operands: ['pred', t, t] as const,
    result: t,
  })),
  ...cases(['is-finite', 'is-inf', 'is-pos-inf', 'is-neg-inf'], 1, FLOATS, { result: 'pred' }),
]);

testCases('rounding', [
  ...cases(['floor', 'ceil', 'round-nearest-even', 'round-nearest-afz'], 1, FLOATS),
  ...[
    [5, 10],
    [8, 7],
    [4, 3],
    [8, 23],
    [5, 2],
    [2, 1],
  ].flatMap(([exponentBits, mantissaBits]) =>
    cases(['reduce-precision'], 1, ['f32', 'f64', 'bf16'], {
      attributes: { exponentBits, mantissaBits } as Attributes,
    }),
  ),
]);

const CONVERTED: readonly ElementType[] = ['pred', ...INTEGERS, ...FLOATS, 'c64', 'c128'];
testCases(
  'conversion',
  CONVERTED.flatMap((from) => CONVERTED.map((to) => ({ op: 'convert', operands: [from], result: to }))),
);

testCases('functions', [
  ...cases(['sqrt'], 1, FLOATS),
  ...approximate(
    ['exponential', 'exponential-minus-one', 'log', 'log-plus-one', 'tanh', 'logistic', 'rsqrt', 'cbrt'],
    1,
  ),
  ...approximate(['sinh', 'cosh', 'asin', 'acos', 'atan', 'asinh', 'acosh', 'atanh', 'erf', 'erfc'], 1),
  ...approximate(['erf-inv', 'bessel-i1e'], 1),
  // Left of 0, near the zeros of these, an f64 keeps its absolute accuracy only.
  ...approximate(['lgamma', 'digamma'], 1).map((c) =>
    c.operands[0] === 'f64' ? { ...c, adapt: ([x]: readonly Scalar[]) => [Math.abs(Number(x))] } : c,
  ),
  ...approximate(['zeta', 'polygamma'], 2).map((c) => ({ ...c, adapt: c.operands[0] === 'f64' ? positive : whole })),
  ...cases(['next-after'], 2, ['f32', 'f64', 'f16', 'bf16', 'f8e5m2', 'f8e4m3fn']),
  ...approximate(['sine', 'cosine', 'tan'], 1),
  ...approximate(['atan2', 'power'], 2),
]);

const COMPLEX = ['c64', 'c128'] as const;
testCases('complex arithmetic', [
  ...cases(['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum'], 2, COMPLEX),
  ...cases(['clamp'], 3, COMPLEX),
  ...cases(['negate', 'conj', 'square'], 1, COMPLEX),
  ...COMPLEX.flatMap((t) => cases(['real', 'imag'], 1, [t], { result: partType(t) })),
  ...COMPLEX.map((t) => ({ op: 'abs', operands: [t], result: partType(t), ulp: 1 })),
  { op: 'complex', operands: ['f32', 'f32'], result: 'c64' },
  { op: 'complex', operands: ['f64', 'f64'], result: 'c128' },
  ...cases(['real', 'imag', 'conj'], 1, ['f32']),
]);

const OF_ONE = [
  ...['sqrt', 'rsqrt', 'cbrt', 'sign', 'exponential', 'exponential-minus-one', 'log', 'log-plus-one', 'logistic'],
  ...['sine', 'cosine', 'tan', 'sinh', 'cosh', 'tanh', 'asin', 'acos', 'atan', 'asinh', 'acosh', 'atanh'],
];
testCases('complex functions', [
  // Computed in double both times.
  ...cases(OF_ONE, 1, ['c64'], { ulp: 1 }),
  ...cases(['atan2'], 2, ['c64'], { ulp: 1 }),
  ...cases(['power'], 2, ['c64'], { ulp: 2, ofLarger: true, adapt: modulo(16) }),
  ...cases(OF_ONE, 1, ['c128'], { ulp: 8, ofLarger: true }),
  ...cases(['atan2'], 2, ['c128'], { ulp: 8, ofLarger: true, adapt: modulo(16) }),
  ...cases(['power'], 2, ['c128'], { ulp: 2000, ofLarger: true, adapt: modulo(16) }),
]);

test('every rule has an op', () => {
  expect(ELEMENTWISE.map((r) => r.op).filter((op) => !definitions.has(op))).toEqual([]);
});
