/** The error of f64 and c128 rules against values of many digits (tools/exact.py, which needs mpmath). */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ELEMENTWISE } from '../rules-db/emit/elementwise/index.js';
import { tensorType } from '../src/hlo/index.js';
import { compileRule } from '../src/rules/scalar-code.js';
import { costOf } from '../src/rules/scalar-cost.js';
import { ScalarEvaluator, type TypedValue } from '../src/rules/scalar-eval.js';

const rules = new Map(ELEMENTWISE.map((r) => [r.op, r]));
const functions = (name: string) => rules.get(name);
const view = new DataView(new ArrayBuffer(8));

/** A number is its own part, a complex one has two. */
export type Point = readonly number[];

const asBits = (x: number): string => {
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
};
const fromBits = (text: string): number => {
  view.setBigUint64(0, BigInt(`0x${text}`));
  return view.getFloat64(0);
};

interface Exact {
  readonly high: number;
  readonly low: number;
}

/** The parts of op's value at each list of operands. */
function exactValues(op: string, points: readonly (readonly Point[])[]): Exact[][] {
  const input = points.map((operands) => `${op} ${operands.map((z) => z.map(asBits).join(',')).join(' ')}\n`).join('');
  const script = fileURLToPath(new URL('exact.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync('python3', [script], { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`tools/exact.py failed: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const numbers = line.split(' ').map(fromBits);
      return numbers.flatMap((high, i) => (i % 2 === 0 ? [{ high, low: numbers[i + 1]! }] : []));
    });
}

/** The rule as a function of parts. */
function evaluated(op: string, type: 'f64' | 'c128', arity: number): (operands: readonly Point[]) => Point {
  const rule = rules.get(op);
  const t = tensorType(type);
  const result = op === 'abs' ? tensorType('f64') : t;
  const opView = { operands: new Array(arity).fill(t), results: [result], attributes: {} };
  if (type === 'f64') {
    const f = compileRule(rule!, opView, functions);
    return (operands) => [f(...operands.map((z) => z[0]!)) as number];
  }
  const pair = rule?.pair;
  if (!pair) throw new Error(`${op} has no rule for complex numbers`);
  const typed = (value: number): TypedValue => ({ type: 'f64', value });
  return (operands) => {
    const parts = operands.map((z) => [typed(z[0]!), typed(z[1]!)] as const);
    return pair(new ScalarEvaluator(functions), parts, opView).map((v) => v.value as number);
  };
}

/** What one unit in the last place of x is worth. */
function unit(x: number): number {
  const a = Math.abs(x);
  return a < 2 ** -1022 ? 2 ** -1074 : 2 ** (Math.floor(Math.log2(a * (1 - 2 ** -53))) - 52);
}

export interface ExactError {
  /** The largest error of a part, in units of the part's last place; infinite where NaN or infinity stands amiss. */
  readonly ulp: number;
  readonly at: readonly Point[];
  readonly got: Point;
  readonly want: Point;
  /** The largest error in units of the larger part's last place. */
  readonly norm: number;
  readonly cost: number | undefined;
}

function errorOf(got: number, { high, low }: Exact, scale: number): number {
  if (got === high && !Number.isFinite(got)) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(high)) {
    // Overflow half a unit too early or too late is no more than that.
    return Math.min(Math.abs(got), Math.abs(high)) > 1.79769313486231e308 ? 1 : Number.POSITIVE_INFINITY;
  }
  return Math.abs(got - high - low) / unit(scale);
}

/** Points where the function has no value are left out. */
export function measureExact(op: string, type: 'f64' | 'c128', points: readonly (readonly Point[])[]): ExactError {
  const arity = points[0]!.length;
  const f = evaluated(op, type, arity);
  const exact = exactValues(op, points);
  const worst = { ulp: 0, at: [] as readonly Point[], got: [] as Point, want: [] as Point, norm: 0 };
  for (const [i, operands] of points.entries()) {
    const want = exact[i]!;
    if (want.some((w) => Number.isNaN(w.high))) continue;
    const got = f(operands);
    const size = Math.max(...want.map((w) => Math.abs(w.high)));
    const ulp = Math.max(...want.map((w, k) => errorOf(got[k]!, w, w.high)));
    const norm = Math.max(...want.map((w, k) => errorOf(got[k]!, w, size)));
    worst.norm = Math.max(worst.norm, norm);
    if (!(ulp <= worst.ulp)) Object.assign(worst, { ulp, at: operands, got, want: want.map((w) => w.high) });
  }
  const t = tensorType(type);
  const opView = { operands: new Array(arity).fill(t), results: [t], attributes: {} };
  const cost = type === 'f64' ? costOf(rules.get(op)!, opView, functions) : undefined;
  return { ...worst, cost };
}
