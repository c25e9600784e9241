/** Whether two results are the same as far as a rule's contract promises. */
import { ELEMENT, type ElementType, partType, type RuntimeValue, type Tensor, TOKEN_VALUE } from '../../hlo/index.js';
import { reader, roundTo } from '../../hlo/numeric/access.js';
import type { FpContract } from '../contract.js';

/** What is wrong, as a sentence; undefined where nothing is. NaNs are equal to each other under every contract. */
export function difference(
  before: readonly RuntimeValue[],
  after: readonly RuntimeValue[],
  fp: FpContract,
  finiteInputs: boolean,
): string | undefined {
  const effects = fp === 'exact' ? [] : fp;
  if (effects.includes('finite-only') && !finiteInputs) return undefined;
  for (let r = 0; r < before.length; r++) {
    const a = before[r]!;
    const b = after[r]!;
    if (a === TOKEN_VALUE || b === TOKEN_VALUE) continue;
    const found = tensorDifference(a, b, effects);
    if (found) return before.length === 1 ? found : `result ${r}: ${found}`;
  }
  return undefined;
}

function tensorDifference(a: Tensor, b: Tensor, effects: Exclude<FpContract, 'exact'>): string | undefined {
  const part = partType(a.type.element);
  const read = reader(part);
  const isFloat = ELEMENT[part].class === 'float';
  const ulps = effects.reduce((most, e) => (typeof e === 'object' ? Math.max(most, e.approximates) : most), 0);
  const scale = effects.includes('reassociates') ? largest(a) : 0;
  for (let i = 0; i < a.data.length; i++) {
    const x = read(a.data, i) as number | bigint;
    const y = read(b.data, i) as number | bigint;
    if (Object.is(x, y)) continue;
    const fits = isFloat && floatsAgree(x as number, y as number, { part, ulps, scale, effects });
    if (!fits) return `element ${i} is ${show(x)}, but the right side gives ${show(y)}`;
  }
  return undefined;
}

function floatsAgree(
  x: number,
  y: number,
  c: { part: ElementType; ulps: number; scale: number; effects: Exclude<FpContract, 'exact'> },
): boolean {
  if (x === 0 && y === 0) return c.effects.includes('signed-zero') || c.effects.includes('reassociates');
  if (c.effects.includes('finite-only') && !(Number.isFinite(x) && Number.isFinite(y))) return true;
  // Another order of summation may overflow, or meet infinities of both signs, where this one does not.
  if (c.scale > 0 && !(Number.isFinite(x) && Number.isFinite(y))) return c.scale >= overflowsFrom(c.part);
  const eps = epsilon(c.part);
  return Math.abs(x - y) <= Math.max(c.ulps * eps * Math.max(Math.abs(x), tiny(c.part)), c.scale * eps * 64);
}

/** The largest finite magnitude, or infinity where an element is not finite. */
function largest(t: Tensor): number {
  const read = reader(partType(t.type.element));
  let most = Number.MIN_VALUE;
  for (let i = 0; i < t.data.length; i++) {
    const x = Math.abs(Number(read(t.data, i) as number | bigint));
    most = Number.isNaN(x) ? Infinity : Math.max(most, x);
  }
  return most;
}

/** Distance from 1 to the next number. */
function epsilon(part: ElementType): number {
  let e = 1;
  while (roundTo(part, 1 + e / 2) !== 1) e /= 2;
  return e;
}

const TINY: { readonly [T in ElementType]?: number } = {
  f64: 2 ** -1022,
  f32: 2 ** -126,
  bf16: 2 ** -126,
  f16: 2 ** -14,
};
const tiny = (part: ElementType): number => TINY[part] ?? 2 ** -6;
const overflowsFrom = (part: ElementType): number => (part === 'f64' ? 1e307 : part === 'f16' ? 6e4 : 1e37);

const show = (x: number | bigint): string => (Object.is(x, -0) ? '-0' : String(x));
