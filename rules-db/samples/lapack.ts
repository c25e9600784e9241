/** Instances of factorizations and of other calls by name that rules rewrite. */
import {
  elementCount,
  isComplex,
  Literal,
  partType,
  type SampleRequest,
  type SampleRule,
  sample,
  tensorType,
} from '../../src/rules/index.js';
import { like, range } from './shapes.js';

const LAPACK_ELEMENTS = ['f32', 'f64', 'c64', 'c128'];
const isLapack = ({ result }: SampleRequest): boolean => LAPACK_ELEMENTS.includes(result.element);

export const Geev = sample('lapack-geev', (request) => {
  const { random, result } = request;
  const { dims, element } = result;
  const n = dims.at(-1);
  if (n === undefined || !isLapack(request)) return undefined;
  const vectors = tensorType(partType(element) === 'f32' ? 'c64' : 'c128', [...dims, n]);
  const letter = () => random.pick(['N', 'V']).charCodeAt(0);
  return {
    operands: [like(result, [...dims, n])],
    results: [result, ...(isComplex(element) ? [] : [result]), vectors, vectors, tensorType('s32', dims.slice(0, -1))],
    attributes: { computeLeft: letter(), computeRight: letter() },
  };
});

/** An op on a matrix like its first result. */
const factors = (
  name: string,
  make: (request: SampleRequest, m: number, n: number, batch: readonly number[]) => ReturnType<SampleRule['make']>,
) =>
  sample(name, (request) => {
    const { dims } = request.result;
    const [m, n] = dims.slice(-2);
    if (n === undefined || m === undefined || !isLapack(request)) return undefined;
    return make(request, m, n, dims.slice(0, -2));
  });

export const Qr = factors('qr', ({ result }, m, n, batch) => ({
  operands: [result],
  results: [result, like(result, [...batch, Math.min(m, n)])],
}));

export const HouseholderProduct = factors('householder-product', ({ random, result }, m, n, batch) =>
  m < n ? undefined : { operands: [result, like(result, [...batch, random.int(0, n)])] },
);

export const Eigh = factors('eigh', ({ random, result }, m, n, batch) => {
  if (m !== n) return undefined;
  const values = tensorType(partType(result.element), [...batch, n]);
  return {
    operands: [result],
    results: [result, values],
    attributes: { config: random.pick(['1,1,100,1e-6', '0,1,9,1e-6']) },
  };
});

export const Lu = factors('lu', ({ result }, m, n, batch) => ({
  operands: [result],
  results: [result, tensorType('s32', [...batch, Math.min(m, n)]), tensorType('s32', [...batch, m])],
}));

/** Exchanges with rows that there are. */
export const LuPermutation = sample('lu-permutation', ({ random, result }) => {
  const rows = result.dims.at(-1);
  if (result.element !== 's32' || !rows) return undefined;
  const dims = [...result.dims.slice(0, -1), random.int(0, rows)];
  const data = Int32Array.from({ length: elementCount(dims) }, () => random.int(0, rows - 1));
  return { operands: [Literal.dense(tensorType('s32', dims), data)] };
});

export const ApproxTopK = sample('approx-topk', ({ random, result }) => {
  const { dims } = result;
  if (dims.length === 0) return undefined;
  const reductionDim = random.int(0, dims.length - 1);
  const kept = dims[reductionDim]!;
  const tensors = range(random.int(1, 2)).map(() => result);
  const longer = like(
    result,
    dims.map((n, d) => (d === reductionDim ? n + random.int(0, 3) : n)),
  );
  const scalar = like(result, []);
  return {
    operands: [...tensors.map(() => longer), ...tensors.map(() => scalar)],
    results: tensors,
    attributes: { topK: random.int(0, kept), reductionDim },
    regions: [{ parameters: tensors.flatMap(() => [scalar, scalar]), results: [tensorType('pred')] }],
  };
});

export const Threefry = sample('threefry2x32', ({ result, operands }) => {
  if (result.element !== 'u32') return undefined;
  const four = [result, result, result, result];
  return { operands: operands === 5 ? [...four, tensorType('s64')] : four, results: [result, result] };
});

export const LAPACK_SAMPLES: readonly SampleRule[] = [
  ...[Geev, Qr, HouseholderProduct, Eigh, Lu, LuPermutation, ApproxTopK, Threefry],
];
