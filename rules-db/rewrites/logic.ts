import {
  ELEMENT,
  guard,
  Literal,
  literalOf,
  number,
  oneOf,
  op,
  rewrite,
  splat,
  splatValue,
  type TensorType,
  typed,
  variables,
} from '../../src/rules/index.js';
import { integral } from './common.js';

const { x, y, c, f } = variables('x', 'y', 'c', 'f');

/** The value with every bit set: true, −1, or the greatest unsigned one. */
function ones(t: TensorType): Literal {
  const { class: cls, bits } = ELEMENT[t.element];
  if (cls === 'pred') return literalOf(t, 1);
  if (cls === 'signed') return literalOf(t, -1);
  return bits < 64 ? literalOf(t, 2 ** bits - 1) : allOnes64(t);
}

/** 2^64 − 1 is no JavaScript number. */
const allOnes64 = (t: TensorType): Literal => Literal.splat(t, BigUint64Array.of((1n << 64n) - 1n));

const hasAllBits = (c: Literal): boolean => splatValue(c) === splatValue(ones(c.type));
const allBits = guard('the constant has all bits set', ({ c }: { readonly c: Literal }) => hasAllBits(c), {
  c: (_, t) => (ELEMENT[t.element].class === 'float' ? undefined : ones(t)),
});

export const And_Ones = rewrite('x & true = x', op('and', [typed(x, { element: integral }), splat(c)]), {
  when: [allBits],
  to: ({ x }) => x,
  fp: 'exact',
});

export const And_Zero = rewrite('x & false = false', op('and', [x, number(0)]), {
  to: (_, build) => build.fill(build.type, 0),
  fp: 'exact',
});

export const Or_Ones = rewrite('x | true = true', op('or', [typed(x, { element: integral }), splat(c)]), {
  when: [allBits],
  to: ({ c }, build) => build.constant(c),
  fp: 'exact',
});

export const Or_Zero = rewrite('x | false = x', op('or', [x, number(0)]), { to: ({ x }) => x, fp: 'exact' });

export const Xor_Zero = rewrite('x ^ false = x', op('xor', [x, number(0)]), { to: ({ x }) => x, fp: 'exact' });

export const Xor_Self = rewrite('x ^ x = 0', op('xor', [x, x]), {
  to: (_, build) => build.fill(build.type, 0),
  fp: 'exact',
});

export const Xor_Ones = rewrite('x ^ true = not x', op('xor', [typed(x, { element: integral }), splat(c)]), {
  when: [allBits],
  to: ({ x }, build) => build.op('not', [x]),
  fp: 'exact',
});

export const Not_Not = rewrite('not not x = x', op('not', [op('not', [x])]), { to: ({ x }) => x, fp: 'exact' });

export const And_Not_Self = rewrite('x & not x = 0', op('and', [x, op('not', [x])]), {
  to: (_, build) => build.fill(build.type, 0),
  fp: 'exact',
});

export const Or_Not_Self = rewrite('x | not x = true', op('or', [x, op('not', [typed(x, { element: integral })])]), {
  to: (_, build) => build.constant(ones(build.type)),
  fp: 'exact',
});

export const And_Or_Absorb = rewrite('x & (x | y) = x', op('and', [x, op('or', [x, y])]), {
  to: ({ x }) => x,
  fp: 'exact',
});

export const Or_And_Absorb = rewrite('x | (x & y) = x', op('or', [x, op('and', [x, y])]), {
  to: ({ x }) => x,
  fp: 'exact',
});

export const Shift_Zero = rewrite(
  'x shifted by 0 = x',
  op(oneOf(f, 'shift-left', 'shift-right-logical', 'shift-right-arithmetic'), [x, number(0)]),
  { to: ({ x }) => x, fp: 'exact' },
);

export const Shift_OfZero = rewrite(
  '0 shifted by x = 0',
  op(oneOf(f, 'shift-left', 'shift-right-logical', 'shift-right-arithmetic'), [number(0), x]),
  { to: (_, build) => build.fill(build.type, 0), fp: 'exact' },
);
