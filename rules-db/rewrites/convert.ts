import {
  ELEMENT,
  type ElementType,
  guard,
  isComplex,
  isFloat,
  isInteger,
  op,
  rewrite,
  typed,
  variables,
} from '../../src/rules/index.js';
import { dimsOf, elementOf, extreme, integer } from './common.js';

const { x, d } = variables('x', 'd');

/** Explicit mantissa bits and one, and bits of the exponent. */
const FORMAT: { readonly [T in ElementType]?: readonly [precision: number, exponent: number] } = {
  f16: [11, 5],
  bf16: [8, 8],
  f32: [24, 8],
  f64: [53, 11],
};

/** Whether every value of `from` is one of `to`, and converts back to what it was. */
function isLossless(from: ElementType, to: ElementType): boolean {
  const a = FORMAT[from];
  const b = FORMAT[to];
  if (a && b) return a[0] <= b[0] && a[1] <= b[1];
  if (!isInteger(from) && from !== 'pred') return false;
  const { bits } = ELEMENT[from];
  if (b) return bits - (ELEMENT[from].class === 'signed' ? 1 : 0) <= b[0] && to !== 'f16';
  if (!isInteger(to)) return from === to;
  const room = ELEMENT[to].bits - bits;
  const same = ELEMENT[from].class === ELEMENT[to].class;
  return same ? room >= 0 : ELEMENT[from].class === 'signed' ? false : room > 0;
}

export const Convert_Identity = rewrite('convert(x) = x where the element type stays', op('convert', [x]), {
  when: [guard('the element type stays as it is', ({ x }, root) => elementOf(x) === elementOf(root.result))],
  to: ({ x }) => x,
  fp: 'exact',
});

export const Convert_Convert_Merge = rewrite(
  'convert(convert(x)) = convert(x) where the first loses nothing',
  op('convert', [op('convert', [x])]),
  {
    when: [
      guard('the first conversion keeps every value', ({ x }, root) =>
        isLossless(elementOf(x), elementOf(root.operands[0]!)),
      ),
      guard('an integer does not become one of another range by way of a float', ({ x }, root) => {
        // Floats saturate where integers wrap.
        const [from, by, to] = [elementOf(x), elementOf(root.operands[0]!), elementOf(root.result)] as const;
        return !isFloat(by) || !isInteger(to) || isFloat(from) || isLossless(from, to);
      }),
      guard(
        'no complex type is involved',
        ({ x }, root) => !isComplex(elementOf(x)) && !isComplex(elementOf(root.result)),
      ),
    ],
    to: ({ x }, build) => build.op('convert', [x], {}, { type: build.type }),
    fp: 'exact',
  },
);

export const Convert_Iota = rewrite(
  'convert(iota) = iota of the other type where the integers can count that far',
  op('convert', [typed(op('iota', [], { dimension: d }), { element: integer })]),
  {
    when: [
      guard('the first type can count that far', ({ d }, root) => {
        const from = root.operands[0]!;
        return dimsOf(from)[d]! - 1 <= Number(extreme(elementOf(from), 'greatest'));
      }),
      guard('the result counts in integers or floats', (_, root) => {
        const to = elementOf(root.result);
        return isInteger(to) || isFloat(to);
      }),
    ],
    to: ({ d }, build) => build.op('iota', [], { dimension: d }, { type: build.type }),
    fp: 'exact',
  },
);
