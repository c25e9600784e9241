/** What LAPACK's routines, called by JAX's FFI names, have in common: types, batches, letters, targets. */
import type { Attributes } from '../../attributes.js';
import { reader, writer } from '../../numeric/access.js';
import type { Complex } from '../../numeric/complex.js';
import { Matrix } from '../../numeric/linear/matrix.js';
import {
  defineOp,
  type EvaluateContext,
  type InferContext,
  type OpDefinition,
  type Scalar,
  type TargetsByElement,
} from '../../registry.js';
import { allocate, type Tensor } from '../../tensor.js';
import {
  DYNAMIC,
  type ElementType,
  elementCount,
  isComplex,
  partType,
  showType,
  type TensorType,
  tensorType,
} from '../../types.js';
import { check, dimsAgree, operandTensor, operandType, resultType, sizesAgree } from '../context.js';

/** LAPACK's letter of each element type. */
const LETTERS: { readonly [T in ElementType]?: string } = { f32: 's', f64: 'd', c64: 'c', c128: 'z' };

/** One matrix (or vector …) of each operand. */
export interface Slice {
  readonly attributes: Attributes;
  /** Is the arithmetic complex? */
  readonly complex: boolean;
  matrix(operand: number): Matrix;
  vector(operand: number): Complex[];
  /** Sizes of result k's last two dimensions. */
  sizeOf(result: number): readonly [number, number];
  /** The size of its last one. */
  lastOf(result: number): number;
}

/** What a result's part is made of: a matrix, a list, or one number. */
export type Part = Matrix | readonly (Complex | number)[] | number;

export interface Factorization {
  readonly name: string;
  /** What custom calls name it. */
  readonly target?: string;
  readonly doc: string;
  readonly operands: number;
  /** Dimensions of operand 0 that are no batch. Default: 2. */
  readonly core?: number;
  /** Element types of operand 0. Default: LAPACK's four. */
  readonly elements?: readonly ElementType[];
  readonly infer: (c: InferContext) => readonly TensorType[];
  readonly evaluate: (s: Slice) => readonly Part[];
}

/** A routine by LAPACK's name without the letter of the type: `geqrf`. */
export interface Routine extends Factorization {
  readonly core: number;
  /** Its name for complex types where that is another one. */
  readonly complexName?: string;
  /** Part of another op, which no text calls by a name of its own. */
  readonly inner?: true;
  /** Attributes that are written as a type of their own. */
  readonly attributeTypes?: { readonly [attribute: string]: string };
}

/** `lapack_?NAME_ffi` in the four types: operands and results are batches of matrices, of rows and columns. */
export function lapackOp(r: Routine): OpDefinition {
  const { attributeTypes = {} } = r;
  const call = { columnMajor: r.core, apiVersion: 4, attributeTypes };
  return {
    ...factorOp(r),
    name: `lapack-${r.name}`,
    ...(r.inner ? {} : { customCallTarget: targets(r), customCall: call }),
  };
}

/** An op on batches of matrices that a custom call names. */
export function factorOp(r: Factorization): OpDefinition {
  const { core = 2, elements = Object.keys(LETTERS) as ElementType[] } = r;
  return defineOp({
    name: r.name,
    doc: r.doc,
    operands: r.operands,
    ...(r.target === undefined ? {} : { customCallTarget: r.target }),
    infer: (c) => {
      const t = operandType(c, 0);
      check(elements.includes(t.element), () => `operand 0 must hold ${oneOf(elements)}, but is ${showType(t)}`);
      check(t.dims.length >= core, () => `operand 0 needs ${core} dimensions or more, but is ${showType(t)}`);
      return r.infer(c);
    },
    evaluate: (c) => evaluateBatches(c, core, r.evaluate),
  });
}

const oneOf = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

function targets({ name, complexName = name }: Routine): TargetsByElement {
  const target = (t: ElementType) => `lapack_${LETTERS[t]}${isComplex(t) ? complexName : name}_ffi`;
  return Object.fromEntries((Object.keys(LETTERS) as ElementType[]).map((t) => [t, target(t)]));
}

