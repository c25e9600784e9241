import { number, op, rewrite, typed, variables } from '../../src/rules/index.js';
import { float } from './common.js';

const { x } = variables('x');

export const Power_Zero = rewrite('x⁰ = 1', op('power', [typed(x, { element: float }), number(0)]), {
  to: (_, build) => build.fill(build.type, 1),
  fp: 'exact',
});

export const Power_One = rewrite('x¹ = x', op('power', [typed(x, { element: float }), number(1)]), {
  to: ({ x }) => x,
  fp: 'exact',
});

export const Power_Two = rewrite('x² = x · x', op('power', [typed(x, { element: float }), number(2)]), {
  to: ({ x }, build) => build.op('multiply', [x, x]),
  fp: [{ approximates: 1 }],
});

export const Power_Three = rewrite('x³ = x · x · x', op('power', [typed(x, { element: float }), number(3)]), {
  to: ({ x }, build) => build.op('multiply', [build.op('multiply', [x, x]), x]),
  fp: [{ approximates: 2 }],
});

export const Power_MinusOne = rewrite('x⁻¹ = 1 / x', op('power', [typed(x, { element: float }), number(-1)]), {
  to: ({ x }, build) => build.op('divide', [build.fill(build.type, 1), x]),
  fp: [{ approximates: 1 }],
});
