/** Between element types: conversion, reinterpretation, precision, parts of complex numbers, quantization. */
import type { ReducePrecisionAttributes } from '../attributes.js';
import { reinterpret } from '../numeric/bitcast.js';
import { conjugate } from '../numeric/complex.js';
import { converter } from '../numeric/convert.js';
import { makeLoop } from '../numeric/loops.js';
import { precisionReducer } from '../numeric/reduce-precision.js';
import { defineOp, type InferContext, type OpDefinition, type ScalarFunction } from '../registry.js';
import { allocate } from '../tensor.js';
import {
  type ComplexType,
  DYNAMIC,
  ELEMENT,
  type ElementClass,
  type ElementType,
  elementCount,
  type FloatType,
  isComplex,
  partType,
  showType,
  type TensorType,
} from '../types.js';
import { attributesOf, check, declaredType, dimsAgree, operandTensor, operandType, resultType } from './context.js';
import { elementwise, type Kernel, numbers, pairs } from './elementwise.js';

const CLASSES: readonly ElementClass[] = ['pred', 'signed', 'unsigned', 'float', 'complex'];
const ofEveryClass = (kernel: Kernel) => Object.fromEntries(CLASSES.map((c) => [c, kernel]));

const declaredElement = (c: Pick<InferContext, 'declared'>): ElementType => declaredType(c as InferContext).element;

const complexOf = (element: ElementType): ComplexType => (element === 'f64' ? 'c128' : 'c64');

/**
 * A bitcast between widths moves the factor between them to or from a minor dimension: u32[2] is u8[2,4]. Returns the
 * result's dimensions, a declared factor included.
 */
function bitcastDims(from: TensorType, to: TensorType): number[] {
  const [a, b] = [ELEMENT[from.element].bits, ELEMENT[to.element].bits];
  if (a === b) return [...from.dims];
  check(
    Math.max(a, b) % Math.min(a, b) === 0,
    () => `${from.element} has ${a} bits and ${to.element} ${b}: neither divides the other`,
  );
  if (a > b) return [...from.dims, a / b];
  const minor = from.dims.at(-1);
  check(
    minor === b / a || minor === DYNAMIC,
    () =>
      `${b / a} elements of ${from.element} make one of ${to.element}, so the minor dimension of ${showType(from)} must be ${b / a}`,
  );
  return from.dims.slice(0, -1);
}

/** XLA's stochastic rounding: up where the random fraction lies below the number's own. Saturates; NaN gives 0. */
const stochastic = (random: ElementType, result: ElementType): ScalarFunction => {
  const toInteger = converter('f64', result);
  const scale = 2 ** -ELEMENT[random].bits;
  return (x, r) => {
    const a = Math.abs(x as number);
    const whole = Math.trunc(a);
    return toInteger(Math.sign(x as number) * (Number(r) * scale < a - whole ? whole + 1 : whole));
  };
};

