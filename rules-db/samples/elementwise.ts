/** Instances of elementwise ops whose operands are of other types than the result. */
import {
  ELEMENT,
  type ElementType,
  isFloat,
  isInteger,
  partType,
  type Random,
  type SampleRule,
  sample,
  type TensorType,
  tensorType,
} from '../../src/rules/index.js';

const REAL = ['f32', 'f32', 'f16', 'bf16', 'f64', 's32', 's8', 's64', 'u8', 'u32', 'u64', 'pred'] as const;

const of = (t: TensorType, element: ElementType): TensorType => tensorType(element, t.dims);
const predicate = (random: Random, t: TensorType): TensorType => tensorType('pred', random.chance(0.3) ? [] : t.dims);

export const Select = sample('select', ({ random, result }) => ({
  operands: [predicate(random, result), result, result],
}));

export const Clamp = sample('clamp', ({ random, result }) => {
  const bound = () => (random.chance(0.5) ? tensorType(result.element) : result);
  return { operands: [bound(), result, bound()] };
});

export const Compare = sample('compare', ({ random, result, fixed, known }) => {
  if (result.element !== 'pred') return undefined;
  const element = (known[0] ?? known[1])?.element ?? random.pick(REAL);
  const type = isFloat(element) ? 'FLOAT' : isInteger(element) && element.startsWith('s') ? 'SIGNED' : 'UNSIGNED';
  const direction = fixed.direction ?? random.pick(['EQ', 'NE', 'LT', 'LE', 'GT', 'GE']);
  return { operands: [of(result, element), of(result, element)], attributes: { direction: direction as string, type } };
});

export const Convert = sample('convert', ({ random, result }) => ({ operands: [of(result, random.pick(REAL))] }));

export const IsFinite = sample('is-finite', ({ random, result }) =>
  result.element === 'pred' ? { operands: [of(result, random.pick(['f32', 'f16', 'bf16', 'f64']))] } : undefined,
);
const tests = (op: string): SampleRule => sample(op, IsFinite.make);

const part = (op: string): SampleRule =>
  sample(op, ({ result }) => {
    const complex = result.element === 'f32' ? 'c64' : result.element === 'f64' ? 'c128' : undefined;
    return complex && { operands: [of(result, complex)] };
  });

export const Complex = sample('complex', ({ result }) =>
  partType(result.element) === result.element
    ? undefined
    : { operands: [of(result, partType(result.element)), of(result, partType(result.element))] },
);

/** Same width, another meaning. */
const SAME_BITS: readonly (readonly ElementType[])[] = [
  ['f32', 's32', 'u32'],
  ['f16', 'bf16'],
  ['f64', 's64', 'u64'],
  ['s8', 'u8'],
];
export const BitcastConvert = sample('bitcast-convert', ({ random, result }) => {
  const group = SAME_BITS.find((g) => g.includes(result.element));
  if (group && random.chance(0.6)) return { operands: [of(result, random.pick(group))] };
  return betweenWidths(random, result);
});

const WIDTHS: readonly (readonly ElementType[])[] = [
  ['f32', 's16', 'u8', 'f64', 'pred', 's4', 'u64', 'bf16'],
  ['c64', 'c128'],
];

/** One element for several in the last dimension, or several for one. */
function betweenWidths(random: Random, result: TensorType) {
  const from = random.pick(WIDTHS.find((g) => g[0]!.startsWith('c') === result.element.startsWith('c'))!);
  const factor = ELEMENT[result.element].bits / ELEMENT[from].bits;
  if (factor > 1) return { operands: [tensorType(from, [...result.dims, factor])] };
  if (result.dims.at(-1) !== 1 / factor) return undefined;
  return { operands: [tensorType(from, result.dims.slice(0, -1))] };
}

/** As many bytes in a row. */
export const Bitcast = sample('bitcast', ({ random, result }) => {
  const from = random.pick(['f32', 'u8', 's64', 'c64', 'pred', 'bf16', result.element] as const);
  const bytes = result.dims.reduce((n, d) => n * d, ELEMENT[result.element].bytes);
  const n = bytes / ELEMENT[from].bytes;
  return Number.isInteger(n) ? { operands: [tensorType(from, [n])] } : undefined;
});

export const StochasticConvert = sample('stochastic-convert', ({ random, result }) => {
  if (!isInteger(result.element)) return undefined;
  const from = random.pick(['f32', 'f16', 'bf16', 'f64'] as const);
  return { operands: [of(result, from), of(result, `u${ELEMENT[from].bits}` as ElementType)] };
});

export const ReducePrecision = sample('reduce-precision', ({ random, result, fixed }) =>
  isFloat(result.element)
    ? {
        operands: [result],
        attributes: {
          exponentBits: (fixed.exponentBits as number | undefined) ?? random.int(2, 11),
          mantissaBits: (fixed.mantissaBits as number | undefined) ?? random.int(1, 52),
        },
      }
    : undefined,
);

export const ELEMENTWISE_SAMPLES: readonly SampleRule[] = [
  Select,
  Clamp,
  Compare,
  Convert,
  IsFinite,
  tests('is-inf'),
  tests('is-pos-inf'),
  tests('is-neg-inf'),
  part('real'),
  part('imag'),
  Complex,
  BitcastConvert,
  Bitcast,
  ReducePrecision,
  StochasticConvert,
];
