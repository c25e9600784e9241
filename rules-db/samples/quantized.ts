/** Instances of ops between quantized numbers, integers and real numbers. */
import {
  isFloat,
  type Random,
  randomQuantized,
  type SampleRule,
  sample,
  type TensorType,
  tensorType,
} from '../../src/rules/index.js';

function quantizedAs(random: Random, real: TensorType): TensorType | undefined {
  return isFloat(real.element) && real.element !== 'f8e8m0fnu'
    ? randomQuantized(random, real.dims, real.element)
    : undefined;
}

const UniformQuantize = sample('uniform-quantize', ({ random, result }) => {
  const type = quantizedAs(random, result);
  const other = random.chance(0.3) ? quantizedAs(random, result) : undefined;
  return type && { operands: [other ?? result], results: [type] };
});

const UniformDequantize = sample('uniform-dequantize', ({ random, result }) => {
  const type = quantizedAs(random, result);
  return type && { operands: [type] };
});

const Dequantize = sample('dequantize', ({ random, result }) => {
  const element = random.pick(['s8', 'u8', 's32', 's64'] as const);
  return isFloat(result.element) ? { operands: [tensorType(element, result.dims), result] } : undefined;
});

export const QUANTIZED_SAMPLES: readonly SampleRule[] = [UniformQuantize, UniformDequantize, Dequantize];
