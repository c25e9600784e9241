/** Instances of ops between quantized numbers, integers and real numbers. */
import {
  type ElementType,
  isFloat,
  type Random,
  randomQuantized,
  type SampleRule,
  sample,
  type TensorType,
  tensorType,
} from '../../src/rules/index.js';

function quantizedAs(random: Random, real: TensorType): TensorType | undefined {
  return isFloat(real.element) ? randomQuantized(random, real.dims, real.element) : undefined;
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
  const integers = (...elements: ElementType[]) => tensorType(random.pick(elements), result.dims);
  if (!isFloat(result.element)) return undefined;
  return { operands: [integers('s8', 'u8', 's32'), integers('s32', 's64'), result] };
});

export const QUANTIZED_SAMPLES: readonly SampleRule[] = [UniformQuantize, UniformDequantize, Dequantize];
