/** HLO names the algorithm of a dot by one word (`dot_bf16_bf16_f32_x3`), StableHLO by its parts. */
import type { Attributes } from '../attributes.js';

const TYPE = '(any_f8|f16|bf16|tf32|f32|f64)';
const NAME = new RegExp(`^dot_${TYPE}_${TYPE}_(f16|bf16|f32|f64)(_fast_accum)?(?:_x(\\d))?$`);

/** Undefined where the name is not of this form. */
export function algorithmOf(name: string): Attributes | undefined {
  const parts = NAME.exec(name);
  if (!parts) return undefined;
  const [, lhs, rhs, sum, fast, operations] = parts;
  const type = (t: string) => (t === 'any_f8' ? 'f8E5M2' : t);
  return {
    lhsPrecisionType: type(lhs!),
    rhsPrecisionType: type(rhs!),
    accumulationType: sum!,
    lhsComponentCount: 1,
    rhsComponentCount: 1,
    numPrimitiveOperations: operations ? Number(operations) : 1,
    allowImpreciseAccumulation: fast !== undefined,
  };
}

export function algorithmName(a: Attributes): string {
  const type = (t: unknown) => (/^f8/i.test(`${t}`) ? 'any_f8' : `${t}`);
  const operations = a.numPrimitiveOperations === 1 ? '' : `_x${a.numPrimitiveOperations}`;
  const fast = a.allowImpreciseAccumulation ? '_fast_accum' : '';
  return `dot_${type(a.lhsPrecisionType)}_${type(a.rhsPrecisionType)}_${a.accumulationType}${fast}${operations}`;
}
