/** How HLO writes windows, paddings, dimension labels and groups of devices. */
import type { ConvolutionDimensions } from '../attributes.js';
import type { HloScanner } from './scanner.js';

export type Pair = readonly [number, number];

/** `window={…}`, one entry a dimension. */
export interface Window {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly pad: readonly Pair[];
  readonly lhsDilate: readonly number[];
  readonly rhsDilate: readonly number[];
  readonly reversal: readonly boolean[];
}

export const WINDOW_FIELDS = ['size', 'stride', 'pad', 'lhs_dilate', 'rhs_dilate', 'rhs_reversal'];

export const integerList = (s: HloScanner, name: string): number[] =>
  s.list('{', '}', `in '${name}'`, () => s.integer('a number'));

const bracketed = (s: HloScanner): number[] =>
  s.list('[', ']', 'in replica groups', () => s.expectedDigits('a number'));

const MOST_DEVICES = 1 << 20;

/** `[groups,size]<=[dims]T(permutation)`: device numbers counted over the dimensions permuted. */
export function iotaGroups(s: HloScanner, name: string): number[][] {
  const at = s.pos;
  const [count, size, ...more] = bracketed(s);
  s.expect('<=', `in '${name}'`);
  const dims = bracketed(s);
  const permutation = s.eat('T')
    ? s.list('(', ')', 'in a permutation', () => s.expectedDigits('a dimension'))
    : dims.map((_, d) => d);
  const total = dims.reduce((a, b) => a * b, 1);
  const sorted = [...permutation].sort((a, b) => a - b);
  const good =
    size !== undefined && dims.length <= 64 && more.length === 0 && count! * size === total && total <= MOST_DEVICES;
  if (!good || sorted.length !== dims.length || sorted.some((d, i) => d !== i)) {
    s.fail(`'${name}' does not divide its devices`, at);
  }
  const strides = dims.map((_, d) => dims.slice(d + 1).reduce((a, b) => a * b, 1));
  const device = (flat: number): number => {
    let rest = flat;
    let id = 0;
    for (let k = permutation.length - 1; k >= 0; k--) {
      const d = permutation[k]!;
      id += (rest % dims[d]!) * strides[d]!;
      rest = Math.floor(rest / dims[d]!);
    }
    return id;
  };
  return Array.from({ length: count! }, (_, g) => Array.from({ length: size! }, (_, i) => device(g * size! + i)));
}

/** `1_1x0_-1`: entries of numbers. The scanner's words hold letters, so the text is read as it stands. */
export function paddings(s: HloScanner): number[][] {
  s.skip();
  const from = s.pos;
  const text = /^-?\d+(?:_-?\d+){0,2}(?:x-?\d+(?:_-?\d+){0,2})*/.exec(s.text(from, from + 2000))?.[0];
  if (text === undefined) return s.fail(`expected numbers, found ${s.found()}`);
  s.pos = from + text.length;
  return text.split('x').map((entry) => entry.split('_').map(Number));
}

/** Where two letters and the digits 0, 1, … stand; undefined where one is missing or twice there. */
export function labels(
  text: string,
  letters: string,
): { first: number; second: number; spatial: number[] } | undefined {
  const [first, second] = [text.indexOf(letters[0]!), text.indexOf(letters[1]!)];
  const spatial = Array.from({ length: text.length - 2 }, (_, d) => text.indexOf(`${d}`));
  const all = new Set([first, second, ...spatial]);
  return first < 0 || second < 0 || spatial.includes(-1) || all.size !== text.length
    ? undefined
    : { first, second, spatial };
}

export const listToHlo = (values: readonly unknown[]): string => `{${values.join(',')}}`;
export const groupsToHlo = (groups: readonly (readonly number[])[]): string => `{${groups.map(listToHlo).join(',')}}`;

export function paddingToHlo(low: readonly number[], high: readonly number[], interior: readonly number[]): string {
  const plain = interior.every((k) => k === 0);
  return low.map((l, d) => `${l}_${high[d]}${plain ? '' : `_${interior[d]}`}`).join('x');
}

/** Fields that say nothing are left out. */
export function windowToHlo(w: Window): string {
  const fields = [`size=${w.size.join('x')}`];
  const unless1 = (name: string, list: readonly number[]) => {
    if (list.some((n) => n !== 1)) fields.push(`${name}=${list.join('x')}`);
  };
  unless1('stride', w.stride);
  if (w.pad.some(([l, h]) => l !== 0 || h !== 0)) fields.push(`pad=${w.pad.map((p) => p.join('_')).join('x')}`);
  unless1('lhs_dilate', w.lhsDilate);
  unless1('rhs_dilate', w.rhsDilate);
  if (w.reversal.includes(true)) fields.push(`rhs_reversal=${w.reversal.map(Number).join('x')}`);
  return `{${fields.join(' ')}}`;
}

export function dimensionLabelsToHlo(d: ConvolutionDimensions): string {
  const part = (letters: string, first: number, second: number, spatial: readonly number[]): string => {
    const out: string[] = [];
    out[first] = letters[0]!;
    out[second] = letters[1]!;
    spatial.forEach((at, k) => {
      out[at] = `${k}`;
    });
    return out.join('');
  };
  return (
    `${part('bf', d.lhsBatch, d.lhsFeature, d.lhsSpatial)}_` +
    `${part('io', d.rhsInputFeature, d.rhsOutputFeature, d.rhsSpatial)}->` +
    part('bf', d.resultBatch, d.resultFeature, d.resultSpatial)
  );
}
