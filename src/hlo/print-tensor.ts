/** Tensors as NumPy prints them: aligned, eight digits, the middle of large ones left out. */
import { reader } from './numeric/access.js';
import type { Scalar } from './registry.js';
import type { Tensor } from './tensor.js';
import { ELEMENT, elementCount, partType, rowMajorStrides } from './types.js';

/** Elements above which only the edges are shown, and how many of them. */
const THRESHOLD = 1000;
const EDGE = 3;
const PRECISION = 8;
const WIDTH = 75;
const ELLIPSIS = '...';

export function printTensor(t: Tensor): string {
  const { dims, element } = t.type;
  if (dims.includes(0)) return dims.length === 1 ? '[]' : `[] with shape (${dims.join(', ')})`;
  const summarised = elementCount(dims) > THRESHOLD;
  const shown = dims.map((n) => shownIndices(n, summarised));
  const strides = rowMajorStrides(dims);
  const read = reader(element);
  const cells: Scalar[] = [];
  collect(shown, strides, 0, 0, (i) => cells.push(read(t.data, i)));
  const format = formatter(
    element === 'pred',
    ELEMENT[partType(element)].class === 'float',
    cells,
    digitsOf(partType(element)),
  );
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

function collect(
  shown: readonly number[][],
  strides: readonly number[],
  d: number,
  at: number,
  visit: (i: number) => void,
): void {
  if (d === shown.length) visit(at);
  for (const i of shown[d] ?? []) if (i >= 0) collect(shown, strides, d + 1, at + i * strides[d]!, visit);
}

/** Rows broken where a line would pass the width, indented as NumPy does. */
function layOut(shown: readonly number[][], d: number, next: () => string): string {
  const indent = ' '.repeat(d + 1);
  const last = shown.length - 1;
  if (d < last) {
    const gap = `,${'\n'.repeat(last - d)}${indent}`.slice(1);
    return `[${shown[d]!.map((i) => (i < 0 ? ELLIPSIS : layOut(shown, d + 1, next))).join(gap)}]`;
  }
  const lines: string[] = [];
  let line = '';
  for (const i of shown[d]!) {
    const word = i < 0 ? ELLIPSIS : next();
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '';
    }
    line += (line === '' ? '' : ' ') + word;
  }
  lines.push(line);
  return `[${lines.join(`\n${indent}`)}]`;
}

/** Significant digits after which a float type's numbers are told apart. */
function digitsOf(part: string): number {
  return part === 'f64' ? 17 : part === 'f32' ? 9 : part === 'f16' ? 5 : 4;
}

type Format = (x: Scalar) => string;

/** One format for all cells, so that they align. */
function formatter(isBool: boolean, isFloating: boolean, cells: readonly Scalar[], digits: number): Format {
  if (isBool) return padded((x) => (x ? 'True' : 'False'), cells);
  if (!isFloating) return padded(String, cells);
  const numbers = cells.flatMap((x): number[] => (Array.isArray(x) ? (x as number[]) : [Number(x)]));
  const show = floatFormat(numbers, digits);
  const width = Math.max(...numbers.map((x) => show(x).length));
  return (x) => {
    if (!Array.isArray(x)) return show(Number(x)).padStart(width);
    const [re, im] = x as [number, number];
    const sign = im < 0 || Object.is(im, -0) ? '' : '+';
    return `${show(re).padStart(width)}${sign}${show(im)}j`;
  };
}

function padded(show: (x: Scalar) => string, cells: readonly Scalar[]): Format {
  const width = Math.max(...cells.map((x) => show(x).length));
  return (x) => show(x).padStart(width);
}

/** Positional where the finite numbers span less than 10^8 at most and 10^3 in ratio beyond, else with exponents. */
function floatFormat(numbers: readonly number[], digits: number): (x: number) => string {
  const sizes = numbers.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const largest = Math.max(0, ...sizes);
  const smallest = Math.min(Number.POSITIVE_INFINITY, ...sizes);
  const exponential = sizes.length > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
  const special = (x: number): string | undefined =>
    Number.isNaN(x) ? 'nan' : Number.isFinite(x) ? undefined : x < 0 ? '-inf' : 'inf';
  const sign = (x: number) => (x < 0 || Object.is(x, -0) ? '-' : '');
  const finite = numbers.filter(Number.isFinite);
  if (exponential) {
    const most = Math.max(0, ...finite.map((x) => mantissa(x, digits).length));
    return (x) => special(x) ?? sign(x) + exponent(x, digits, most);
  }
  const places = Math.max(0, ...finite.map((x) => fraction(x, digits).length));
  return (x) => special(x) ?? sign(x) + positional(x, digits, places);
}

/** The shortest decimal that tells the number apart in its type, as digits and a power of ten. */
function shortest(x: number, digits: number): string {
  const a = Math.abs(x);
  if (digits >= 17) return a.toExponential();
  for (let n = 1; n < digits; n++) {
    const text = a.toExponential(n - 1);
    if (tellsApart(Number(text), a, digits)) return text;
  }
  return a.toExponential(digits - 1);
}

const tellsApart = (y: number, a: number, digits: number): boolean =>
  digits === 9 ? Math.fround(y) === a : Math.abs(y - a) <= a * 10 ** -digits * 2;

const mantissa = (x: number, digits: number): string =>
  trimmed(
    Number(shortest(x, digits))
      .toExponential(Math.min(PRECISION, digits - 1))
      .split('e')[0]!
      .split('.')[1] ?? '',
  );

const fraction = (x: number, digits: number): string =>
  trimmed(Number(shortest(x, digits)).toFixed(PRECISION).split('.')[1] ?? '');

const trimmed = (decimals: string): string => decimals.replace(/0+$/, '');

function positional(x: number, digits: number, places: number): string {
  const text = Number(shortest(x, digits)).toFixed(PRECISION);
  const [whole, decimals = ''] = text.split('.') as [string, string?];
  return `${whole}.${trimmed(decimals).padEnd(places)}`;
}

function exponent(x: number, digits: number, most: number): string {
  const [m, e] = Number(shortest(x, digits))
    .toExponential(Math.min(PRECISION, digits - 1))
    .split('e') as [string, string];
  const [whole, decimals = ''] = m.split('.') as [string, string?];
  const power = Math.abs(Number(e)).toString().padStart(2, '0');
  return `${whole}.${trimmed(decimals).padEnd(most, '0')}e${e.startsWith('-') ? '-' : '+'}${power}`;
}
