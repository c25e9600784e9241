import {
  bind,
  ELEMENT,
  guard,
  isComplex,
  isFloat,
  op,
  P,
  rest,
  rewrite,
  sameType,
  typed,
  variables,
} from '../../src/rules/index.js';
import { dimsOf, elementOf, float } from './common.js';

const { x, xs, e, m, d } = variables('x', 'xs', 'e', 'm', 'd');

export const Copy_Remove = rewrite('copy(x) = x', op('copy', [x]), { to: ({ x }) => x, fp: 'exact' });

/** Nothing is moved across a barrier that is not there: it only kept XLA from undoing rematerialisation. */
export const OptBarrier_Remove = rewrite('opt-barrier(xs) = xs', op('opt-barrier', [rest(xs)]), {
  to: ({ xs }) => xs,
  fp: 'exact',
});

/** A token that only gathers others orders what has effects; a value is none of it. */
export const AddDependency_Remove = rewrite(
  'add-dependency(x, after-all(ts)) = x',
  op('add-dependency', [x, op('after-all', [rest(xs)])]),
  { to: ({ x }) => x, fp: 'exact' },
);

export const BitcastConvert_Identity = rewrite(
  'bitcast-convert(x) = x where the type stays',
  op('bitcast-convert', [x]),
  {
    when: [guard('the type stays as it is', ({ x }, root) => sameType(x.type, root.result.type))],
    to: ({ x }) => x,
    fp: 'exact',
  },
);

export const BitcastConvert_Merge = rewrite(
  'bitcast-convert(bitcast-convert(x)) = bitcast-convert(x)',
  op('bitcast-convert', [op('bitcast-convert', [x])]),
  {
    when: [
      guard('all three types are of one width', ({ x }, root) => {
        const bits = [x, root.operands[0]!, root.result].map((v) => ELEMENT[elementOf(v)].bits);
        return new Set(bits).size === 1 && !isComplex(elementOf(x));
      }),
      guard(
        'what lies between is not a float, which may lose the bits of a NaN',
        (_, root) => !isFloat(elementOf(root.operands[0]!)),
      ),
    ],
    to: ({ x }, build) => build.op('bitcast-convert', [x], {}, { type: build.type }),
    fp: 'exact',
  },
);

const FORMAT: { readonly [element: string]: readonly [exponent: number, mantissa: number] } = {
  f16: [5, 10],
  bf16: [8, 7],
  f32: [8, 23],
  f64: [11, 52],
};

export const ReducePrecision_Nothing = rewrite(
  'reduce-precision(x) = x where the precision is the type’s own',
  op('reduce-precision', [typed(x, { element: float })], { exponentBits: e, mantissaBits: m }),
  {
    when: [
      guard(
        'the type has no more bits than are kept',
        ({ x, e, m }) => {
          const own = FORMAT[elementOf(x)];
          return own !== undefined && own[0] <= e && own[1] <= m;
        },
        { e: (_, t) => FORMAT[t.element]?.[0], m: (_, t) => FORMAT[t.element]?.[1] },
      ),
    ],
    to: ({ x }) => x,
    fp: 'exact',
  },
);

export const Iota_Unit = rewrite(
  'iota(d) = 0 where d has one element',
  op('iota', [], { dimension: bind(d, P.number) }),
  {
    when: [guard('the counted dimension has one element', ({ d }, root) => dimsOf(root.result)[d] === 1)],
    to: (_, build) => build.fill(build.type, 0),
    fp: 'exact',
  },
);
