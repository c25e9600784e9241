/** Operations that are shorthand for others, which is all that the graph has: implicit broadcasts, constants like a tensor, einsums. */
import type { Attributes } from '../attributes.js';
import { Computation, type Instruction, type Opcode, type Value } from '../graph.js';
import { Literal } from '../literal.js';
import { writer } from '../numeric/access.js';
import type { OpRegistry, Scalar } from '../registry.js';
import { storageOf } from '../tensor.js';
import {
  DYNAMIC,
  ELEMENT,
  type ElementType,
  isComplex,
  isFloat,
  type TensorType,
  tensorType,
  type ValueType,
} from '../types.js';
import { canonicalAttributes } from './canonical.js';
import { einsum, unaryEinsum } from './einsum.js';
import type { Reading } from './items.js';

/** One operation, and what makes canonical ones in its place. */
export interface Expanding {
  readonly reading: Reading;
  readonly operands: readonly Value[];
  /** The only result of an op by its canonical name. */
  make(
    op: string,
    operands: readonly Value[],
    attributes?: Attributes,
    declared?: ValueType,
    called?: readonly Computation[],
  ): Value;
  /** The sum over some dimensions. */
  sum(v: Value, dimensions: readonly number[]): Value;
  /** Canonical name of the op that a text calls so. */
  canonical(name: string): string | undefined;
}

type Expansion = (e: Expanding) => Value;

const BROADCAST = 'chlo.broadcast_';

const EXPANSIONS: { readonly [name: string]: Expansion } = {
  'chlo.constant_like': constantLike,
  'chlo._asin_acos_kernel': asinAcosKernel,
  'stablehlo.einsum': einsum,
  'stablehlo.unary_einsum': unaryEinsum,
};

/** An operation as it stands in the text, and where what it stands for goes. */
export interface Shorthand {
  readonly registry: OpRegistry;
  readonly reading: Reading;
  readonly operands: readonly Value[];
  append(
    opcode: Opcode,
    parts: { operands: Value[]; attributes: Attributes; called: Computation[]; declared?: ValueType[] },
  ): Instruction;
}

/** What an operation stands for; undefined for one that stands for itself. */
export function expand(name: string, s: Shorthand): Value | undefined {
  const expansion = expansionOf(name);
  if (!expansion) return undefined;
  const { registry, reading, operands } = s;
  const make: Expanding['make'] = (op, given, attributes = {}, type = undefined, called = []) =>
    s.append(registry.opcode(op), {
      ...{ operands: [...given], attributes, called: [...called] },
      ...(type ? { declared: [type] } : {}),
    }).result;
  const canonical = (spelling: string) => {
    const opcode = registry.fromStablehlo(spelling);
    return opcode === undefined ? undefined : registry.get(opcode).name;
  };
  return expansion({ reading, operands, make, canonical, sum: (v, dimensions) => sum(registry, make, v, dimensions) });
}

function sum(registry: OpRegistry, make: Expanding['make'], v: Value, dimensions: readonly number[]): Value {
  const scalarType = tensorType(v.tensorType.element);
  const add = new Computation('sum');
  const terms = [0, 1].map(() => add.addParameter(registry.opcode('parameter'), scalarType));
  add.setResults([registry.build(add, registry.opcode('add'), { operands: terms }).result]);
  const zero = make('constant', [], { value: splat(scalarType, 0) });
  return make('reduce', [v, zero], { dimensions }, undefined, [add]);
}

function expansionOf(name: string): Expansion | undefined {
  if (name.startsWith(BROADCAST)) return (e) => broadcasting(e, name.slice(BROADCAST.length));
  return Object.hasOwn(EXPANSIONS, name) ? EXPANSIONS[name] : undefined;
}

/** The elementwise op on operands broadcast to the shape that they have together. */
function broadcasting(e: Expanding, name: string): Value {
  const spelling = [`stablehlo.${name}`, `chlo.${name}`].find((n) => e.canonical(n) !== undefined);
  if (spelling === undefined) return e.reading.fail('there is no such op to broadcast for');
  const { operands } = e;
  const rank = Math.max(...operands.map((v) => v.tensorType.dims.length));
  const places = operands.map((v) => placesOf(e, v, rank));
  const sizes = Array.from({ length: rank }, (_, d) => sizeOf(e, places, d));
  const dims = sizes.map((s) => (typeof s === 'number' ? s : DYNAMIC));
  const all = operands.map((v, k) => spread(e, v, places[k]!, dims, sizes));
  const attributes = name === 'compare' ? canonicalAttributes('stablehlo.compare', e.reading, () => -1) : {};
  return e.make(e.canonical(spelling)!, all, attributes, e.reading.results[0]);
}

