/** A rewrite rule of one's own: a division by a square root becomes a product, which is many times cheaper. */
import { defaultRules, extendRuleSet } from 'thimble';
import { op, rewrite, typed, variables } from 'thimble/rules';

const { x, y } = variables('x', 'y');
const quotient = op('divide', [typed(x, { element: 'f32' }), op('sqrt', [y])]);

export const Divide_Sqrt = rewrite('x / √y = x · rsqrt(y)', quotient, {
  to: ({ x, y }, build) => build.op('multiply', [x, build.op('rsqrt', [y])]),
  fp: [{ approximates: 2 }],
  name: 'Divide_Sqrt',
});
export const rules = extendRuleSet(defaultRules(), { rules: [Divide_Sqrt] });
