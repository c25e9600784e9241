/** Loops that apply a scalar function to arrays, element by element. */
import type { Scalar, ScalarFunction } from '../registry.js';
import { partsOf, type TypedArray } from '../tensor.js';
import { type ElementType, partType } from '../types.js';
import { codec } from './access.js';

/** Stores f(operand elements …) for `count` elements. An operand that is one element stands for all. */
export type Loop = (out: TypedArray, count: number, ...operands: TypedArray[]) => void;

export interface LoopOperand {
  readonly element: ElementType;
  /** The array holds one element, which every step reads. */
  readonly single: boolean;
}

/**
 * A loop of its own for `f`. It is made from text because the engine keeps one type feedback for all calls through
 * one source position: a loop shared by all functions could not inline any, and would box every number it passes. The
 * text is composed of the fixed pieces below alone.
 */
export function makeLoop(f: ScalarFunction, operands: readonly LoopOperand[], result: ElementType): Loop {
  const names = operands.map((_, k) => `x${k}`);
  const loads = operands.map(({ element, single }, k) => {
    if (partsOf(element) === 2) return single ? `[x${k}[0], x${k}[1]]` : `[x${k}[2 * i], x${k}[2 * i + 1]]`;
    const stored = single ? `x${k}[0]` : `x${k}[i]`;
    return codec(partType(element)).table ? `t${k}[${stored}]` : stored;
  });
  const value = `f(${loads.join(', ')})`;
  const { encode } = codec(partType(result));
  const body =
    partsOf(result) === 2
      ? `const z = ${value}; out[2 * i] = z[0]; out[2 * i + 1] = z[1];`
      : `out[i] = ${encode ? `encode(${value})` : value};`;
  const tables = operands.map(({ element }) => codec(partType(element)).table);
  const text = `return (out, count, ${names.join(', ')}) => { for (let i = 0; i < count; i++) { ${body} } };`;
  return new Function('f', 'encode', ...tables.map((_, k) => `t${k}`), text)(f, encode, ...tables);
}

/** `f`, its result rounded by `round`, without a rest parameter where the arity is known. */
export function rounded(f: ScalarFunction, arity: number, round: (x: Scalar) => Scalar): ScalarFunction {
  if (arity === 1) return (a) => round(f(a!));
  if (arity === 2) return (a, b) => round(f(a!, b!));
  return (a, b, c) => round(f(a!, b!, c!));
}
