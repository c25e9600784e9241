/**
 * Measures the error of the vectorised functions in units in the last place.
 *
 *   npx jiti tools/ulp.ts [--count N|all] [--markdown] [--complex] [OP …]
 *
 * f32 functions of one operand run over N inputs spread evenly over all 2^32 bit patterns (default 2^20), or over all of
 * them; the reference is the interpreter's function in double. f64 functions run over random points (an N of 2^20 makes
 * 2^13 of them), half of them of moderate size, against many digits (tools/exact.py). --complex: c128, in the same way.
 */
import { pathToFileURL } from 'node:url';
import { FUNCTION_PAIRS } from '../rules-db/emit/elementwise/complex-functions.js';
import { INVERSE_PAIRS } from '../rules-db/emit/elementwise/complex-inverse.js';
import { ELEMENTWISE } from '../rules-db/emit/elementwise/index.js';
import { tensorType } from '../src/hlo/index.js';
import { OPS } from '../src/hlo/ops/index.js';
import { compileRule } from '../src/rules/scalar-code.js';
import { costOf } from '../src/rules/scalar-cost.js';
import { measureExact, type Point } from './exact.js';

type Float = 'f32' | 'f64';
export interface Measured {
  readonly ulp: number;
  /** Operands where the error is largest. */
  readonly at: readonly number[];
  readonly got: number;
  readonly want: number;
  readonly cost: number;
}

