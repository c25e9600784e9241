/** Counter-based random bits (Salmon et al., SC 2011) in 32-bit arithmetic: see src/hlo/numeric/random-bits.ts. */
import {
  type Builder,
  ELEMENT,
  type ElementType,
  Literal,
  op,
  P,
  rewrite,
  type TensorType,
  tensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { count, dimsOf, type Numbers } from './common.js';
import { Terms } from './terms.js';

const { s } = variables('s');

/** The low and the high word of a 64-bit number. */
type Words = readonly [low: Value, high: Value];

const THREEFRY_ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const THREEFRY_PARITY = 0x1bd11bda;
const PHILOX_MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const PHILOX_STEPS = [0x9e3779b9, 0xbb67ae85] as const;

class Generator extends Terms {
  constructor(
    build: Builder,
    private readonly state: Value,
  ) {
    super(build);
  }

  /** A 64-bit word of the state, as a scalar. */
  word = (k: number): Value => this.reshape(this.cut(this.state, 0, k, k + 1), []);

  split(x: Value): Words {
    const high = this.op('shift-right-logical', x, this.fillLike(x, 32));
    return [this.convert(x, 'u32'), this.convert(high, 'u32')];
  }

  join([low, high]: Words): Value {
    const shifted = this.op('shift-left', this.convert(high, 'u64'), this.fillLike(this.convert(high, 'u64'), 32));
    return this.op('or', this.convert(low, 'u64'), shifted);
  }

  xor = (x: Value, y: Value): Value => this.op('xor', x, y);
  plus = (x: Value, n: number): Value => this.add(x, this.fillLike(x, n));

  private rotate(x: Value, by: number): Value {
    const left = this.op('shift-left', x, this.fillLike(x, by));
    return this.op('or', left, this.op('shift-right-logical', x, this.fillLike(x, 32 - by)));
  }

  /** Threefry-2x32 with 20 rounds. */
  threefry(counter: Words, key: Words): Words {
    const { dims } = counter[0].tensorType;
    const parity = this.xor(this.xor(key[0], key[1]), this.scalar('u32', THREEFRY_PARITY));
    const keys = [...key, parity].map((k) => this.broadcast(k, dims));
    let x = this.add(counter[0], keys[0]!);
    let y = this.add(counter[1], keys[1]!);
    for (let group = 0; group < 5; group++) {
      for (const by of THREEFRY_ROTATIONS[group % 2]!) {
        x = this.add(x, y);
        y = this.xor(x, this.rotate(y, by));
      }
      x = this.add(x, keys[(group + 1) % 3]!);
      y = this.plus(this.add(y, keys[(group + 2) % 3]!), group + 1);
    }
    return [x, y];
  }

  /** The words of the 64-bit product of a word and a number. */
  private product(x: Value, n: number): Words {
    const wide = this.convert(x, 'u64');
    return this.split(this.mul(wide, this.fillLike(wide, n)));
  }

  /** Philox-4x32 with 10 rounds. */
  philox(counter: readonly [Value, Value, Value, Value], key: Words): readonly Value[] {
    let [p, q, r, t] = counter;
    const { dims } = p.tensorType;
    let keys = key;
    for (let round = 0; round < 10; round++) {
      const [k0, k1] = keys.map((k) => this.broadcast(k, dims)) as [Value, Value];
      const [low0, high0] = this.product(p, PHILOX_MULTIPLIERS[0]);
      const [low1, high1] = this.product(r, PHILOX_MULTIPLIERS[1]);
      [p, q, r, t] = [this.xor(this.xor(high1, q), k0), low1, this.xor(this.xor(high0, t), k1), low0];
      keys = [this.plus(keys[0], PHILOX_STEPS[0]), this.plus(keys[1], PHILOX_STEPS[1])];
    }
    return [p, q, r, t];
  }

  /** 0, 1, … of these dimensions, in row-major order. */
  numbers(dims: Numbers): Value {
    return this.reshape(this.iota('u64', [count(dims)], 0), dims);
  }

  /** The state with other words from the second on. */
  next(words: readonly Value[]): Value {
    const kept = this.cut(this.state, 0, 0, 1);
    return this.concatenate([kept, ...words.map((w) => this.reshape(w, [1]))], 0);
  }

  /** Words, as many to an element as it has, as elements; narrow ones keep the low bits of theirs. */
  elements(words: Value, type: TensorType): Value {
    const { bits, class: cls } = ELEMENT[type.element];
    if (cls !== 'float') return this.convert(words, type.element);
    if (bits < 8) return this.entries(words, type);
    const unsigned = this.convert(words, `u${bits}` as ElementType);
    return this.build.op('bitcast-convert', [unsigned], {}, { type });
  }

  /** Of a type that no unsigned integer is as wide as: taken from the table of all its values. */
  private entries(words: Value, { element, dims }: TensorType): Value {
    const size = 2 ** ELEMENT[element].bits;
    const data = Uint8Array.from({ length: size }, (_, k) => k);
    const table = this.build.constant(Literal.dense(tensorType(element, [size]), data));
    const index = this.convert(this.op('and', words, this.fillLike(words, size - 1)), 's32');
    const attributes = {
      ...{ offsetDims: [], collapsedSliceDims: [0], operandBatchingDims: [], startIndicesBatchingDims: [] },
      ...{ startIndexMap: [0], indexVectorDim: 1, sliceSizes: [1], indicesAreSorted: false },
    };
    const picked = this.build.op('gather', [table, this.reshape(index, [count(dims), 1])], attributes);
    return this.reshape(picked, dims);
  }
}

const isWide = (t: TensorType): boolean => ELEMENT[t.element].bits === 64;

/** The first even dimension, else the largest. */
function splitDimension(dims: Numbers): number {
  const even = dims.findIndex((n) => n % 2 === 0);
  return even >= 0 ? even : dims.indexOf(Math.max(...dims));
}

/**
 * 64-bit elements take both words of a number each. Others share them between neighbours along the split dimension;
 * a scalar takes the first.
 */
function threefryBits(g: Generator, type: TensorType): [Value, Value] {
  const { dims } = type;
  const wide = isWide(type);
  const split = splitDimension(dims);
  const blocks = wide || dims.length === 0 ? dims : dims.map((n, d) => (d === split ? Math.ceil(n / 2) : n));
  const counter = g.word(1);
  const numbers = g.add(g.broadcast(counter, blocks), g.numbers(blocks));
  const words = g.threefry(g.split(numbers), g.split(g.word(0)));
  const state = g.next([g.plus(counter, count(blocks))]);
  if (wide) return [state, g.elements(g.join(words), type)];
  if (dims.length === 0) return [state, g.elements(words[0], type)];
  const apart = [...blocks.slice(0, split + 1), 1, ...blocks.slice(split + 1)];
  const both = g.concatenate(
    words.map((w) => g.reshape(w, apart)),
    split + 1,
  );
  const merged = g.reshape(
    both,
    blocks.map((n, d) => (d === split ? 2 * n : n)),
  );
  return [state, g.elements(g.cut(merged, split, 0, dims[split]!), type)];
}

/** Four words for each number, in row-major order. The counter has 128 bits; a state of two words holds the lower half. */
function philoxBits(g: Generator, type: TensorType, stateWords: number): [Value, Value] {
  const { dims } = type;
  const perElement = isWide(type) ? 2 : 1;
  const size = count(dims);
  const blocks = Math.ceil((size * perElement) / 4);
  const low = g.word(1);
  const high = stateWords > 2 ? g.word(2) : g.scalar('u64', 0);
  const advanced = (by: Value): [Value, Value] => {
    const all = by.tensorType.dims;
    const sum = g.add(g.broadcast(low, all), by);
    const carry = g.convert(g.compare(sum, 'LT', by), 'u64');
    return [sum, g.add(g.broadcast(high, all), carry)];
  };
  const [at, above] = advanced(g.numbers([blocks]));
  const words = g.philox([...g.split(at), ...g.split(above)], g.split(g.word(0)));
  const after = advanced(g.scalar('u64', blocks));
  const state = g.next(after.slice(0, stateWords - 1));
  const columns = perElement === 2 ? [g.join([words[0]!, words[1]!]), g.join([words[2]!, words[3]!])] : words;
  const table = g.concatenate(
    columns.map((w) => g.reshape(w, [blocks, 1])),
    1,
  );
  const all = g.reshape(table, [blocks * columns.length]);
  return [state, g.elements(g.reshape(g.cut(all, 0, 0, size), dims), type)];
}

export const RngBitGenerator_Threefry = rewrite(
  'rng-bit-generator(s) = Threefry-2x32 of the numbers from its counter on',
  op('rng-bit-generator', [s], { algorithm: 'THREE_FRY' }),
  {
    stage: 'decompose',
    to: ({ s }, build) => threefryBits(new Generator(build, s), build.root.results[1]!.tensorType),
    fp: 'exact',
  },
);

export const RngBitGenerator_Philox = rewrite(
  'rng-bit-generator(s) = Philox-4x32 of the numbers from its counter on',
  op('rng-bit-generator', [s], { algorithm: P.union('PHILOX', 'DEFAULT') }),
  {
    stage: 'decompose',
    to: ({ s }, build) => philoxBits(new Generator(build, s), build.root.results[1]!.tensorType, dimsOf(s)[0]!),
    fp: 'exact',
  },
);
