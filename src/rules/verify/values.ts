/** Random types and values, with what goes wrong most often among them. */
import {
  ELEMENT,
  type ElementType,
  elementCount,
  type FloatType,
  Literal,
  partsOf,
  partType,
  type Quantization,
  storageOf,
  type Tensor,
  type TensorType,
  tensorType,
} from '../../hlo/index.js';
import { writer } from '../../hlo/numeric/access.js';
import type { Random } from '../random.js';

/** Drawn as often as they stand here. */
const ELEMENTS: readonly ElementType[] = [
  ...(['f32', 'f32', 'f32', 's32', 's32', 'pred', 'pred', 'f16', 'bf16', 'f64'] as const),
  ...(['s8', 's64', 'u8', 'u32', 'u64', 'c64'] as const),
];

export interface Sizes {
  readonly rank: number;
  readonly extent: number;
}

export const USUAL_SIZES: Sizes = { rank: 4, extent: 4 };

export function randomType(random: Random, { rank, extent }: Sizes): TensorType {
  const dims = Array.from({ length: random.int(0, rank) }, () => (random.chance(0.03) ? 0 : random.int(1, extent)));
  return tensorType(random.pick(ELEMENTS), dims);
}

const STORAGE = ['s8', 's8', 'u8', 's4', 's16', 's32'] as const;
const EXPRESSED = ['f32', 'f32', 'f16', 'bf16', 'f64'] as const;

/** A quantized type of this shape: of one scale, or of one for each index along a dimension. */
export function randomQuantized(
  random: Random,
  dims: readonly number[],
  expressed: FloatType = random.pick(EXPRESSED),
): TensorType {
  const storage = random.pick(STORAGE);
  const { bits, class: cls } = ELEMENT[storage];
  const least = cls === 'unsigned' ? 0 : -(2 ** (bits - 1));
  const narrow = random.chance(0.2) ? 1 : 0;
  const axis = dims.length > 0 && random.chance(0.4) ? random.int(0, dims.length - 1) : undefined;
  const channels = axis === undefined ? 1 : dims[axis]!;
  const quantization: Quantization = {
    storage,
    storageMin: least + narrow,
    storageMax: least + 2 ** bits - 1,
    expressed,
    scales: Array.from({ length: channels }, () => (1 + random.int(0, 3) * 0.15) * 2 ** random.int(-6, 1)),
    zeroPoints: Array.from({ length: channels }, () => (random.chance(0.4) ? 0 : least + random.int(0, 2 ** bits - 1))),
    ...(axis === undefined ? {} : { axis }),
  };
  return { kind: 'tensor', element: storage, dims, quantization };
}

const SPECIAL = [0, -0, 1, -1, 2, 0.5, NaN, Infinity, -Infinity];

/** Extremes of floating point: the smallest and largest numbers, subnormal and normal, of f32 and of f16. */
const EXTREME = [1.401298464324817e-45, 1.1754942e-38, 1.17549435e-38, 3.4028235e38, 5.96e-8, 6.1e-5, 65504, 1e300];

function randomFloat(random: Random): number {
  const sign = random.chance(0.5) ? 1 : -1;
  const kind = random.int(0, 9);
  if (kind < 3) return random.pick(SPECIAL);
  if (kind === 3) return sign * random.pick(EXTREME);
  if (kind < 6) return random.int(-4, 4);
  return sign * random.unit() * 2 ** random.int(-8, 8);
}

function randomInteger(random: Random, bits: number, signed: boolean): bigint {
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  const kind = random.int(0, 5);
  if (kind === 0) return random.pick([min, max, min + 1n, max - 1n]);
  if (kind < 4) return BigInt(random.int(signed ? -2 : 0, 3)) % (max + 1n);
  const word = (BigInt(random.word()) << 32n) | BigInt(random.word());
  return signed ? BigInt.asIntN(bits, word) : BigInt.asUintN(bits, word);
}

/** One element's number, or one of a complex element's two. */
function randomPart(random: Random, element: ElementType): number | bigint {
  const part = partType(element);
  const { class: cls, bits } = ELEMENT[part];
  if (cls === 'float') return randomFloat(random);
  if (cls === 'pred') return random.int(0, 1);
  const n = randomInteger(random, bits, cls === 'signed');
  return bits === 64 ? n : Number(n);
}

export function randomTensor(random: Random, type: TensorType): Tensor {
  const n = elementCount(type.dims) * partsOf(type.element);
  const data = new (storageOf(type.element))(n);
  const write = writer(partType(type.element));
  for (let i = 0; i < n; i++) write(data, i, randomPart(random, type.element));
  return { type, data };
}

export function randomLiteral(random: Random, type: TensorType, splat = random.chance(0.7)): Literal {
  if (!splat) return Literal.dense(type, randomTensor(random, type).data);
  return Literal.splat(type, randomTensor(random, { ...type, dims: [] }).data);
}
