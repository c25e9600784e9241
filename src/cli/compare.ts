/** How far what was compiled is from what the interpreter gives. */
import {
  ELEMENT,
  type ElementType,
  elementCount,
  type FloatType,
  isFloat,
  partType,
  type Tensor,
} from '../hlo/index.js';
import { codec } from '../hlo/numeric/access.js';
import { ulpDistance } from '../hlo/numeric/ulp.js';
import { partsOf } from '../hlo/tensor.js';

export interface Difference {
  readonly ok: boolean;
  /** Of the element that is furthest off; 0 where all are equal. */
  readonly worstUlp: number;
  /** |got − expected| of the element that is furthest off, relative to the largest |expected|. */
  readonly relative: number;
  /** The flat index of the first element that is too far off, where there is one. */
  readonly at: number | undefined;
  readonly got: string;
  readonly expected: string;
}

/** Units in the last place that sums of many terms may be off, relative to the largest value. */
const WIDE_FLOAT_ULPS = 128;
/** Narrow floats are computed in f32 and rounded once, so that hardly more than the rounding can differ. */
const NARROW_FLOAT_ULPS = 4;

/** What floats may differ by relative to the largest value; integers must be equal. */
export function toleranceOf(element: ElementType): number {
  const part = partType(element);
  if (!isFloat(part)) return 0;
  const one = codec(part);
  // The distance from 1 to the next value of the type.
  let epsilon = 1;
  while (Number(one.round(1 + epsilon / 2)) !== 1) epsilon /= 2;
  return epsilon * (ELEMENT[part].bits >= 32 ? WIDE_FLOAT_ULPS : NARROW_FLOAT_ULPS);
}

type Numbers = { readonly length: number; readonly [i: number]: number | bigint };

/** The numbers of a tensor, parts of complex ones singly. */
function numbersOf(t: Tensor): (i: number) => number | bigint {
  const { table } = codec(partType(t.type.element));
  const data = t.data as unknown as Numbers;
  return table ? (i) => table[data[i] as number]! : (i) => data[i]!;
}

/** Compares two tensors of one type. */
export function compareTensors(got: Tensor, expected: Tensor, tolerance = toleranceOf(got.type.element)): Difference {
  const part = partType(got.type.element);
  const a = numbersOf(got);
  const b = numbersOf(expected);
  const n = elementCount(got.type.dims) * partsOf(got.type.element);
  const exact = !isFloat(part);
  const scale = exact ? 1 : largest(b, n);
  let worstUlp = 0;
  let relative = 0;
  let at: number | undefined;
  for (let i = 0; i < n; i++) {
    const x = a(i);
    const y = b(i);
    if (x === y) continue;
    const distance = distanceOf(x, y);
    if (distance === 0) continue;
    worstUlp = Math.max(worstUlp, exact ? distance : ulpDistance(part as FloatType, Number(x), Number(y)));
    const share = scale > 0 ? distance / scale : distance;
    relative = Math.max(relative, share);
    if (at === undefined && (exact || !(share <= tolerance))) at = i;
  }
  const show = (read: (i: number) => number | bigint) => (at === undefined ? '' : String(read(at)));
  return { ok: at === undefined, worstUlp, relative, at, got: show(a), expected: show(b) };
}

function distanceOf(x: number | bigint, y: number | bigint): number {
  if (typeof x === 'bigint' || typeof y === 'bigint') {
    const d = BigInt(x) - BigInt(y);
    return Number(d < 0n ? -d : d);
  }
  if (Number.isNaN(x) && Number.isNaN(y)) return 0;
  const d = Math.abs(x - y);
  return Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
}

function largest(read: (i: number) => number | bigint, n: number): number {
  let most = 0;
  for (let i = 0; i < n; i++) {
    const x = Math.abs(Number(read(i)));
    if (x > most && Number.isFinite(x)) most = x;
  }
  return most;
}
