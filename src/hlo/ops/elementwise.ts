/** What all elementwise ops share: shape rule, evaluation, quantized semantics, scalar functions. */
import type { Attributes } from '../attributes.js';
import { rounder } from '../numeric/access.js';
import { type Loop, makeLoop, rounded } from '../numeric/loops.js';
import { dequantize, dequantizer, expressedType, quantize, quantizer } from '../numeric/quantization.js';
import {
  defineOp,
  type EvaluateContext,
  type InferContext,
  type OpDefinition,
  type ScalarFunction,
  type Trait,
} from '../registry.js';
import { allocate, type Tensor } from '../tensor.js';
import {
  DYNAMIC,
  ELEMENT,
  type ElementClass,
  type ElementType,
  elementCount,
  showType,
  type TensorType,
} from '../types.js';
import { asTensor, check, dimsAgree, operandType } from './context.js';

/** Gives an op's function over elements of a type. Its result need not be rounded: whoever stores it rounds. */
export type Kernel = (element: ElementType, attributes: Attributes, result: ElementType) => ScalarFunction;

type Numbers = (...x: number[]) => number | boolean;
type BigInts = (...x: bigint[]) => bigint | number | boolean;
type Pair = readonly [number, number];
type Pairs = (...z: Pair[]) => Pair | number | boolean;

/** A kernel for floats, for pred, or for integers to 32 bits. */
export const numbers =
  (f: Numbers): Kernel =>
  () =>
    f as unknown as ScalarFunction;
/** A kernel for integers: numbers to 32 bits, bigints of 64. */
export const integers =
  (small: Numbers, big: BigInts): Kernel =>
  (element) =>
    (ELEMENT[element].bits === 64 ? big : small) as unknown as ScalarFunction;
export const pairs =
  (f: Pairs): Kernel =>
  () =>
    f as unknown as ScalarFunction;

export type Kernels = { readonly [C in ElementClass]?: Kernel };

export interface ElementwiseOp {
  readonly name: string;
  readonly doc: string;
  readonly arity: 1 | 2 | 3;
  readonly stablehlo?: readonly string[];
  readonly hlo?: readonly string[];
  readonly traits?: readonly Trait[];
  /** By class of the element type that `subject` has; a class without a kernel is refused. */
  readonly kernels: Kernels;
  /** The operand that decides the kernel and the shape; the others must have its element type, but `pred` ones. */
  readonly subject?: number;
  /** Operands that are pred tensors, whatever the subject is. */
  readonly predicates?: readonly number[];
  /** Operands that may be scalars (rank 0) beside a subject of any shape. */
  readonly scalars?: readonly number[];
  /** The result's element type; the subject's where absent. */
  result?(subject: ElementType, c: Pick<InferContext, 'attributes' | 'declared'>): ElementType;
  /** Checks beyond types and shapes. Throws `OpError`. */
  check?(c: InferContext, subject: TensorType): void;
  /** The attributes that the kernel depends on, as text. */
  key?(attributes: Attributes): string;
}

const CLASS_NAME: { readonly [C in ElementClass]: string } = {
  pred: 'pred',
  signed: 'signed integer',
  unsigned: 'unsigned integer',
  float: 'float',
  complex: 'complex',
};

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** Every dimension known that some operand knows. */
function mergeDims(a: readonly number[], b: readonly number[]): number[] {
  return a.map((d, i) => (d === DYNAMIC ? b[i]! : d));
}

/** An element of a quantized type takes part in arithmetic as the real number it stands for. */
const computedElement = (t: TensorType): ElementType => t.quantization?.expressed ?? t.element;

function inferElementwise(op: ElementwiseOp, c: InferContext): TensorType {
  const subjectIndex = op.subject ?? 0;
  const subject = operandType(c, subjectIndex);
  const element = computedElement(subject);
  check(op.kernels[ELEMENT[element].class] !== undefined, () => {
    const allowed = (Object.keys(op.kernels) as ElementClass[]).map((k) => CLASS_NAME[k]);
    return `${op.name} takes elements of type ${listed(allowed)}, but operand ${subjectIndex} is ${showType(subject)}`;
  });
  let dims = subject.dims;
  for (let i = 0; i < op.arity; i++) {
    const t = operandType(c, i);
    const want = op.predicates?.includes(i) ? 'pred' : element;
    check(computedElement(t) === want, () =>
      op.predicates?.includes(i)
        ? `${op.name} takes a pred tensor as operand ${i}, but it is ${showType(t)}`
        : `${op.name} takes operands of one element type, but they are ${showType(subject)} and ${showType(t)}`,
    );
    if (t.dims.length === 0 && op.scalars?.includes(i)) continue;
    check(
      dimsAgree(t.dims, subject.dims),
      () => `${op.name} takes operands of one shape, but they are ${showType(subject)} and ${showType(t)}`,
    );
    dims = mergeDims(dims, t.dims);
  }
  op.check?.(c, subject);
  const { quantization: _, ...plain } = subject;
  const declared = c.declared?.[0];
  const result = op.result?.(element, c) ?? element;
  if (declared?.kind === 'tensor' && declared.quantization) {
    const { expressed } = declared.quantization;
    check(result === expressed, () => `${op.name} gives ${result}, which ${showType(declared)} does not express`);
    return { ...declared, dims };
  }
  if (subject.quantization && !op.result && !declared) return { ...subject, dims };
  return { ...plain, element: result, dims };
}

