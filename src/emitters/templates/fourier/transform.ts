/**
 * Transforms of rows that lie in a task's memory, a row a lane.
 *
 * Mixed radices in Stockham's order: each pass reads one half of the memory and writes the other, and the last leaves
 * the points in their order. Lengths with a large prime factor become convolutions of a power of two (Bluestein 1970).
 */
import { Literal, tensorType } from '../../../hlo/index.js';
import { complexTransform } from '../../../hlo/numeric/fft/index.js';
import { rootsOfUnity } from '../../../hlo/numeric/fourier.js';
import type { KernelBuilder } from '../../loop/builder.js';
import type { ValueId } from '../../loop/ir.js';
import type { KernelContext } from '../kernel-context.js';
import { butterfly, type Point, times } from './butterfly.js';

/** Prime factors up to this are passes of their own. */
const MAX_PRIME = 13;

/** The length's factors, or undefined where it has a large prime one. */
function factorsOf(n: number, radix: number): number[] | undefined {
  const factors: number[] = [];
  let left = n;
  let twos = 0;
  for (; left % 2 === 0; left /= 2) twos++;
  const most = Math.log2(radix);
  for (let passes = Math.ceil(twos / most); passes > 0; passes--) {
    const now = Math.ceil(twos / passes);
    factors.push(2 ** now);
    twos -= now;
  }
  for (let p = 3; left > 1; p += 2) {
    if (p > MAX_PRIME) return undefined;
    for (; left % p === 0; left /= p) factors.push(p);
  }
  return factors;
}

/** Points of memory that a transform of n takes. */
export function pointsFor(n: number): number {
  return factorsOf(n, 2) ? n : 2 ** Math.ceil(Math.log2(2 * n - 1));
}

/** Two areas of so many points each. */
export interface Areas {
  readonly context: KernelContext;
  readonly buffer: number;
  /** First element of each. */
  readonly starts: readonly [ValueId, ValueId];
  readonly element: 'f32' | 'f64';
  readonly lanes: number;
  readonly radix: number;
}

export class Points {
  private readonly b: KernelBuilder;

  constructor(private readonly areas: Areas) {
    this.b = areas.context.builder;
  }

  /** The other area. */
  other(area: ValueId): ValueId {
    const [first, second] = this.areas.starts;
    return area === first ? second : first;
  }

  /** Slot s of an area: real parts are even slots, imaginary parts odd ones. */
  slot(area: ValueId, s: ValueId): ValueId {
    const { b } = this;
    return b.binary('add', area, b.binary('mul', s, b.index(this.areas.lanes)));
  }

  loadSlot(area: ValueId, s: ValueId): ValueId {
    return this.b.load(this.areas.buffer, this.slot(area, s), this.areas.lanes);
  }

  storeSlot(area: ValueId, s: ValueId, v: ValueId): void {
    this.b.store(this.areas.buffer, this.slot(area, s), this.b.splat(v, this.areas.lanes));
  }

  private slots(point: ValueId): [ValueId, ValueId] {
    const { b } = this;
    const even = b.binary('mul', point, b.index(2));
    return [even, b.binary('add', even, b.index(1))];
  }

  load(area: ValueId, point: ValueId): Point {
    const [re, im] = this.slots(point);
    return { re: this.loadSlot(area, re), im: this.loadSlot(area, im) };
  }

  store(area: ValueId, point: ValueId, p: Point): void {
    const [re, im] = this.slots(point);
    this.storeSlot(area, re, p.re);
    this.storeSlot(area, im, p.im);
  }

  each(label: string, from: number, to: number, body: (i: ValueId) => void): void {
    this.b.loop(label, this.b.index(from), this.b.index(to), 1, [], (i) => {
      body(i);
      return [];
    });
  }

  /** Complex numbers from a table, the same in every lane. */
  table(numbers: readonly number[] | Float64Array): (k: ValueId) => Point {
    const { b } = this;
    const { element, context, lanes } = this.areas;
    const data = element === 'f32' ? Float32Array.from(numbers) : Float64Array.from(numbers);
    const buffer = context.table(Literal.dense(tensorType(element, [data.length]), data));
    return (k) => {
      const [re, im] = this.slots(k);
      return { re: b.splat(b.load(buffer, re), lanes), im: b.splat(b.load(buffer, im), lanes) };
    };
  }

