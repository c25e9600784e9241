import { guard, oneOf, op, rewrite, typed, variables } from '../../src/rules/index.js';
import { elementOf, float, integer } from './common.js';

const { x, f, g } = variables('x', 'f', 'g');

const ROUNDINGS = ['ceil', 'floor', 'round-nearest-even', 'round-nearest-afz'] as const;

export const Negate_Negate = rewrite('−−x = x', op('negate', [op('negate', [x])]), { to: ({ x }) => x, fp: 'exact' });

export const Abs_Abs = rewrite('||x|| = |x|', op('abs', [op('abs', [x])]), {
  to: (_, build) => build.root.operands[0]!,
  fp: 'exact',
});

export const Abs_Negate = rewrite('|−x| = |x|', op('abs', [op('negate', [x])]), {
  when: [guard('the result is of x’s type', ({ x }, root) => elementOf(x) === elementOf(root.result))],
  to: ({ x }, build) => build.op('abs', [x]),
  fp: 'exact',
});

/** Ops whose results have no sign to take away. */
export const Abs_OfNonNegative = rewrite(
  '|f(x)| = f(x) where f gives no negative number and no −0',
  op('abs', [typed(op(oneOf(f, 'exponential', 'logistic'), [x]), { element: float })]),
  { to: (_, build) => build.root.operands[0]!, fp: 'exact' },
);

export const Sign_Sign = rewrite('sign(sign(x)) = sign(x)', op('sign', [op('sign', [typed(x, { element: float })])]), {
  to: (_, build) => build.root.operands[0]!,
  fp: 'exact',
});

export const Round_Round = rewrite(
  'floor(ceil(x)) = ceil(x), and every other rounding of a rounding',
  op(oneOf(f, ...ROUNDINGS), [op(oneOf(g, ...ROUNDINGS), [x])]),
  { to: (_, build) => build.root.operands[0]!, fp: 'exact' },
);

export const Round_Convert_Integer = rewrite(
  'floor(convert(n)) = convert(n), and every other rounding, for integers n',
  op(oneOf(f, ...ROUNDINGS), [op('convert', [typed(x, { element: integer })])]),
  { to: (_, build) => build.root.operands[0]!, fp: 'exact' },
);
