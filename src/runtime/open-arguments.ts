/** Arguments of a program that leaves sizes open: they bring the sizes along. */
import { partsOf, type Tensor, type TypedArray } from '../hlo/tensor.js';
import { DYNAMIC, elementCount, showType, type TensorType } from '../hlo/types.js';
import { type Argument, ArgumentError } from './arguments.js';

/** The argument with a type; an array alone where no more than one size is open. */
export function shapedArgument(x: Argument, declared: TensorType, i: number): Tensor {
  const type = (x as Tensor | undefined)?.type;
  if (type === undefined) return { type: typeFor(x as TypedArray, declared, i), data: x as TypedArray };
  const { dims } = declared;
  const fitting =
    type.element === declared.element &&
    type.dims.length === dims.length &&
    dims.every((n, d) => n === DYNAMIC || n === type.dims[d]);
  if (!fitting) throw new ArgumentError(`input ${i} must be ${showType(declared)}, but is ${showType(type)}`);
  return x as Tensor;
}

function typeFor(x: TypedArray, declared: TensorType, i: number): TensorType {
  const open = declared.dims.filter((n) => n === DYNAMIC).length;
  if (open === 0) return declared;
  const known = elementCount(declared.dims.filter((n) => n !== DYNAMIC)) * partsOf(declared.element);
  const size = (x as TypedArray | undefined)?.length === undefined ? Number.NaN : x.length / known;
  if (open > 1 || !Number.isSafeInteger(size)) {
    throw new ArgumentError(
      `input ${i} must be a tensor of type ${showType(declared)}: the sizes do not follow from an array without shape`,
    );
  }
  return { ...declared, dims: declared.dims.map((n) => (n === DYNAMIC ? size : n)) };
}
