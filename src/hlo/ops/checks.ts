/** Expectations that test programs carry: ops that pass or throw. */
import type { Literal } from '../literal.js';
import { reader } from '../numeric/access.js';
import { ulpDistance } from '../numeric/ulp.js';
import {
  defineOp,
  type EvaluateContext,
  type InferContext,
  type OpDefinition,
  OpError,
  type Scalar,
} from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import { type ElementType, elementCount, isFloat, partType, sameDims, showType, tensorType } from '../types.js';
import { check, dimsAgree, operandTensor, operandType } from './context.js';

/** The first element that is not as expected. Values as text: integers of 64 bits, NaN and complex numbers are among them. */
export interface Difference {
  readonly index: readonly number[];
  readonly got: string;
  readonly expected: string;
  /** Units in the last place between the two, of the part that is further off; of floats alone. */
  readonly ulp?: number;
  /** How many elements are not as expected, and how many there are. */
  readonly differing: number;
  readonly elements: number;
}

/** An expectation that does not hold. */
export class CheckFailure extends OpError {
  override name = 'CheckFailure';

  constructor(
    message: string,
    /** Absent where the types differ already. */
    readonly difference?: Difference,
  ) {
    super(message);
  }
}

/** Whether an element is as expected. */
type Agree = (got: number | bigint, want: number | bigint) => boolean;
type Rule = (element: ElementType, attributes: { readonly [key: string]: unknown }) => Agree;

const MAX_ULP = 3;
const ALMOST = 1e-3;
const QUANTIZED_TOLERANCE = 1e-4;

const bothNaN = (a: number | bigint, b: number | bigint): boolean => Number.isNaN(a) && Number.isNaN(b);
const equal: Agree = (a, b) => a === b || bothNaN(a, b);
const within =
  (tolerance: number): Agree =>
  (a, b) =>
    equal(a, b) || Math.abs(Number(a) - Number(b)) <= tolerance;

/** −0 equals +0. An expected NaN is met by a NaN. */
const exactly: Rule = () => equal;

const closely: Rule = (element, { maxUlpDifference }) => {
  const part = partType(element);
  const most = maxUlpDifference === undefined ? MAX_ULP : Number(maxUlpDifference);
  return isFloat(part) ? (a, b) => ulpDistance(part, Number(a), Number(b)) <= most : equal;
};

const almost: Rule = (_, { tolerance }) => within(tolerance === undefined ? ALMOST : Number(tolerance));
const quantized: Rule = (element) => (isFloat(partType(element)) ? within(QUANTIZED_TOLERANCE) : equal);

const partsOfScalar = (x: Scalar): readonly (number | bigint)[] => (Array.isArray(x) ? (x as number[]) : [x as number]);
const show = (x: Scalar): string =>
  Array.isArray(x) ? `(${x.map(show).join(', ')})` : Object.is(x, -0) ? '-0' : String(x);

/** The position of flat index `i`. */
function position(i: number, dims: readonly number[]): number[] {
  const at: number[] = [];
  for (let d = dims.length - 1, k = i; d >= 0; d--) {
    at[d] = k % dims[d]!;
    k = Math.floor(k / dims[d]!);
  }
  return at;
}

function distance(element: ElementType, got: Scalar, want: Scalar): { ulp?: number } {
  const part = partType(element);
  if (!isFloat(part)) return {};
  const b = partsOfScalar(want);
  return { ulp: Math.max(...partsOfScalar(got).map((x, i) => ulpDistance(part, Number(x), Number(b[i])))) };
}

/** The first element that is not as expected; undefined where all are. The types must be the same. */
function firstDifference(got: Tensor, want: Tensor, agree: Agree): Difference | undefined {
  const { element, dims } = want.type;
  const read = reader(element);
  const elements = elementCount(dims);
  let first = -1;
  let differing = 0;
  for (let i = 0; i < elements; i++) {
    const a = partsOfScalar(read(got.data, i));
    const b = partsOfScalar(read(want.data, i));
    if (a.every((x, k) => agree(x, b[k]!))) continue;
    if (differing++ === 0) first = i;
  }
  if (differing === 0) return undefined;
  const [a, b] = [read(got.data, first), read(want.data, first)];
  return {
    index: position(first, dims),
    got: show(a),
    expected: show(b),
    ...distance(element, a, b),
    differing,
    elements,
  };
}

function describe({ index, got, expected, ulp, differing, elements }: Difference): string {
  const apart = ulp === undefined ? '' : `, ${ulp} ULP apart`;
  const more = differing > 1 ? `; ${differing} of ${elements} elements differ` : '';
  return `element [${index.join(', ')}]: got ${got}, expected ${expected}${apart}${more}`;
}

function inferPair(c: InferContext): [] {
  const got = operandType(c, 0);
  const want = operandType(c, 1);
  check(
    got.element === want.element && dimsAgree(got.dims, want.dims),
    () => `cannot compare ${showType(got)} with ${showType(want)}`,
  );
  return [];
}

function expect(c: EvaluateContext, got: Tensor, want: Tensor, rule: Rule): [] {
  if (got.type.element !== want.type.element || !sameDims(got.type.dims, want.type.dims)) {
    throw new CheckFailure(`got ${showType(got.type)}, expected ${showType(want.type)}`);
  }
  const difference = firstDifference(got, want, rule(want.type.element, c.attributes));
  if (difference) throw new CheckFailure(describe(difference), difference);
  return [];
}

const expectation = (name: string, doc: string, rule: Rule): OpDefinition[] => [
  defineOp({
    name: `check.expect_${name}`,
    doc: `operands 0 and 1 ${doc}, or the program fails`,
    traits: ['side-effect'],
    operands: 2,
    stablehlo: [`check.expect_${name}`],
    customCallTarget: `check.expect_${name}`,
    infer: inferPair,
    evaluate: (c) => expect(c, operandTensor(c, 0), operandTensor(c, 1), rule),
  }),
  defineOp({
    name: `check.expect_${name}_const`,
    doc: `the operand and the attribute value ${doc}, or the program fails`,
    traits: ['side-effect'],
    operands: 1,
    stablehlo: [`check.expect_${name}_const`],
    infer: (c) => {
      check(c.attributes.value !== undefined, 'needs the attribute value');
      operandType(c, 0);
      return [];
    },
    evaluate: (c) => expect(c, operandTensor(c, 0), (c.attributes.value as Literal).tensor(), rule),
  }),
];

export const CHECK_OPS: readonly OpDefinition[] = [
  ...expectation('eq', 'are equal', exactly),
  ...expectation('close', 'are at most 3 ULP apart', closely),
  ...expectation('almost_eq', 'differ by at most 0.001', almost),
  defineOp({
    name: 'check.eq',
    doc: 'true where operands 0 and 1 agree (floats to 0.0001), else the program fails',
    traits: ['side-effect'],
    operands: 2,
    customCallTarget: 'check.eq',
    infer: (c) => {
      inferPair(c);
      return [tensorType('pred')];
    },
    evaluate: (c) => {
      expect(c, operandTensor(c, 0), operandTensor(c, 1), quantized);
      const yes = allocate(tensorType('pred'));
      yes.data[0] = 1;
      return [yes];
    },
  }),
];
