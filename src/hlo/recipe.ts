/**
 * Inputs by recipe, and outputs by sample: a program's `SPEC.json`.
 *
 * Element k (row-major) of an input with seed s is, with h = mix((k·2654435769 + (s + 1)·40503) mod 2³²) and
 * u = (h ≫ 8)/2²⁴, lo + (hi − lo)·u in double; integers and booleans take the floor; complex numbers draw their
 * imaginary part with seed s + 100000; the result is rounded once to the type.
 */
import { codec, reader, writer } from './numeric/access.js';
import type { Scalar } from './registry.js';
import { allocate, type Tensor } from './tensor.js';
import {
  ELEMENT,
  type ElementType,
  elementCount,
  isElementType,
  isFloat,
  partType,
  showType,
  type TensorType,
  tensorType,
} from './types.js';

/** A number as JSON holds it: NaN, infinities and integers beyond 2^53 as strings, complex numbers as pairs. */
export type JsonNumber = number | string | boolean | readonly [JsonNumber, JsonNumber];

export interface InputSpec {
  readonly shape: readonly number[];
  /** NumPy's (or ml_dtypes') name: float32, bfloat16, float8_e4m3fn, int4, bool, complex64 … */
  readonly dtype: string;
  readonly lo?: number;
  readonly hi?: number;
  readonly seed?: number;
  /** All elements, instead of a range and seed. */
  readonly values?: readonly JsonNumber[];
}

export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Flat indices and the values expected there. */
  readonly index?: readonly number[];
  readonly value?: readonly JsonNumber[];
  /** The largest |value| of the whole output. */
  readonly scale?: number;
  readonly tolerance?: number;
  /** The share of samples that may miss. */
  readonly outliers?: number;
  /** Why this output is not compared. */
  readonly unchecked?: string | boolean;
}

export interface ProgramSpec {
  readonly name?: string;
  /** Programs of one kind share it. */
  readonly group?: string;
  readonly inputs: readonly InputSpec[];
  readonly outputs?: readonly OutputSpec[];
  readonly tolerance?: number;
  readonly outliers?: number;
}

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^bool$/, 'pred'],
  [/^bfloat16$/, 'bf16'],
  [/^uint(\d+)$/, 'u$1'],
  [/^int(\d+)$/, 's$1'],
  [/^complex(\d+)$/, 'c$1'],
  [/^float(\d+)_?(\w*)$/, 'f$1$2'],
];

/** The element type that NumPy calls `name`. */
export function elementOf(name: string): ElementType {
  for (const [pattern, to] of FAMILIES) {
    if (!pattern.test(name)) continue;
    const element = name.replace(pattern, to);
    if (isElementType(element)) return element;
  }
  if (isElementType(name)) return name;
  throw new TypeError(`dtype ${name} is not known`);
}

function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Element k of the draw with a seed, within [0, 1). */
const draw = (k: number, seed: number): number =>
  (mix((Math.imul(k, 2654435769 | 0) + Math.imul(seed + 1, 40503)) >>> 0) >>> 8) / 2 ** 24;

const drawn = (element: ElementType, lo: number, hi: number, k: number, seed: number): Scalar => {
  const at = (s: number) => lo + (hi - lo) * draw(k, s);
  if (ELEMENT[element].class === 'complex') return [at(seed), at(seed + 100000)];
  if (isFloat(element)) return at(seed);
  const whole = Math.floor(at(seed));
  return element === 'pred' ? (whole ? 1 : 0) : ELEMENT[element].bits === 64 ? BigInt(whole) : whole;
};

/** A JSON number as an element of the type. */
export function scalarOf(element: ElementType, v: JsonNumber): Scalar {
  if (Array.isArray(v)) return [Number(scalarOf('f64', v[0])), Number(scalarOf('f64', v[1]))];
  if (ELEMENT[element].class === 'complex') return [Number(scalarOf('f64', v)), 0];
  if (!isFloat(element) && ELEMENT[element].bits === 64) return BigInt(v as number | string);
  if (typeof v === 'string') {
    const text = v.trim().replace(/^([+-]?)inf(inity)?$/i, '$1Infinity');
    return text === 'Infinity' || text === '+Infinity' ? Number.POSITIVE_INFINITY : Number(text);
  }
  return Number(v);
}