const buffer = new DataView(new ArrayBuffer(8));
function spacing(x: number, type: Float): number {
  const [bias, mantissa] = type === 'f32' ? [127, 23] : [1023, 52];
  buffer.setFloat64(0, x);
  const exponent = ((buffer.getUint32(0) >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.min(Math.max(exponent, 1 - bias), bias) - mantissa);
}

/** |got − want| in units of want's last place; NaN and infinities must be where they belong. */
function error(got: number, want: number, type: Float): number {
  if (Object.is(got, want)) return 0;
  if (Number.isNaN(got) || Number.isNaN(want))
    return Number.isNaN(got) && Number.isNaN(want) ? 0 : Number.POSITIVE_INFINITY;
  const nearest = type === 'f32' ? Math.fround(want) : want;
  if (Object.is(got, nearest)) return Number.isFinite(got) ? Math.abs(got - want) / spacing(want, type) : 0;
  // Overflow is one step: an infinity counts as the number that would follow the largest.
  const finite = (x: number) => (Number.isFinite(x) ? x : Math.sign(x) * 2 ** (type === 'f32' ? 128 : 1023));
  if (Math.abs(want) === 2 ** 1024) return Number.POSITIVE_INFINITY;
  if (got === 0 && nearest === 0) return Number.POSITIVE_INFINITY;
  return Math.abs(finite(got) - finite(want)) / spacing(want, type);
}

const rules = new Map(ELEMENTWISE.map((r) => [r.op, r]));
const definitions = new Map(OPS.map((d) => [d.name, d]));

/** The reference function in double, unrounded. */
function reference(op: string, arity: number): (...x: number[]) => number {
  const definition = definitions.get(op);
  if (!definition?.scalar) throw new Error(`${op} has no reference function`);
  const f64 = tensorType('f64');
  return definition.scalar(new Array(arity).fill(f64), {}, f64) as (...x: number[]) => number;
}

/** The largest error over the inputs that `inputs` yields by calling its argument. */
export function measure(
  op: string,
  type: Float,
  arity: number,
  each: (visit: (...x: number[]) => void) => void,
): Measured {
  const rule = rules.get(op);
  if (!rule) throw new Error(`${op} has no element rule`);
  const t = tensorType(type);
  const view = { operands: new Array(arity).fill(t), results: [t], attributes: {} };
  const functions = (name: string) => rules.get(name);
  const f = compileRule(rule, view, functions) as (...x: number[]) => number;
  const want = reference(op, arity);
  const worst = { ulp: 0, at: [] as number[], got: 0, want: 0 };
  each((...x) => {
    const got = f(...x);
    const w = want(...x);
    const e = error(got, w, type);
    if (e > worst.ulp) Object.assign(worst, { ulp: e, at: x, got, want: w });
  });
  return { ...worst, cost: costOf(rule, view, functions) };
}

const words = new Uint32Array(2);
const asF32 = new Float32Array(words.buffer);
const asF64 = new Float64Array(words.buffer);

export const everyF32 = (count: number) => (visit: (x: number) => void) => {
  const step = 2 ** 32 / count;
  for (let i = 0; i < count; i++) {
    words[0] = Math.floor(i * step) + (step > 1 ? Math.floor(Math.random() * step) : 0);
    visit(asF32[0]!);
  }
};

const SPECIAL = [0, -0, 1, -1, 0.5, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
const random32 = () => Math.floor(Math.random() * 2 ** 32);

/** Random f64 patterns; half of them of moderate size. */
function randomF64(): number {
  words[0] = random32();
  words[1] = random32();
  return Math.random() < 0.5 ? asF64[0]! : (Math.random() - 0.5) * 2 ** Math.floor(Math.random() * 16 - 5);
}
function randomF32(): number {
  words[0] = random32();
  return Math.random() < 0.5 ? asF32[0]! : Math.fround((Math.random() - 0.5) * 2 ** Math.floor(Math.random() * 16 - 5));
}

export const randomOperands = (type: Float, arity: number, count: number) => (visit: (...x: number[]) => void) => {
  const one = type === 'f32' ? randomF32 : randomF64;
  if (arity === 1) for (const x of SPECIAL) visit(x);
  else for (const x of SPECIAL) for (const y of SPECIAL) visit(x, y);
  for (let i = 0; i < count; i++) {
    if (arity === 1) visit(one());
    else visit(Math.random() < 0.5 ? Math.abs(one()) : one(), one());
  }
};

const BINARY = new Set(['power', 'atan2', 'zeta', 'polygamma']);

type Operands = readonly Point[];

/** Operands for which an op has a value, and not always the same; others take any. */
const DOMAIN: { readonly [op: string]: () => Operands } = {
  acosh: () => [[1 + Math.abs(randomF64())]],
  asin: () => [[Math.random() * 2 - 1]],
  acos: () => [[Math.random() * 2 - 1]],
  atanh: () => [[Math.tanh(randomF64())]],
  'erf-inv': () => [[Math.random() < 0.5 ? Math.random() * 2 - 1 : 1 - 2 ** (-52 * Math.random())]],
  lgamma: () => [[Math.abs(randomF64())]],
  digamma: () => [[Math.abs(randomF64())]],
  zeta: () => [[1 + 40 * Math.random()], [100 * Math.random()]],
  polygamma: () => [[Math.floor(Math.random() * 40)], [100 * Math.random()]],
  power: () => [[Math.abs(randomF64())], [randomF64()]],
};

/** Functions whose operands are drawn from their domain for f32 too. */
const WHOLE = new Set(['zeta', 'polygamma']);
const inDomain = (op: string) => (count: number) => (visit: (...x: number[]) => void) => {
  for (let i = 0; i < count; i++) visit(...DOMAIN[op]!().map(([x]) => Math.fround(x!)));
};

/** The largest of the errors at random points, those in the tails of the exponents among them. */
function measureAtRandom(op: string, type: 'f64' | 'c128', arity: number, count: number) {
  const finite = (): number => {
    const x = randomF64();
    return Number.isFinite(x) ? x : finite();
  };
  const any = () => Array.from({ length: arity }, () => (type === 'c128' ? pair() : [finite()]));
  // Of two complex operands: where large ones make of their roundings any result at all, and no cuts are met.
  const moderate = () => (Math.random() - 0.5) * 2 ** Math.floor(Math.random() * 8 - 3);
  const pair = () => (arity === 2 ? [moderate(), moderate()] : [finite(), finite()]);
  const draw = type === 'f64' ? (DOMAIN[op] ?? any) : any;
  return measureExact(op, type, Array.from({ length: count }, draw));
}

interface Arguments {
  readonly count: number;
  readonly named: readonly string[];
}
function argumentsOf(args: readonly string[]): Arguments {
  const countAt = args.indexOf('--count');
  const count = countAt < 0 ? 2 ** 20 : args[countAt + 1] === 'all' ? 2 ** 32 : Number(args[countAt + 1]);
  return { count, named: args.filter((a, i) => !a.startsWith('--') && (countAt < 0 || i !== countAt + 1)) };
}

/** Points for the slow reference of many digits. */
const fewer = (count: number): number => Math.ceil(Math.min(count, 2 ** 20) / 128);

/** The functions of complex numbers. */
const COMPLEX = ['abs', 'sign', ...Object.keys(FUNCTION_PAIRS), ...Object.keys(INVERSE_PAIRS)];

function measureComplex(args: readonly string[]): void {
  const { count, named } = argumentsOf(args);
  console.log('| op | larger part, max ULP | either part, max ULP | worst at |\n|---|---|---|---|');
  for (const op of named.length ? named : COMPLEX) {
    const e = measureAtRandom(op, 'c128', BINARY.has(op) ? 2 : 1, fewer(count));
    const at = e.at.map(([re, im]) => `${re} + ${im}i`).join(', ');
    const either = e.ulp > 1000 ? 'lost beside the other' : e.ulp.toFixed(2);
    console.log(`| ${op} | ${e.norm.toFixed(2)} | ${either} | ${at} |`);
  }
}

function main(args: readonly string[]): void {
  const { count, named } = argumentsOf(args);
  const ops = named.length ? named : ELEMENTWISE.filter((r) => r.accuracy).map((r) => r.op);
  const markdown = args.includes('--markdown');
  if (markdown)
    console.log('| op | f32, max ULP | at | cost | f64, max ULP | at | cost |\n|---|---|---|---|---|---|---|');
  for (const op of ops) {
    const arity = BINARY.has(op) ? 2 : 1;
    const draw = arity === 1 ? everyF32 : WHOLE.has(op) ? inDomain(op) : (n: number) => randomOperands('f32', arity, n);
    const single = measure(op, 'f32', arity, draw(count));
    const double = measureAtRandom(op, 'f64', arity, fewer(count));
    const [a, b] = [single.ulp.toFixed(3), double.ulp.toFixed(2)];
    if (markdown) {
      const [atSingle, atDouble] = [single.at.join(', '), double.at.join(', ')];
      console.log(`| ${op} | ${a} | ${atSingle} | ${single.cost} | ${b} | ${atDouble} | ${double.cost} |`);
    } else {
      const [f32, f64] = [`f32 ${a.padStart(9)} at ${single.at}`, `f64 ${b.padStart(9)} at ${double.at}`];
      console.log(`${op.padEnd(24)} ${f32} (${single.got} for ${single.want}), cost ${single.cost}`);
      console.log(`${''.padEnd(24)} ${f64} (${double.got} for ${double.want}), cost ${double.cost}`);
    }
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  (args.includes('--complex') ? measureComplex : main)(args);
}
