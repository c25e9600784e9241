/** Constants in HLO text: `0.25`, `{ { 1, -inf }, { nan, 4 } }`, `(1, -2)`. */
import type { Literal } from '../literal.js';
import { literalOf, type Notation } from '../stablehlo/dense.js';
import { type ElementWriter, elementWriter, type FloatWords } from '../stablehlo/dense-text.js';
import { partsOf } from '../tensor.js';
import { ELEMENT, elementCount, type FloatType, partType, type TensorType } from '../types.js';
import type { HloScanner } from './scanner.js';
import type { Range } from './syntax.js';

/** Bits of the exponent and the fraction of the formats whose NaNs carry a payload. */
const IEEE: { readonly [t: string]: readonly [exponent: bigint, fraction: bigint] } = {
  f16: [5n, 10n],
  bf16: [8n, 7n],
  f32: [8n, 23n],
  f64: [11n, 52n],
};

const special = (word: string, type: FloatType): number | bigint | undefined => {
  if (word === 'inf' || word === '+inf') return Number.POSITIVE_INFINITY;
  if (word === '-inf') return Number.NEGATIVE_INFINITY;
  const nan = /^(-?)nan(?:\(0x([0-9a-fA-F]{1,16})\))?$/.exec(word);
  if (!nan) return undefined;
  const format = IEEE[type];
  if (!format || (!nan[1] && !nan[2])) return Number.NaN;
  const [exponent, fraction] = format;
  const payload = nan[2] ? BigInt(`0x${nan[2]}`) : 1n << (fraction - 1n);
  if (payload === 0n || payload >> fraction !== 0n) return undefined;
  return ((nan[1] ? 1n : 0n) << (exponent + fraction)) | (((1n << exponent) - 1n) << fraction) | payload;
};

const BRACES: Notation = { open: 123, close: 125, special };

/** The constant between the parentheses of `constant(…)`. Throws `SourceError`. */
export function readLiteral(s: HloScanner, { from, to }: Range, type: TensorType): Literal {
  s.pos = from;
  s.skip();
  const start = Math.min(s.pos, to);
  if (s.text(start, Math.min(to, start + 64)).includes('...')) {
    s.fail(
      'the values of this constant are left out',
      start,
      'print the module with print_large_constants, as in HloPrintOptions',
    );
  }
  const isList = s.bytes[start] === BRACES.open;
  if (elementCount(type.dims) === 0 && /^\{[{},\s]*$/.test(s.text(start, to))) return literalOf(s, start, start, type);
  if (isList !== type.dims.length > 0) {
    s.fail(
      isList ? 'a scalar is written without braces' : `a constant of rank ${type.dims.length} is written { … }`,
      start,
    );
  }
  return literalOf(s, start, to, type, BRACES);
}

const WORDS: FloatWords = {
  finite: (x, shortest) => (Object.is(x, -0) ? '-0' : shortest),
  special(pattern, type) {
    const format = IEEE[type];
    const bits = BigInt(pattern);
    if (!format) return decodeSpecial(bits, type);
    const [exponent, fraction] = format;
    const payload = bits & ((1n << fraction) - 1n);
    const sign = bits >> (exponent + fraction) ? '-' : '';
    if (payload === 0n) return `${sign}inf`;
    return payload === 1n << (fraction - 1n) ? `${sign}nan` : `${sign}nan(0x${payload.toString(16)})`;
  },
};

/** Narrow formats: an infinity of f8e5m2 and its like, else NaN. */
function decodeSpecial(bits: bigint, type: FloatType): string {
  const isInfinity =
    (type === 'f8e5m2' && (bits & 0x7fn) === 0x7cn) || (/^f8e(4m3|3m4)$/.test(type) && isTop(bits, type));
  return isInfinity ? `${bits & 0x80n ? '-' : ''}inf` : 'nan';
}

const isTop = (bits: bigint, type: FloatType): boolean => (bits & 0x7fn) === (type === 'f8e4m3' ? 0x78n : 0x70n);

/** Without the type; `{ { 1, 2 }, { 3, 4 } }`. */
export function literalToHlo(l: Literal): string {
  const { element, dims } = l.type;
  const write: ElementWriter = elementWriter(element === 'pred' ? 'pred' : partType(element), partsOf(element), WORDS);
  const rank = dims.length;
  if (rank === 0) return write(l.scalar(), 0);
  const empty = dims.indexOf(0);
  if (empty >= 0) return lists(dims.slice(0, empty), () => '{}');
  const { data } = l.tensor();
  return lists(dims, ELEMENT[element].class === 'pred' ? (i) => `${data[i]}` : (i) => write(data, i));
}

/** Elements in nested braces, one pair a dimension. */
function lists(dims: readonly number[], show: (i: number) => string): string {
  const count = elementCount(dims);
  const out: string[] = [];
  for (let i = 0; i < count; i++) {
    const [opened, closed] = [boundaries(i, dims), boundaries(i + 1, dims)];
    out.push(`${i > 0 ? ', ' : ''}${'{'.repeat(opened)}${show(i)}${'}'.repeat(closed)}`);
  }
  return out.join('');
}

/** How many dimensions begin (or end) at flat index `i`. */
function boundaries(i: number, dims: readonly number[]): number {
  let n = 0;
  let stride = 1;
  for (let d = dims.length - 1; d >= 0; d--) {
    stride *= dims[d]!;
    if (i % stride !== 0) break;
    n++;
  }
  return n;
}
