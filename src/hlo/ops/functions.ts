/** Elementary and special functions: computed in double, rounded once. */
import * as complex from '../numeric/complex.js';
import * as inverse from '../numeric/complex-inverse.js';
import { erf, erfc, erfInv } from '../numeric/erf.js';
import { digamma, lgamma, polygamma, zeta } from '../numeric/gamma.js';
import { nextAfter } from '../numeric/next-after.js';
import { besselI1e, logistic } from '../numeric/real.js';
import type { OpDefinition, ScalarFunction } from '../registry.js';
import type { FloatType } from '../types.js';
import { elementwise, numbers, pairs } from './elementwise.js';

type Real = (x: number) => number;
type OfPair = (z: complex.Complex) => complex.Complex;

/** A function that StableHLO and HLO both have, of floats and, where given, of complex numbers. */
const shared = (name: string, doc: string, real: Real, ofPair?: OfPair): OpDefinition =>
  elementwise({
    name,
    doc,
    arity: 1,
    kernels: ofPair ? { float: numbers(real), complex: pairs(ofPair) } : { float: numbers(real) },
  });

/** A function that in StableHLO's texts belongs to CHLO; HLO has some of them. */
const fromChlo = (name: string, doc: string, hlo: boolean, real: Real, ofPair?: OfPair): OpDefinition =>
  elementwise({
    name,
    doc,
    arity: 1,
    stablehlo: [`chlo.${name.replaceAll('-', '_')}`],
    hlo: hlo ? [name] : [],
    kernels: ofPair ? { float: numbers(real), complex: pairs(ofPair) } : { float: numbers(real) },
  });

const binaryChlo = (name: string, doc: string, real: (a: number, b: number) => number): OpDefinition =>
  elementwise({
    name,
    doc,
    arity: 2,
    stablehlo: [`chlo.${name.replaceAll('-', '_')}`],
    hlo: [],
    kernels: { float: numbers(real) },
  });

const { sqrt, rsqrt, cbrt, exp, expm1, log, log1p, sin, cos, tan, sinh, cosh, tanh } = complex;

export const FUNCTION_OPS: readonly OpDefinition[] = [
  shared('sqrt', '√x', Math.sqrt, sqrt),
  shared('rsqrt', '1 / √x', (x) => 1 / Math.sqrt(x), rsqrt),
  shared('cbrt', 'the cube root of x', Math.cbrt, cbrt),
  shared('exponential', 'e^x', Math.exp, exp),
  shared('exponential-minus-one', 'e^x − 1', Math.expm1, expm1),
  shared('log', 'the natural logarithm of x', Math.log, log),
  shared('log-plus-one', 'log(1 + x)', Math.log1p, log1p),
  shared('logistic', '1 / (1 + e^−x)', logistic, complex.logistic),
  shared('sine', 'sin x', Math.sin, sin),
  shared('cosine', 'cos x', Math.cos, cos),
  elementwise({
    name: 'tan',
    doc: 'tan x',
    arity: 1,
    stablehlo: ['stablehlo.tan', 'chlo.tan'],
    kernels: { float: numbers(Math.tan), complex: pairs(tan) },
  }),
  shared('tanh', 'tanh x', Math.tanh, tanh),
  elementwise({
    name: 'atan2',
    doc: 'the angle of the point (y, x), between −π and π',
    arity: 2,
    kernels: {
      float: numbers(Math.atan2),
      complex: pairs(complex.atan2),
    },
  }),
  fromChlo('sinh', 'sinh x', true, Math.sinh, sinh),
  fromChlo('cosh', 'cosh x', true, Math.cosh, cosh),
  fromChlo('asin', 'arcsin x', true, Math.asin, inverse.asin),
  fromChlo('acos', 'arccos x', true, Math.acos, inverse.acos),
  fromChlo('atan', 'arctan x', true, Math.atan, inverse.atan),
  fromChlo('asinh', 'arsinh x', true, Math.asinh, inverse.asinh),
  fromChlo('acosh', 'arcosh x', true, Math.acosh, inverse.acosh),
  fromChlo('atanh', 'artanh x', true, Math.atanh, inverse.atanh),
  fromChlo('erf', 'the error function', true, erf),
  fromChlo('erfc', '1 − erf x', false, erfc),
  fromChlo('erf-inv', 'the inverse of erf', false, erfInv),
  fromChlo('lgamma', 'log |Γ(x)|', false, lgamma),
  fromChlo('digamma', 'Γ′(x) / Γ(x)', false, digamma),
  fromChlo('bessel-i1e', 'e^−|x| times the modified Bessel function I₁', false, besselI1e),
  binaryChlo('polygamma', 'the n-th derivative of digamma at x', polygamma),
  binaryChlo('zeta', 'Hurwitz ζ(x, q)', zeta),
  elementwise({
    name: 'next-after',
    doc: 'the number of the type that follows x towards y',
    arity: 2,
    stablehlo: ['chlo.next_after'],
    hlo: [],
    kernels: { float: (element) => nextAfter(element as FloatType) as unknown as ScalarFunction },
  }),
];
