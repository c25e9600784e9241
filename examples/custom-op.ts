/** A custom op: what a text calls `stablehlo.custom_call @quick_gelu` parses, interprets, fuses and runs natively. */
import { defaultRules, elementwiseOp, emit, extendRuleSet } from 'thimble';

export const quickGelu = elementwiseOp({
  name: 'quick_gelu',
  doc: 'x · logistic(1.702 x)',
  operands: 1,
  reference: (x) => x / (1 + Math.exp(-1.702 * x)),
});
export const QuickGelu = emit('quick_gelu', { element: (s, [x]) => s.mul(x!, s.call('logistic', s.mul(x!, 1.702))) });

const { ops } = defaultRules();
export const rules = extendRuleSet(defaultRules(), { ops: ops.extend([quickGelu]), rules: [QuickGelu] });
