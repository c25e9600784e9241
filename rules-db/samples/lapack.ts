/** Instances of LAPACK's routines that rules rewrite. */
import { isComplex, partType, type SampleRule, sample, tensorType } from '../../src/rules/index.js';

export const Geev = sample('lapack-geev', ({ random, result }) => {
  const { dims, element } = result;
  const n = dims.at(-1);
  if (n === undefined || !['f32', 'f64', 'c64', 'c128'].includes(element)) return undefined;
  const vectors = tensorType(partType(element) === 'f32' ? 'c64' : 'c128', [...dims, n]);
  const info = tensorType('s32', dims.slice(0, -1));
  const letter = () => random.pick(['N', 'V']).charCodeAt(0);
  return {
    operands: [tensorType(element, [...dims, n])],
    results: [result, ...(isComplex(element) ? [] : [result]), vectors, vectors, info],
    attributes: { computeLeft: letter(), computeRight: letter() },
  };
});

export const LAPACK_SAMPLES: readonly SampleRule[] = [Geev];
