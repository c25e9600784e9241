import { op, rewrite, variables } from '../../src/rules/index.js';

const { x, y, z } = variables('x', 'y', 'z');

export const Real_Complex = rewrite('real(x + iy) = x', op('real', [op('complex', [x, y])]), {
  to: ({ x }) => x,
  fp: 'exact',
});

export const Imag_Complex = rewrite('imag(x + iy) = y', op('imag', [op('complex', [x, y])]), {
  to: ({ y }) => y,
  fp: 'exact',
});

export const Complex_RealImag = rewrite('real(z) + i·imag(z) = z', op('complex', [op('real', [z]), op('imag', [z])]), {
  to: ({ z }) => z,
  fp: 'exact',
});
