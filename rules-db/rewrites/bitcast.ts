/** Bits read as elements of another width: lowest bits first, in shifts of unsigned numbers. */
import {
  type Builder,
  ELEMENT,
  type ElementType,
  guard,
  isComplex,
  isUnsigned,
  op,
  rewrite,
  type TensorType,
  tensorType,
  type Value,
  variables,
} from '../../src/rules/index.js';
import { count, dimsOf, elementOf } from './common.js';
import { Terms } from './terms.js';

const { x } = variables('x');

const bitsOf = (element: ElementType): number => ELEMENT[element].bits;

class Bits extends Terms {
  /** The bits of `v` as `type`: several elements for each, or one for several in the last dimension. */
  reinterpret(v: Value, type: TensorType): Value {
    const [from, to] = [bitsOf(elementOf(v)), bitsOf(type.element)];
    if (from === to) return this.same(v, type.element);
    return to > from ? this.wider(v, type.element) : this.narrower(v, type);
  }

  private wider(v: Value, to: ElementType): Value {
    const container = unsignedOf(Math.max(8, bitsOf(to)));
    const words = this.convert(this.unsigned(v), container);
    const dims = dimsOf(v);
    const shifted = this.op('shift-left', words, this.places(container, dims, bitsOf(elementOf(v))));
    return this.fromUnsigned(this.reduce(shifted, [dims.length - 1], 'or', 0), to);
  }

  private narrower(v: Value, { element, dims }: TensorType): Value {
    const container = unsignedOf(Math.max(8, bitsOf(elementOf(v))));
    const words = this.convert(this.unsigned(v), container);
    const spread = this.broadcast(
      words,
      dims,
      dimsOf(v).map((_, d) => d),
    );
    const shifted = this.op('shift-right-logical', spread, this.places(container, dims, bitsOf(element)));
    return this.fromUnsigned(shifted, element);
  }

  /** Where in its word each element of the last dimension begins. */
  private places(container: ElementType, dims: readonly number[], bits: number): Value {
    const index = this.iota(container, dims, dims.length - 1);
    return this.mul(index, this.fillLike(index, bits));
  }

  private same(v: Value, element: ElementType): Value {
    if (elementOf(v) === element) return v;
    return this.build.op('bitcast-convert', [v], {}, { type: tensorType(element, dimsOf(v)) });
  }

  /** The bits as an unsigned number; those of a narrow type, and of pred, in u8. */
  private unsigned(v: Value): Value {
    const element = elementOf(v);
    return element === 'pred' ? this.convert(v, 'u8') : this.same(v, unsignedOf(bitsOf(element)));
  }

  /** The low bits of numbers. */
  private fromUnsigned(words: Value, element: ElementType): Value {
    if (element === 'pred') return this.convert(this.op('and', words, this.fillLike(words, 1)), 'pred');
    const own = this.convert(words, unsignedOf(bitsOf(element)));
    return isUnsigned(element) ? own : this.same(own, element);
  }

  /** Real and imaginary part in a new last dimension. */
  parts(v: Value): Value {
    const column = (part: Value) => this.reshape(part, [...dimsOf(v), 1]);
    return this.concatenate([column(this.op('real', v)), column(this.op('imag', v))], dimsOf(v).length);
  }

  /** The inverse. */
  complex(v: Value): Value {
    const last = dimsOf(v).length - 1;
    const part = (k: number) => this.reshape(this.cut(v, last, k, k + 1), dimsOf(v).slice(0, -1));
    return this.op('complex', part(0), part(1));
  }
}

const unsignedOf = (bits: number): ElementType => `u${bits}` as ElementType;

const width = (v: Value): number => bitsOf(elementOf(v));

export const BitcastConvert_Shifts = rewrite(
  'bitcast-convert(x) = shifts of the bits of x where widths differ',
  op('bitcast-convert', [x]),
  {
    stage: 'decompose',
    when: [
      guard('the widths differ', ({ x }, root) => width(x) !== width(root.result)),
      guard('the elements are real', ({ x }) => !isComplex(elementOf(x))),
    ],
    to: ({ x }, build) => new Bits(build).reinterpret(x, build.type),
    fp: ['nan-payload'],
  },
);

export const BitcastConvert_Complex_Parts = rewrite(
  'bitcast-convert(x) = that of the parts of x where widths differ',
  op('bitcast-convert', [x]),
  {
    stage: 'decompose',
    when: [
      guard('the widths differ', ({ x }, root) => width(x) !== width(root.result)),
      guard('the elements are complex', ({ x }) => isComplex(elementOf(x))),
    ],
    to: ({ x }, build) => throughParts(new Bits(build), x, build.type),
    fp: ['nan-payload'],
  },
);

/** c64[…, 2] and c128[…] hold f32[…, 2, 2] and f64[…, 2]. */
function throughParts(t: Bits, x: Value, type: TensorType): Value {
  const widens = type.element === 'c128';
  const dims = widens ? [...type.dims, 2] : [...type.dims, 2];
  const bits = t.reinterpret(t.parts(x), tensorType(widens ? 'f64' : 'f32', dims));
  return t.complex(bits);
}

export const Bitcast_ThroughBits = rewrite(
  'bitcast(x) = bitcast-convert(x) reshaped, of another element type',
  op('bitcast', [x]),
  {
    stage: 'decompose',
    when: [
      guard('the element types differ', ({ x }, root) => elementOf(x) !== elementOf(root.result)),
      guard(
        'elements take whole bytes, or truth values are made bytes',
        ({ x }, root) => (width(x) >= 8 || elementOf(x) === 'pred') && width(root.result) >= 8,
      ),
    ],
    to: ({ x }, build) => bitcastThroughBits(build, x),
    fp: ['nan-payload'],
  },
);

/** Real numbers in a row, regrouped by the wider of both widths. */
function bitcastThroughBits(build: Builder, x: Value): Value {
  const t = new Bits(build);
  const { element, dims } = build.type;
  const real = isComplex(elementOf(x)) ? t.parts(x) : x;
  const source = elementOf(real) === 'pred' ? t.convert(real, 'u8') : real;
  const part = isComplex(element) ? (element === 'c64' ? 'f32' : 'f64') : element;
  const [from, to] = [width(source), bitsOf(part)];
  const n = count(dimsOf(source));
  const grouped = t.reshape(source, to > from ? [(n * from) / to, to / from] : [n]);
  const all = to < from ? [n, from / to] : [(n * from) / to];
  const bits = t.reinterpret(grouped, tensorType(part, all));
  if (isComplex(element)) return t.complex(t.reshape(bits, [...dims, 2]));
  return t.reshape(bits, dims);
}