  /** Transforms the n points of `area`, unscaled; says in which area the result lies. */
  transform(n: number, area: ValueId): ValueId {
    const factors = factorsOf(n, this.areas.radix);
    return factors ? this.passes(n, factors, area) : this.chirp(n, area);
  }

  private passes(n: number, factors: readonly number[], area: ValueId): ValueId {
    let from = area;
    let length = n;
    let stride = 1;
    for (const radix of factors) {
      this.pass({ length, stride, radix }, from, this.other(from));
      from = this.other(from);
      length /= radix;
      stride *= radix;
    }
    return from;
  }

  /** y[q + s·(r·p + j)] = exp(−2πi·pj/n) · Σ over k of x[q + s·(p + k·n/r)] · exp(−2πi·jk/r) */
  private pass(p: { length: number; stride: number; radix: number }, from: ValueId, to: ValueId): void {
    const { b } = this;
    const { length, stride, radix } = p;
    const rest = length / radix;
    const roots = rest > 1 ? this.table(twiddles(length, radix)) : undefined;
    this.each('p', 0, rest, (at) => {
      const w = Array.from({ length: radix - 1 }, (_, j) =>
        roots?.(b.binary('add', b.binary('mul', at, b.index(radix - 1)), b.index(j))),
      );
      const start = b.binary('mul', at, b.index(stride));
      this.each('q', 0, stride, (q) => {
        const first = b.binary('add', q, start);
        const x = Array.from({ length: radix }, (_, k) =>
          this.load(from, b.binary('add', first, b.index(k * stride * rest))),
        );
        const target = b.binary('add', q, b.binary('mul', start, b.index(radix)));
        butterfly(b, x).forEach((y, j) => {
          const root = w[j - 1];
          this.store(to, b.binary('add', target, b.index(j * stride)), root ? times(b, y, root) : y);
        });
      });
    });
  }

  /** nk = (n² + k² − (k − n)²) / 2 makes the transform a convolution with a chirp. */
  private chirp(n: number, area: ValueId): ValueId {
    const { b } = this;
    const size = pointsFor(n);
    const { chirp, filter } = chirpTables(n, size);
    const [turn, response] = [this.table(chirp), this.table(filter)];
    const zero = b.constant({ element: this.areas.element, lanes: this.areas.lanes }, 0);
    this.each('k', 0, n, (k) => this.store(area, k, times(b, this.load(area, k), turn(k))));
    this.each('k', n, size, (k) => this.store(area, k, { re: zero, im: zero }));
    const spectrum = this.transform(size, area);
    // The inverse transform is the forward one with real and imaginary parts exchanged.
    this.each('k', 0, size, (k) => {
      this.store(spectrum, k, exchanged(times(b, this.load(spectrum, k), response(k))));
    });
    const done = this.transform(size, spectrum);
    this.each('k', 0, n, (k) => this.store(done, k, times(b, exchanged(this.load(done, k)), turn(k))));
    return done;
  }
}

const exchanged = ({ re, im }: Point): Point => ({ re: im, im: re });

/** exp(−2πi·pj/n) for p below n/r and 0 < j < r. */
function twiddles(n: number, radix: number): number[] {
  const { cos, sin } = rootsOfUnity(n);
  const all: number[] = [];
  for (let p = 0; p < n / radix; p++) for (let j = 1; j < radix; j++) all.push(cos[p * j]!, sin[p * j]!);
  return all;
}

/** exp(−πi·k²/n), and the spectrum of its conjugate around 0, over the size of the convolution. */
function chirpTables(n: number, size: number): { chirp: number[]; filter: number[] } {
  const roots = rootsOfUnity(2 * n);
  const squares = Array.from({ length: n }, (_, k) => Number((BigInt(k) * BigInt(k)) % BigInt(2 * n)));
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  squares.forEach((s, k) => {
    for (const at of [k, (size - k) % size]) {
      re[at] = roots.cos[s]!;
      im[at] = -roots.sin[s]!;
    }
  });
  complexTransform(size, 'f64')({ re, im }, -1, 1);
  return {
    chirp: squares.flatMap((s) => [roots.cos[s]!, roots.sin[s]!]),
    filter: [...re].flatMap((x, k) => [x / size, im[k]! / size]),
  };
}
