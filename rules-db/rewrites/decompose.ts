/** Ops that other ops make up, where that costs nothing: no emission rule is needed for them. */
import { op, rewrite, typed, variables } from '../../src/rules/index.js';
import { float } from './common.js';

const { x } = variables('x');

export const Square_IsProduct = rewrite('square(x) = x · x', op('square', [x]), {
  stage: 'decompose',
  to: ({ x }, build) => build.op('multiply', [x, x]),
  fp: 'exact',
});

export const IsInf_IsComparison = rewrite('is-inf(x) = (|x| = ∞)', op('is-inf', [typed(x, { element: float })]), {
  stage: 'decompose',
  to: ({ x }, build) => {
    const absolute = build.op('abs', [x]);
    return build.op('compare', [absolute, build.fill(x.tensorType, Infinity)], { direction: 'EQ', type: 'FLOAT' });
  },
  fp: 'exact',
});

export const IsPosInf_IsComparison = rewrite('is-pos-inf(x) = (x = ∞)', op('is-pos-inf', [x]), {
  stage: 'decompose',
  to: ({ x }, build) =>
    build.op('compare', [x, build.fill(x.tensorType, Infinity)], { direction: 'EQ', type: 'FLOAT' }),
  fp: 'exact',
});

export const IsNegInf_IsComparison = rewrite('is-neg-inf(x) = (x = −∞)', op('is-neg-inf', [x]), {
  stage: 'decompose',
  to: ({ x }, build) =>
    build.op('compare', [x, build.fill(x.tensorType, -Infinity)], { direction: 'EQ', type: 'FLOAT' }),
  fp: 'exact',
});
