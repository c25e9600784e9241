/** rng-bit-generator, bit for bit as XLA generates, and rng. */
import type { RngAttributes, RngBitGeneratorAttributes } from '../attributes.js';
import { reader, writer } from '../numeric/access.js';
import { philox4x32, threefry2x32, wordsOf } from '../numeric/random-bits.js';
import { defineOp, type OpDefinition, type Scalar } from '../registry.js';
import { allocate, type Tensor, type TypedArray } from '../tensor.js';
import {
  ELEMENT,
  elementCount,
  isFloat,
  isSigned,
  rowMajorStrides,
  sameDims,
  showType,
  type TensorType,
  tensorType,
} from '../types.js';
import {
  attributesOf,
  check,
  checkRank,
  declaredType,
  integersOf,
  knownIntegers,
  operandTensor,
  operandType,
  resultType,
} from './context.js';

/** Words of 32 bits, or (two each) of 64, and by how much the counter moved. */
interface Bits {
  readonly words: Uint32Array;
  readonly advance: bigint;
}

/** Pairs of words: 64-bit elements take one pair; others share one between neighbours along the split dimension. */
function threefry(key: bigint, counter: bigint, dims: readonly number[], wide: boolean): Bits {
  const keyWords = wordsOf(key);
  const at = (i: number) => threefry2x32(wordsOf(counter + BigInt(i)), keyWords);
  const n = elementCount(dims);
  if (wide) {
    const words = new Uint32Array(2 * n);
    for (let i = 0; i < n; i++) words.set(at(i), 2 * i);
    return { words, advance: BigInt(n) };
  }
  if (dims.length === 0) return { words: Uint32Array.of(at(0)[0]), advance: 1n };
  const split = splitDimension(dims);
  const half = dims.map((d, k) => (k === split ? Math.ceil(d / 2) : d));
  const strides = rowMajorStrides(dims);
  const halfStrides = rowMajorStrides(half);
  const words = new Uint32Array(n);
  const count = elementCount(half);
  for (let h = 0; h < count; h++) {
    let to = 0;
    for (let d = 0, rest = h; d < dims.length; d++) {
      const index = Math.floor(rest / halfStrides[d]!);
      rest -= index * halfStrides[d]!;
      to += (d === split ? 2 * index : index) * strides[d]!;
    }
    const along = Math.floor(to / strides[split]!) % dims[split]!;
    const [a, b] = at(h);
    words[to] = a;
    if (along + 1 < dims[split]!) words[to + strides[split]!] = b;
  }
  return { words, advance: BigInt(count) };
}

/** The first even dimension, else the largest. */
function splitDimension(dims: readonly number[]): number {
  const even = dims.findIndex((n) => n % 2 === 0);
  return even >= 0 ? even : dims.indexOf(Math.max(...dims));
}

function philox(key: bigint, counter: bigint, dims: readonly number[], wide: boolean): Bits {
  const keyWords = wordsOf(key);
  const count = elementCount(dims) * (wide ? 2 : 1);
  const blocks = Math.ceil(count / 4);
  const words = new Uint32Array(4 * blocks);
  for (let b = 0; b < blocks; b++) {
    const at = counter + BigInt(b);
    words.set(philox4x32([...wordsOf(at), ...wordsOf(at >> 64n)], keyWords), 4 * b);
  }
  return { words: words.subarray(0, count), advance: BigInt(blocks) };
}

/** Narrow elements keep the low bits of their word. */
function fromWords(type: TensorType, words: Uint32Array): Tensor {
  const out = allocate(type);
  const { bits } = ELEMENT[type.element];
  const data = out.data;
  if (bits >= 32) new Uint8Array(data.buffer).set(new Uint8Array(words.buffer, words.byteOffset, data.byteLength));
  else {
    const unused = 32 - bits;
    const signed = isSigned(type.element);
    for (let i = 0; i < data.length; i++) {
      const high = words[i]! << unused;
      data[i] = signed ? high >> unused : high >>> unused;
    }
  }
  return out;
}

const MASK = (1n << 64n) - 1n;