/** The dimension of the result that each dimension of an operand is: those named, else the last ones. */
function placesOf(e: Expanding, v: Value, rank: number): number[] {
  const { length } = v.tensorType.dims;
  const a = e.reading.attributes.get('broadcast_dimensions');
  if (a === undefined || length === rank) return Array.from({ length }, (_, d) => rank - length + d);
  const given =
    a.kind === 'numbers' ? a.values : a.kind === 'elements' ? Array.from<number | bigint>(a.literal.tensor().data) : [];
  const places = given.map(Number);
  const fits = places.length === length && places.every((d, k) => d < rank && d > (places[k - 1] ?? -1));
  return fits ? places : e.reading.fail(`'broadcast_dimensions' [${places}] must be ${length} increasing dimensions`);
}

/** The size of dimension `d` of the result: 1 gives way to any other; a value where it is known at run time alone. */
function sizeOf(e: Expanding, places: readonly (readonly number[])[], d: number): number | Value {
  return e.operands.reduce<number | Value>((size, v, k) => {
    const at = places[k]!.indexOf(d);
    if (at < 0) return size;
    const own = v.tensorType.dims[at]!;
    if (size === 1) return own < 0 ? e.make('get-dimension-size', [v], { dimension: at }) : own;
    if (own === 1) return size;
    if (typeof size === 'number') {
      if (own < 0 || own === size) return size;
      return e.reading.fail(`sizes ${size} and ${own} of dimension ${d} do not go together`);
    }
    if (own >= 0) return own;
    const other = e.make('get-dimension-size', [v], { dimension: at });
    const isOne = e.make('compare', [size, scalar(e, 1)], { direction: 'EQ', type: 'SIGNED' });
    return e.make('select', [isOne, other, size]);
  }, 1);
}

function spread(
  e: Expanding,
  v: Value,
  dimensions: readonly number[],
  dims: readonly number[],
  sizes: readonly (number | Value)[],
): Value {
  const own = v.tensorType.dims;
  const type = tensorType(v.tensorType.element, dims);
  if (!dims.includes(DYNAMIC)) {
    const same = own.length === dims.length && own.every((n, d) => n === dims[d]);
    return same ? v : e.make('broadcast', [v], { dimensions }, type);
  }
  return e.make('dynamic-broadcast-in-dim', [v, shapeOf(e, sizes)], { dimensions }, type);
}

/** Sizes as a vector. */
function shapeOf(e: Expanding, sizes: readonly (number | Value)[]): Value {
  const entries = sizes.map((s) => {
    const v = typeof s === 'number' ? scalar(e, s) : s;
    return e.make('reshape', [v], {}, tensorType('s32', [1]));
  });
  return e.make('concatenate', entries, { dimension: 0 });
}

const scalar = (e: Expanding, n: number): Value => e.make('constant', [], { value: splat(tensorType('s32'), n) });

function splat(type: TensorType, value: number | bigint): Literal {
  const data = new (storageOf(type.element))(isComplex(type.element) ? 2 : 1);
  writer(type.element)(data, 0, elementOf(type.element, value));
  return Literal.splat(type, data);
}

function elementOf(element: ElementType, value: number | bigint): Scalar {
  if (isComplex(element)) return [Number(value), 0];
  return !isFloat(element) && ELEMENT[element].bits === 64 ? BigInt(value) : Number(value);
}

/** A number everywhere in a tensor like the operand. */
function constantLike(e: Expanding): Value {
  const [like] = e.operands;
  const value = e.reading.attributes.get('value');
  if (value?.kind !== 'number') return e.reading.fail("the attribute 'value' must be a number");
  const result = e.reading.results[0];
  const { dims } = like!.tensorType;
  const element = result?.kind === 'tensor' ? result.element : like!.tensorType.element;
  if (!dims.includes(DYNAMIC)) return e.make('constant', [], { value: splat(tensorType(element, dims), value.value) });
  const sizes = dims.map((n, d) => (n >= 0 ? n : e.make('get-dimension-size', [like!], { dimension: d })));
  const one = e.make('constant', [], { value: splat(tensorType(element), value.value) });
  return spread(e, one, [], dims, sizes);
}

/** Re √(1 − z²) and |Im asin z|, from which the four inverse functions follow. */
function asinAcosKernel(e: Expanding): Value {
  const angle = e.make('asin', e.operands);
  const [re, im] = [e.make('real', [angle]), e.make('imag', [angle])];
  const root = e.make('multiply', [e.make('cosine', [re]), e.make('cosh', [im])]);
  return e.make('complex', [root, e.make('abs', [im])]);
}