/** The input that a recipe describes. */
export function makeInput(spec: InputSpec): Tensor {
  const element = elementOf(spec.dtype);
  const t = allocate(tensorType(element, spec.shape));
  const n = elementCount(spec.shape);
  const write = writer(element);
  const { values, lo = 0, hi = 1, seed = 0 } = spec;
  if (values && values.length !== n)
    throw new RangeError(`[${spec.shape}] needs ${n} values, but ${values.length} are given`);
  for (let k = 0; k < n; k++)
    write(t.data, k, values ? scalarOf(element, values[k]!) : drawn(element, lo, hi, k, seed));
  return t;
}

/** A random input of a type: floats within [−1, 1), integers within ±100 where they fit, booleans evenly. */
export function randomInput(type: TensorType, seed: number): Tensor {
  const { class: cls, bits } = ELEMENT[type.element];
  const bound = Math.min(100, 2 ** (bits - (cls === 'signed' ? 1 : 0)));
  const range = { float: [-1, 1], complex: [-1, 1], pred: [0, 2], signed: [-bound, bound], unsigned: [0, bound] }[cls];
  const t = allocate(type);
  const write = writer(type.element);
  const n = elementCount(type.dims);
  for (let k = 0; k < n; k++) write(t.data, k, drawn(type.element, range[0]!, range[1]!, k, seed));
  return t;
}

export interface OutputComparison {
  readonly ok: boolean;
  /** Largest |got − value| / scale among the samples that were compared. */
  readonly worst: number;
  readonly misses: number;
  readonly samples: number;
  /** What differs first, in a sentence. */
  readonly message?: string;
}

const parts = (v: Scalar): readonly number[] => (Array.isArray(v) ? (v as number[]) : [Number(v)]);

/** Distance of two elements; NaN agrees with NaN, an infinity with itself. */
function distance(got: Scalar, want: Scalar): number {
  if (typeof got === 'bigint' && typeof want === 'bigint')
    return got === want ? 0 : Math.max(1, Math.abs(Number(got - want)));
  const [a, b] = [parts(got), parts(want)];
  const of = (x: number, y: number) => (x === y || (Number.isNaN(x) && Number.isNaN(y)) ? 0 : Math.abs(x - y));
  const d = Math.hypot(...a.map((x, i) => of(x, b[i]!)));
  return Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
}

/** Compares one output with the samples expected of it: within tolerance × scale, integers exactly. */
export function compareOutput(spec: OutputSpec, got: Tensor, program: ProgramSpec): OutputComparison {
  const element = elementOf(spec.dtype);
  const want = tensorType(element, spec.shape);
  if (showType(want) !== showType(got.type)) {
    const message = `the output is ${showType(got.type)}, but ${showType(want)} is expected`;
    return { ok: false, worst: Number.POSITIVE_INFINITY, misses: 1, samples: 1, message };
  }
  const { index = [], value = [], scale = 0 } = spec;
  if (spec.unchecked) return { ok: true, worst: 0, misses: 0, samples: 0 };
  const exact = !isFloat(element) && ELEMENT[element].class !== 'complex';
  const limit = exact ? 0 : (spec.tolerance ?? program.tolerance ?? 0) * scale;
  const read = reader(element);
  const round = codec(partType(element)).round;
  let worst = 0;
  let misses = 0;
  let message: string | undefined;
  index.forEach((at, k) => {
    const expected = scalarOf(element, value[k]!);
    const actual = read(got.data, at);
    const d = distance(actual, exact ? round(expected) : expected);
    worst = Math.max(worst, scale > 0 ? d / scale : d);
    if (d <= limit) return;
    misses++;
    message ??= `element ${at} is ${String(actual)}, but ${String(expected)} is expected`;
  });
  const allowed = (spec.outliers ?? program.outliers ?? 0) * index.length;
  const ok = misses <= allowed;
  return { ok, worst, misses, samples: index.length, ...(ok || message === undefined ? {} : { message }) };
}

/** Compares all outputs of a program; one comparison each. */
export function compareOutputs(spec: ProgramSpec, outputs: readonly Tensor[]): OutputComparison[] {
  const expected = spec.outputs ?? [];
  if (expected.length !== outputs.length) {
    const message = `the program gives ${outputs.length} outputs, but ${expected.length} are expected`;
    return [{ ok: false, worst: Number.POSITIVE_INFINITY, misses: 1, samples: 1, message }];
  }
  return expected.map((o, i) => compareOutput(o, outputs[i]!, spec));
}
