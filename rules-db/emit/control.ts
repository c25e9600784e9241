/** How often loops run, where that is known before they do. */
import {
  constant,
  ELEMENT,
  type EmitRule,
  emit,
  isInteger,
  isUnsigned,
  type Literal,
  type LoopView,
  op,
  splatValue,
  type Trips,
  type Value,
  variables,
} from '../../src/rules/index.js';

const { i, n, s, d, t, c } = variables('i', 'n', 's', 'd', 't', 'c');

/** i ∘ n */
const condition = op('compare', [i, n], { direction: d, type: t });
const up = op('add', [i, constant(s)]);
const down = op('subtract', [i, constant(s)]);

/** A loop that goes on while carried value number `counter` ∘ `limit`, adding `step` to it each time. */
interface Counting {
  readonly counter: number;
  readonly start: Value;
  readonly step: bigint;
  readonly direction: string;
  /** A constant, or the number of a carried value that stays as it is. */
  readonly limit: Literal | number;
}

const MIRRORED: Readonly<Record<string, string>> = { LT: 'GT', LE: 'GE', GT: 'LT', GE: 'LE', EQ: 'EQ', NE: 'NE' };

function countingOf(loop: LoopView): Counting | undefined {
  const [predicate] = loop.condition.results;
  const found = loop.match(condition, predicate!) as { i: Value; n: Value; d: string; t: string } | undefined;
  if (!found) return undefined;
  const signed = found.t === 'SIGNED';
  return (
    countingBy(loop, found.i, found.n, found.d, signed) ??
    countingBy(loop, found.n, found.i, MIRRORED[found.d]!, signed)
  );
}

function countingBy(loop: LoopView, i: Value, n: Value, direction: string, signed: boolean): Counting | undefined {
  const { condition, body, operands } = loop;
  const counter = condition.parameters.findIndex((p) => p.result === i);
  if (counter < 0) return undefined;
  const { element, dims } = i.tensorType;
  if (dims.length > 0 || !isInteger(element) || ELEMENT[element].bits < 8 || isUnsigned(element) === signed) {
    return undefined;
  }
  const step = stepOf(loop, body.parameters[counter]!.result, body.results[counter]!);
  const limit = limitOf(loop, n);
  if (step === undefined || limit === undefined) return undefined;
  return { counter, start: operands[counter]!, step, direction, limit };
}

/** What is added to `before` to give `after`. */
function stepOf({ match }: LoopView, before: Value, after: Value): bigint | undefined {
  const added = match(up, after) as { i: Value; s: Literal } | undefined;
  if (added?.i === before) return integerOf(added.s);
  const taken = match(down, after) as { i: Value; s: Literal } | undefined;
  return taken?.i === before ? -integerOf(taken.s) : undefined;
}

function limitOf({ condition, body, match }: LoopView, n: Value): Literal | number | undefined {
  const literal = match(constant(c), n) as { c: Literal } | undefined;
  if (literal) return literal.c;
  const k = condition.parameters.findIndex((p) => p.result === n);
  return k >= 0 && body.results[k] === body.parameters[k]!.result ? k : undefined;
}

const integerOf = (l: Literal): bigint => BigInt(splatValue(l) as number | bigint);

/** How often a loop's body runs, if its condition compares a number that grows or shrinks evenly. */
export function tripsOf(loop: LoopView): Trips | undefined {
  const counting = countingOf(loop);
  if (!counting) return undefined;
  const { counter, start, step, direction, limit } = counting;
  const first = loop.match(constant(c), start) as { c: Literal } | undefined;
  // What does not change, and is handed in as a constant, is one.
  const given =
    typeof limit === 'number' ? (loop.match(constant(c), loop.operands[limit]!) as typeof first) : undefined;
  const end = typeof limit === 'number' ? given?.c : limit;
  if (first && end) {
    const { bits } = ELEMENT[start.tensorType.element];
    const [low, high] = isUnsigned(start.tensorType.element)
      ? [0n, (1n << BigInt(bits)) - 1n]
      : [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
    return count(integerOf(first.c), integerOf(end), step, direction, { low, high });
  }
  const from = { carried: counter };
  const to = typeof limit === 'number' ? { carried: limit } : { constant: limit };
  // In other steps the counter might leap over a limit near the ends of its type, and begin anew.
  if (direction === 'LT' && step === 1n) return { low: from, high: to };
  if (direction === 'GT' && step === -1n) return { low: to, high: from };
  return undefined;
}

/** Values of i = from, from + step, … until `i ∘ to` fails; undefined where it leaves its type before, or never fails. */
function count(
  from: bigint,
  to: bigint,
  step: bigint,
  direction: string,
  range: { readonly low: bigint; readonly high: bigint },
): number | undefined {
  // i > to, going down, is −i < −to, going up.
  if (direction === 'GT' || direction === 'GE') {
    return count(-from, -to, -step, MIRRORED[direction]!, { low: -range.high, high: -range.low });
  }
  if (direction === 'LE') return count(from, to + 1n, step, 'LT', range);
  if (direction === 'EQ') {
    if (from !== to) return 0;
    return step === 0n ? undefined : 1;
  }
  if (direction === 'NE') {
    const way = to - from;
    if (way === 0n) return 0;
    return step === 0n || way % step !== 0n || way / step < 0n ? undefined : exact(way / step);
  }
  if (from >= to) return 0;
  if (step <= 0n) return undefined;
  const n = (to - from + step - 1n) / step;
  return from + n * step > range.high ? undefined : exact(n);
}

const exact = (n: bigint): number | undefined => (n <= Number.MAX_SAFE_INTEGER ? Number(n) : undefined);

export const While = emit('while', { trips: tripsOf });

export const CONTROL: readonly EmitRule[] = [While];
