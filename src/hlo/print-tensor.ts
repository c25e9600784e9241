/** Tensors as NumPy prints them: aligned, eight digits, the middle of large ones left out. */
import { reader, rounder } from './numeric/access.js';
import type { Scalar } from './registry.js';
import type { Tensor } from './tensor.js';
import { ELEMENT, elementCount, partType, type RealType, rowMajorStrides } from './types.js';

/** Elements above which only the edges are shown, and how many of them. */
const THRESHOLD = 1000;
const EDGE = 3;
const PRECISION = 8;
const WIDTH = 75;
const ELLIPSIS = '...';

/** What `print(array)` shows for the same values in NumPy. */
export function printTensor(t: Tensor): string {
  const { dims, element } = t.type;
  if (dims.includes(0)) return '[]';
  const summarised = elementCount(dims) > THRESHOLD;
  const shown = dims.map((n) => shownIndices(n, summarised));
  const read = reader(element);
  const cells = positions(shown, rowMajorStrides(dims)).map((i) => read(t.data, i));
  const format = formatter(partType(element), cells);
  if (dims.length === 0) return format(cells[0]!).trim();
  let next = 0;
  return layOut(shown, 0, () => format(cells[next++]!));
}

/** Indices along a dimension; −1 stands for the ones left out. */
function shownIndices(n: number, summarised: boolean): number[] {
  if (!summarised || n <= 2 * EDGE) return Array.from({ length: n }, (_, i) => i);
  const head = Array.from({ length: EDGE }, (_, i) => i);
  return [...head, -1, ...head.map((i) => n - EDGE + i)];
}

/** Flat indices of all elements shown, in order. */
function positions(shown: readonly number[][], strides: readonly number[]): number[] {
  let at = [0];
  shown.forEach((indices, d) => {
    const inside = indices.filter((i) => i >= 0);
    at = at.flatMap((start) => inside.map((i) => start + i * strides[d]!));
  });
  return at;
}

/** Rows, broken where a line would pass the width and indented by their depth. */
function layOut(shown: readonly number[][], d: number, next: () => string): string {
  const indent = ' '.repeat(d + 1);
  const last = shown.length - 1;
  if (d < last) {
    const gap = '\n'.repeat(last - d) + indent;
    return `[${shown[d]!.map((i) => (i < 0 ? ELLIPSIS : layOut(shown, d + 1, next))).join(gap)}]`;
  }
  const width = WIDTH - d - 1;
  const lines: string[] = [];
  let line = indent;
  for (const i of shown[d]!) {
    const word = i < 0 ? ELLIPSIS : next();
    if (line.length > indent.length && line.length + word.length > width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  lines.push(line.slice(0, -1));
  return `[${lines.join('\n').slice(indent.length)}]`;
}

type Format<T> = (x: T) => string;

/** One format for all cells, so that they align. */
function formatter(part: RealType, cells: readonly Scalar[]): Format<Scalar> {
  const { class: cls } = ELEMENT[part];
  if (cls !== 'float') {
    const show = cls === 'pred' ? (x: Scalar) => (x ? 'True' : 'False') : String;
    const width = Math.max(...cells.map((x) => show(x).length));
    return (x) => show(x).padStart(width);
  }
  if (!Array.isArray(cells[0])) {
    const show = floatFormat(part, cells.map(Number), false);
    return (x) => show(Number(x));
  }
  const pairs = cells as readonly (readonly [number, number])[];
  const real = floatFormat(
    part,
    pairs.map(([re]) => re),
    false,
  );
  const imaginary = floatFormat(
    part,
    pairs.map(([, im]) => im),
    true,
  );
  return (x) => {
    const [re, im] = x as readonly [number, number];
    const text = imaginary(im);
    const bare = text.trimEnd();
    return `${real(re)}${bare}j${' '.repeat(text.length - bare.length)}`;
  };
}

/** Numbers with the point in one column; with exponents where they are huge, tiny or far apart. */
function floatFormat(part: RealType, numbers: readonly number[], plus: boolean): Format<number> {
  const round = rounder(part) as (x: number) => number;
  const finite = numbers.filter(Number.isFinite).map(Math.abs);
  const sizes = finite.filter((a) => a !== 0);
  const [largest, smallest] = [Math.max(...sizes), Math.min(...sizes)];
  const exponential = sizes.length > 0 && (largest >= 1e8 || smallest < round(1e-4) || largest / smallest > 1000);
  const decimals = (a: number) => (exponential ? exponentDecimals(a, round) : positionalDecimals(a, round));
  const places = Math.max(0, ...finite.map((a) => decimals(a).length));
  const magnitude = (a: number): string => {
    if (exponential) return withExponent(a, places);
    return `${wholePart(a, round)}.${positionalDecimals(a, round).padEnd(places)}`;
  };
  const show = (x: number): string => {
    const sign = x < 0 || Object.is(x, -0) ? '-' : plus ? '+' : '';
    if (Number.isNaN(x)) return `${plus ? '+' : ''}nan`;
    return sign + (Number.isFinite(x) ? magnitude(Math.abs(x)) : 'inf');
  };
  const width = Math.max(...numbers.map((x) => show(x).length));
  return (x) => show(x).padStart(width);
}

/** The shortest decimal that is `a` again when rounded to the type. */
function shortest(a: number, round: (x: number) => number): number {
  for (let digits = 1; digits < 17; digits++) {
    const x = Number(a.toExponential(digits - 1));
    if (round(x) === a) return x;
  }
  return a;
}

const trimmed = (decimals = ''): string => decimals.replace(/0+$/, '');

const positionalDecimals = (a: number, round: (x: number) => number): string =>
  trimmed(shortest(a, round).toFixed(PRECISION).split('.')[1]);
const wholePart = (a: number, round: (x: number) => number): string =>
  shortest(a, round).toFixed(PRECISION).split('.')[0]!;
const exponentDecimals = (a: number, round: (x: number) => number): string =>
  trimmed(shortest(a, round).toExponential(PRECISION).split('e')[0]!.split('.')[1]);

function withExponent(a: number, places: number): string {
  const [mantissa, power] = a.toExponential(places).split('e') as [string, string];
  const size = power.slice(1).padStart(2, '0');
  return `${mantissa}${places === 0 ? '.' : ''}e${power[0]}${size}`;
}