export function generateBits(
  state: Tensor,
  algorithm: RngBitGeneratorAttributes['algorithm'],
  type: TensorType,
): [Tensor, Tensor] {
  const [key, low, high = 0n] = Array.from(state.data as BigUint64Array) as [bigint, bigint, bigint?];
  const wide = ELEMENT[type.element].bits === 64;
  const isThreefry = algorithm === 'THREE_FRY';
  const counter = isThreefry ? low : low | (high << 64n);
  const { words, advance } = (isThreefry ? threefry : philox)(key, counter, type.dims, wide);
  const next = counter + advance;
  const after = state.data.slice() as BigUint64Array;
  after[1] = next & MASK;
  if (after.length > 2) after[2] = (next >> 64n) & MASK;
  return [{ type: state.type, data: after as TypedArray }, fromWords(type, words)];
}

/** A standard normal number (Box and Muller). */
const normal = (): number => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

export const RANDOM_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'rng-bit-generator',
    doc: 'the next state and random bits from a state: Threefry-2x32 (u64[2]: key, counter) or Philox-4x32 (u64[3])',
    operands: 1,
    stablehlo: ['stablehlo.rng_bit_generator'],
    hlo: ['rng-bit-generator'],
    infer: (c) => {
      const state = operandType(c, 0);
      const { algorithm } = attributesOf<RngBitGeneratorAttributes>(c);
      const sizes = algorithm === 'THREE_FRY' ? [2] : [2, 3];
      const good = state.element === 'u64' && state.dims.length === 1 && sizes.includes(state.dims[0]!);
      check(good, () => `the state must be u64[${sizes.join('] or u64[')}], but is ${showType(state)}`);
      const bits = declaredType(c, 1);
      check(
        !['pred', 'complex'].includes(ELEMENT[bits.element].class),
        () => `${showType(bits)} cannot hold random bits`,
      );
      return [state, bits];
    },
    evaluate: (c) =>
      generateBits(operandTensor(c, 0), attributesOf<RngBitGeneratorAttributes>(c).algorithm, resultType(c, 1)),
  }),
  defineOp({
    name: 'rng-get-and-update-state',
    doc: 'a state for rng-bit-generator, u64[2], that no run has had before: `delta` numbers may be drawn from it',
    traits: ['nondeterministic'],
    operands: 0,
    hlo: ['rng-get-and-update-state'],
    infer: () => [tensorType('u64', [2])],
    evaluate: () => [{ type: tensorType('u64', [2]), data: crypto.getRandomValues(new BigUint64Array(2)) }],
  }),
  defineOp({
    name: 'rng',
    doc: 'random numbers, uniform within [operand 0, operand 1) or normal with that mean and standard deviation',
    traits: ['nondeterministic'],
    operands: { min: 2, max: 3 },
    stablehlo: ['stablehlo.rng'],
    hlo: ['rng'],
    shapeOperands: (c) => (c.operands.length > 2 ? [2] : []),
    infer: (c) => {
      const declared = declaredType(c);
      const result = { ...declared, dims: knownIntegers(c, 2) ?? declared.dims };
      for (const i of [0, 1]) {
        checkRank(operandType(c, i), 0, `operand ${i}`);
        check(operandType(c, i).element === result.element, () => `operand ${i} must be ${result.element}[]`);
      }
      check(ELEMENT[result.element].class !== 'complex', 'rng makes no complex numbers');
      return [result];
    },
    evaluate: (c) => {
      const declared = resultType(c);
      const shape = c.operands[2] === undefined ? declared.dims : integersOf(operandTensor(c, 2));
      check(
        sameDims(shape, declared.dims) || declared.dims.includes(-1),
        () => `the shape [${shape}] is not ${showType(declared)}`,
      );
      const out = allocate({ ...declared, dims: shape });
      const [a, b] = [0, 1].map((i) => Number(reader(declared.element)(operandTensor(c, i).data, 0))) as [
        number,
        number,
      ];
      const isUniform = attributesOf<RngAttributes>(c).distribution === 'UNIFORM';
      const write = writer(declared.element);
      const big = ELEMENT[declared.element].bits === 64 && !isFloat(declared.element);
      for (let i = 0; i < out.data.length; i++) {
        const x = isUniform ? a + (b - a) * Math.random() : a + b * normal();
        const whole = isFloat(declared.element) ? x : Math.floor(x);
        write(out.data, i, (big ? BigInt(whole) : whole) as Scalar);
      }
      return [out];
    },
  }),
];
