/** The value of a `constant`: decoded when first asked for, and a splat stays one number whatever its shape. */
import { partsOf, storageOf, type Tensor, type TypedArray } from './tensor.js';
import { elementCount, type TensorType, tensorType } from './types.js';

export class Literal {
  private decoded: TypedArray | undefined;

  private constructor(
    readonly type: TensorType,
    /** True where every element is the same; `scalar()` is then that element. */
    readonly isSplat: boolean,
    private readonly decode: () => TypedArray,
  ) {}

  /** Every element is `scalar` (one number; two for complex types). */
  static splat(type: TensorType, scalar: TypedArray): Literal {
    if (scalar.length !== partsOf(type.element)) throw new RangeError('a splat holds one element');
    return new Literal(type, true, () => scalar);
  }

  static dense(type: TensorType, data: TypedArray): Literal {
    return Literal.lazy(type, () => data);
  }

  /** `decode` runs once, when the values are first needed; it gives all elements, row-major. */
  static lazy(type: TensorType, decode: () => TypedArray): Literal {
    return elementCount(type.dims) === 1 ? new Literal(type, true, decode) : new Literal(type, false, decode);
  }

  private stored(): TypedArray {
    this.decoded ??= this.decode();
    return this.decoded;
  }

  /** The first element's numbers (all elements', for a splat). */
  scalar(): TypedArray {
    return this.stored().subarray(0, partsOf(this.type.element)) as TypedArray;
  }

  /** All elements, row-major; a splat is spread into a new array. */
  tensor(): Tensor {
    const { type } = this;
    const parts = partsOf(type.element);
    const n = elementCount(type.dims) * parts;
    const data = this.stored();
    if (data.length === n) return { type, data };
    const all = new (storageOf(type.element))(n);
    if (parts === 1) (all as Float64Array).fill(data[0] as number);
    else for (let i = 0; i < n; i++) all[i] = data[i % parts]!;
    return { type, data: all };
  }

  /** The first element alone (every element, of a splat), of rank 0. */
  scalarLiteral(): Literal {
    return Literal.splat(tensorType(this.type.element), this.scalar());
  }

  /** The same elements under another shape of as many elements. */
  withType(type: TensorType): Literal {
    return new Literal(type, this.isSplat, () => this.stored());
  }
}
