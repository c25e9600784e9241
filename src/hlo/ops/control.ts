/** Calls, loops, branches and foreign calls. */
import type { Attributes, CompositeAttributes, CustomCallAttributes } from '../attributes.js';
import type { Computation } from '../graph.js';
import { Literal } from '../literal.js';
import { defineOp, type InferContext, type OpDefinition, OpError, type RuntimeValue } from '../registry.js';
import { inSteps } from '../steps.js';
import { showType, type ValueType } from '../types.js';
import {
  asTensor,
  attributesOf,
  check,
  dimsAgree,
  integersOf,
  knownIntegers,
  operandTensor,
  operandType,
  toIndex,
} from './context.js';

export const resultTypes = (c: Computation): ValueType[] => c.results.map((v) => v.type);
export const parameterTypes = (c: Computation): ValueType[] => c.parameters.map((p) => p.result.type);

/** Whether a value of type `a` may stand where `b` is expected. */
export function fits(a: ValueType, b: ValueType): boolean {
  if (a.kind !== 'tensor' || b.kind !== 'tensor') return a.kind === b.kind;
  return a.element === b.element && dimsAgree(a.dims, b.dims);
}

export function checkTypes(given: readonly ValueType[], wanted: readonly ValueType[], what: string): void {
  check(given.length === wanted.length && given.every((t, i) => fits(t, wanted[i]!)), () => {
    return `${what}: (${given.map(showType).join(', ')}) where (${wanted.map(showType).join(', ')}) is expected`;
  });
}

export function inferCall(c: InferContext): ValueType[] {
  const [callee] = c.called as [Computation];
  checkTypes(c.operands, parameterTypes(callee), `arguments of @${callee.name}`);
  return resultTypes(callee);
}

const isPred = (t: ValueType | undefined): boolean =>
  t?.kind === 'tensor' && t.element === 'pred' && t.dims.length === 0;

/** Branches take the operands after the selector and agree in their results. */
function inferBranches(c: InferContext): ValueType[] {
  const captured = c.operands.slice(1);
  const results = resultTypes(c.called[0]!);
  for (const branch of c.called) {
    checkTypes(captured, parameterTypes(branch), `arguments of branch @${branch.name}`);
    checkTypes(resultTypes(branch), results, `results of branch @${branch.name}`);
  }
  return results;
}

/** Operands of a custom call that give the shapes of its results, in their order. */
function shapesOfResults(c: Pick<InferContext, 'attributes'>): readonly number[] {
  const places = attributesOf<CustomCallAttributes>(c).extra?.indices_of_shape_operands;
  return places instanceof Literal ? integersOf(places.tensor()) : [];
}

/** Targets by which JAX's programs call functions of the Python process that made them. */
const CALLBACK = /^xla(_ffi)?(_partitioned)?_python_(cpu|gpu)_callback$/;

function unknownCall(attributes: Attributes): string {
  const { target } = attributes as CustomCallAttributes;
  if (CALLBACK.test(target)) {
    return (
      `the custom call @${target} calls a Python function of the process that exported the program, which is not here: ` +
      'export it without callbacks (jax.pure_callback, jax.debug.print and the like)'
    );
  }
  return (
    `no op is defined for the custom call @${target}: define one with defineOp({ customCallTarget: '${target}', … }) ` +
    'and add it to the rule set'
  );
}

export const CONTROL_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'call',
    doc: 'the results of a computation on the operands',
    kind: 'call',
    operands: { min: 0 },
    regions: 1,
    stablehlo: ['func.call', 'call'],
    hlo: ['call'],
    infer: inferCall,
    ...inSteps((c) => c.call(c.called[0]!, c.operands)),
  }),
  defineOp({
    name: 'composite',
    doc: 'an op given by name, with a computation that says what it means',
    kind: 'call',
    operands: { min: 0 },
    regions: 1,
    stablehlo: ['stablehlo.composite'],
    hlo: [],
    infer: (c) => {
      check(attributesOf<CompositeAttributes>(c).name !== '', 'a composite needs a name');
      return inferCall(c);
    },
    ...inSteps((c) => c.call(c.called[0]!, c.operands)),
  }),
  defineOp({
    name: 'while',
    doc: 'runs the body on the loop-carried values as long as the condition holds; called: condition, body',
    kind: 'loop',
    operands: { min: 0 },
    regions: 2,
    stablehlo: ['stablehlo.while'],
    hlo: ['while'],
    infer: (c) => {
      const [condition, body] = c.called as [Computation, Computation];
      checkTypes(c.operands, parameterTypes(condition), 'arguments of the condition');
      checkTypes(c.operands, parameterTypes(body), 'arguments of the body');
      checkTypes(resultTypes(body), c.operands, 'results of the body');
      check(condition.results.length === 1 && isPred(condition.results[0]!.type), 'the condition must give one pred[]');
      return c.operands.map((t, i) => c.declared?.[i] ?? t);
    },
    ...inSteps(function* (c) {
      const [condition, body] = c.called as [Computation, Computation];
      let state: readonly RuntimeValue[] = c.operands;
      while (asTensor((yield* c.call(condition, state))[0]).data[0]) state = yield* c.call(body, state);
      return state;
    }),
  }),
  defineOp({
    name: 'case',
    doc: 'the results of branch number operand 0; of the last one where there is no such branch',
    kind: 'branch',
    operands: { min: 1 },
    regions: { min: 1 },
    stablehlo: ['stablehlo.case'],
    hlo: ['conditional'],
    infer: (c) => {
      const t = operandType(c, 0);
      check(t.element === 's32' && t.dims.length === 0, () => `the branch index must be s32[], but is ${showType(t)}`);
      return inferBranches(c);
    },
    ...inSteps((c) => {
      const last = c.called.length - 1;
      const index = toIndex(operandTensor(c, 0).data[0]!);
      const branch = index >= 0 && index <= last ? index : last;
      return c.call(c.called[branch]!, c.operands.slice(1));
    }),
  }),
  defineOp({
    name: 'if',
    doc: 'the results of the first computation where operand 0 is true, else of the second',
    kind: 'branch',
    operands: { min: 1 },
    regions: 2,
    stablehlo: ['stablehlo.if'],
    hlo: [],
    infer: (c) => {
      check(isPred(c.operands[0]), () => `the condition must be pred[], but is ${showType(c.operands[0]!)}`);
      return inferBranches(c);
    },
    ...inSteps((c) => c.call(c.called[operandTensor(c, 0).data[0] ? 0 : 1]!, c.operands.slice(1))),
  }),
  defineOp({
    name: 'custom-call',
    doc: 'a foreign function, known by its target alone',
    kind: 'foreign',
    operands: { min: 0 },
    regions: { min: 0 },
    stablehlo: ['stablehlo.custom_call'],
    hlo: ['custom-call'],
    shapeOperands: shapesOfResults,
    remedy: unknownCall,
    infer: (c) => {
      check(c.declared !== undefined, 'a custom call needs its result types');
      const places = shapesOfResults(c);
      return c.declared.map((t, k) => {
        const sizes = places[k] === undefined ? undefined : knownIntegers(c, places[k]);
        return sizes && t.kind === 'tensor' ? { ...t, dims: sizes } : t;
      });
    },
    evaluate: (c) => {
      throw new OpError(unknownCall(c.attributes));
    },
  }),
];