function evaluateBatches(c: EvaluateContext, core: number, evaluate: Factorization['evaluate']): Tensor[] {
  const outs = c.results.map((_, k) => allocate(resultType(c, k)));
  const first = operandTensor(c, 0).type;
  const batch = first.dims.slice(0, first.dims.length - core);
  const count = elementCount(batch);
  for (let b = 0; b < count; b++) {
    const part = (k: number) => sliceOf(operandTensor(c, k), b, count);
    const parts = evaluate({
      attributes: c.attributes,
      complex: isComplex(first.element),
      matrix: (k) => new Matrix(...lastTwo(operandTensor(c, k).type), part(k)),
      vector: part,
      sizeOf: (k) => lastTwo(resultType(c, k)),
      lastOf: (k) => resultType(c, k).dims.at(-1)!,
    });
    outs.forEach((out, k) => {
      store(out, b, count, parts[k]!);
    });
  }
  return outs;
}

const lastTwo = (t: TensorType): [number, number] => [t.dims.at(-2)!, t.dims.at(-1)!];

function sliceOf(t: Tensor, b: number, count: number): Complex[] {
  const size = elementCount(t.type.dims) / count;
  const read = reader(t.type.element);
  return Array.from({ length: size }, (_, i): Complex => {
    const x = read(t.data, b * size + i);
    return typeof x === 'object' ? x : [Number(x), 0];
  });
}

function store(out: Tensor, b: number, count: number, part: Part): void {
  const size = elementCount(out.type.dims) / count;
  const write = writer(out.type.element);
  const complex = isComplex(out.type.element);
  const values: readonly (Complex | number)[] =
    part instanceof Matrix ? part.elements : typeof part === 'number' ? [part] : part;
  values.forEach((x, i) => {
    const z: Complex = typeof x === 'number' ? [x, 0] : x;
    write(out.data, b * size + i, (complex ? z : z[0]) as Scalar);
  });
}

/** An attribute that is a letter, as its code (`76 : ui8`) or as text. */
export function letter<L extends string>(
  c: { readonly attributes: Attributes },
  key: string,
  allowed: readonly L[],
): L {
  const given = c.attributes[key];
  const text = typeof given === 'number' ? String.fromCharCode(given) : given;
  const good = allowed.find((l) => l === text);
  const want = allowed.map((l) => `'${l}' (${l.charCodeAt(0)})`).join(' or ');
  check(good !== undefined, () => `the attribute '${key}' must be ${want}, but is ${given ?? 'missing'}`);
  return good;
}

export function flag(c: { readonly attributes: Attributes }, key: string): boolean {
  const given = c.attributes[key];
  check(typeof given === 'boolean', () => `the attribute '${key}' must be true or false, but is ${given ?? 'missing'}`);
  return given;
}

export const smaller = (m: number, n: number): number => (m < 0 || n < 0 ? DYNAMIC : Math.min(m, n));

/** Batch dimensions, rows and columns of a matrix operand. */
export function matrixOperand(c: InferContext, k: number): { type: TensorType; batch: number[]; m: number; n: number } {
  const type = operandType(c, k);
  check(type.dims.length >= 2, () => `operand ${k} must be a batch of matrices, but is ${showType(type)}`);
  const [m, n] = lastTwo(type);
  return { type, batch: type.dims.slice(0, -2), m, n };
}

export function squareOperand(c: InferContext, k: number): { type: TensorType; batch: number[]; n: number } {
  const { type, batch, m, n } = matrixOperand(c, k);
  check(sizesAgree(m, n), () => `operand ${k} must be a batch of square matrices, but is ${showType(type)}`);
  return { type, batch, n };
}

export function checkOperand(c: InferContext, k: number, element: ElementType, dims: readonly number[]): TensorType {
  const type = operandType(c, k);
  const want = tensorType(element, dims);
  check(
    type.element === element && dimsAgree(type.dims, dims),
    () => `operand ${k} must be ${showType(want)}, but is ${showType(type)}`,
  );
  return type;
}

export const withParts = (t: TensorType, dims: readonly number[]): TensorType => tensorType(partType(t.element), dims);
export const infoType = (batch: readonly number[]): TensorType => tensorType('s32', batch);