/** Operands and attributes that were met, with what was made for them. */
interface Compiled {
  readonly f: ScalarFunction;
  readonly loop: Loop;
}

function evaluateElementwise(op: ElementwiseOp, compiled: Map<string, Compiled>, c: EvaluateContext): Tensor {
  const operands = c.operands.map((v) => dequantize(asTensor(v)));
  const declared = c.results[0] as TensorType;
  const subject = operands[op.subject ?? 0]!;
  const { dims } = subject.type;
  const out = allocate({ ...expressedType(declared), dims });
  const single = operands.map((t) => t.type.dims.length === 0 && dims.length > 0);
  operands.forEach((t, i) => {
    check(single[i]! || dimsAgree(t.type.dims, dims), () => `operands have shapes [${dims}] and [${t.type.dims}]`);
  });
  const shape = operands.map((t, i) => `${t.type.element}${single[i] ? '.' : ''}`).join();
  const key = `${shape}>${out.type.element}|${op.key?.(c.attributes) ?? ''}`;
  let made = compiled.get(key);
  if (!made) {
    const element = subject.type.element;
    const f = op.kernels[ELEMENT[element].class]!(element, c.attributes, out.type.element);
    const forms = operands.map((t, i) => ({ element: t.type.element, single: single[i]! }));
    compiled.set(key, (made = { f, loop: makeLoop(f, forms, out.type.element) }));
  }
  made.loop(out.data, elementCount(dims), ...operands.map((t) => t.data));
  return declared.quantization ? quantize(out, declared) : out;
}

/** The registry entry of an elementwise op. */
export function elementwise(op: ElementwiseOp): OpDefinition {
  const compiled = new Map<string, Compiled>();
  return defineOp({
    name: op.name,
    doc: op.doc,
    traits: ['elementwise', 'through-reals', ...(op.traits ?? [])],
    operands: op.arity,
    stablehlo: op.stablehlo ?? [`stablehlo.${op.name.replaceAll('-', '_')}`],
    hlo: op.hlo ?? [op.name],
    infer: (c) => [inferElementwise(op, c)],
    evaluate: (c) => [evaluateElementwise(op, compiled, c)],
    scalar: (operands, attributes, result) => scalarFunction(op, operands, attributes, result),
  });
}

function scalarFunction(
  op: ElementwiseOp,
  operands: readonly TensorType[],
  attributes: Attributes,
  result: TensorType,
): ScalarFunction {
  const element = computedElement(operands[op.subject ?? 0]!);
  const { quantization } = result;
  const f = op.kernels[ELEMENT[element].class]!(element, attributes, computedElement(result));
  const round = rounded(f, op.arity, rounder(computedElement(result)));
  if (!quantization && !operands.some((t) => t.quantization)) return round;
  const load = operands.map(({ quantization: q }) => (q ? dequantizer(q) : undefined));
  const store = quantization ? quantizer(quantization) : undefined;
  return (...args) => {
    const real = round(...args.map((x, k) => load[k]?.(x as number) ?? x));
    return store ? store(real as number) : real;
  };
}

/**
 * An op of a program's own, on floats: its shape rule (operands of one type, which is the result's) and its reference,
 * computed in double and rounded once. It is read where a text calls `stablehlo.custom_call @name`.
 */
export function elementwiseOp(op: {
  readonly name: string;
  readonly doc: string;
  readonly operands: 1 | 2 | 3;
  readonly reference: (x: number, y: number, z: number) => number;
}): OpDefinition {
  const { name, doc, operands, reference } = op;
  const definition = elementwise({
    name,
    doc,
    arity: operands,
    kernels: { float: numbers(reference as Numbers) },
    stablehlo: [],
    hlo: [],
  });
  return { ...definition, customCallTarget: name };
}