export const CONVERSION_OPS: readonly OpDefinition[] = [
  elementwise({
    name: 'convert',
    doc: 'the same number in another type: floats rounded, integers wrapped, float to integer truncated and saturated',
    arity: 1,
    kernels: ofEveryClass((from, _, to) => converter(from, to)),
    result: (_, c) => declaredElement(c),
  }),
  elementwise({
    name: 'reduce-precision',
    doc: 'x rounded to a format of fewer exponent and mantissa bits',
    arity: 1,
    kernels: {
      float: (element, a) => {
        const { exponentBits, mantissaBits } = a as ReducePrecisionAttributes;
        return precisionReducer(element as FloatType, exponentBits, mantissaBits) as unknown as ScalarFunction;
      },
    },
    key: (a) => `${a.exponentBits},${a.mantissaBits}`,
    check: (c) => {
      const { exponentBits, mantissaBits } = attributesOf<ReducePrecisionAttributes>(c);
      check(exponentBits >= 1, `reduce-precision needs at least 1 exponent bit, but has ${exponentBits}`);
      check(mantissaBits >= 0, `reduce-precision needs 0 mantissa bits or more, but has ${mantissaBits}`);
    },
  }),
  elementwise({
    name: 'real',
    doc: 'the real part',
    arity: 1,
    kernels: { float: numbers((x) => x), complex: pairs(([re]) => re) as Kernel },
    result: (element) => partType(element),
  }),
  elementwise({
    name: 'imag',
    doc: 'the imaginary part; 0 of a real number',
    arity: 1,
    kernels: { float: numbers(() => 0), complex: pairs(([, im]) => im) as Kernel },
    result: (element) => partType(element),
  }),
  elementwise({
    name: 'complex',
    doc: 'the complex number of a real and an imaginary part',
    arity: 2,
    kernels: { float: () => ((re, im) => [re, im]) as ScalarFunction },
    result: (element) => complexOf(element),
    check: (_, subject) =>
      check(
        subject.element === 'f32' || subject.element === 'f64',
        () => `complex numbers are made of f32 or f64 parts, but operand 0 is ${showType(subject)}`,
      ),
  }),
  elementwise({
    name: 'conj',
    doc: 'the complex conjugate; a real number is its own',
    arity: 1,
    stablehlo: ['chlo.conj'],
    hlo: [],
    kernels: { float: numbers((x) => x), complex: pairs(conjugate) },
  }),
  defineOp({
    name: 'bitcast-convert',
    doc: 'the same bits read as another type',
    traits: ['same-bits'],
    operands: 1,
    stablehlo: ['stablehlo.bitcast_convert'],
    hlo: ['bitcast-convert'],
    infer: (c) => {
      const from = operandType(c, 0);
      const to = declaredType(c);
      check(
        isComplex(from.element) === isComplex(to.element),
        () => `bitcast-convert does not go between real and complex types: ${showType(from)} to ${showType(to)}`,
      );
      return [{ ...to, dims: bitcastDims(from, to) }];
    },
    evaluate: (c) => {
      const operand = operandTensor(c, 0);
      const declared = resultType(c);
      const type = { ...declared, dims: bitcastDims(operand.type, declared) };
      const data = reinterpret(operand.data, operand.type.element, type.element, elementCount(type.dims));
      return [{ type, data }];
    },
  }),
  defineOp({
    name: 'stochastic-convert',
    doc: 'x rounded up or down to an integer, with a chance that its fraction gives, by the random bits of operand 1',
    traits: ['elementwise'],
    operands: 2,
    hlo: ['stochastic-convert'],
    infer: (c) => {
      const x = operandType(c, 0);
      const random = operandType(c, 1);
      const to = declaredType(c);
      check(ELEMENT[x.element].class === 'float', () => `operand 0 must hold floats, but is ${showType(x)}`);
      check(
        ELEMENT[random.element].class === 'unsigned' && ELEMENT[random.element].bits === ELEMENT[x.element].bits,
        () => `the random bits for ${showType(x)} must be unsigned and as wide, but are ${showType(random)}`,
      );
      check(dimsAgree(x.dims, random.dims), () => `operands differ in shape: ${showType(x)} and ${showType(random)}`);
      const { class: cls } = ELEMENT[to.element];
      check(cls === 'signed' || cls === 'unsigned', () => `the result must hold integers, but is ${showType(to)}`);
      return [{ ...to, dims: x.dims }];
    },
    evaluate: (c) => {
      const [x, random] = [operandTensor(c, 0), operandTensor(c, 1)];
      const type = { ...resultType(c), dims: x.type.dims };
      const out = allocate(type);
      const f = stochastic(random.type.element, type.element);
      const forms = [x, random].map((t) => ({ element: t.type.element, single: false }));
      makeLoop(f, forms, type.element)(out.data, elementCount(type.dims), x.data, random.data);
      return [out];
    },
    scalar: (operands, _, result) => stochastic(operands[1]!.element, result.element),
  }),
];
