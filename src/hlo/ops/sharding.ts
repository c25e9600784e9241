/**
 * What texts say of how tensors lie on several devices, where one program computes them all: operands pass as they are.
 * Where a text divides them, so that shapes change, it is for more devices than the program runs on.
 */
import type { Computation } from '../graph.js';
import { defineOp, type InferContext, type OpDefinition, type RuntimeValue } from '../registry.js';
import { inSteps } from '../steps.js';
import { showType, type ValueType } from '../types.js';
import { check } from './context.js';
import { fits, parameterTypes, resultTypes } from './control.js';

/** Two spellings of JAX's targets: XLA's own, and those of programs that leave the process. */
const shardy = (name: string): string[] => [`xla.sdy.${name}`, `local_xla.sdy.${name}`];

function same(given: readonly ValueType[], wanted: readonly ValueType[]): void {
  check(given.length === wanted.length, () => `${given.length} values are given for ${wanted.length}`);
  given.forEach((t, k) => {
    check(fits(t, wanted[k]!), () => {
      const shapes = `${showType(t)} and ${showType(wanted[k]!)}`;
      return `it divides a tensor among devices (${shapes}), but tensors are whole here: lower the program for one device`;
    });
  });
}

function inferBody(c: InferContext): ValueType[] {
  const [body] = c.called as [Computation];
  same(c.operands, parameterTypes(body));
  if (c.declared) same(resultTypes(body), c.declared);
  return resultTypes(body);
}

export const SHARDING_OPS: readonly OpDefinition[] = [
  defineOp({
    name: 'sharding',
    doc: 'the operands, which shall lie on devices in some way',
    operands: { min: 1 },
    stablehlo: ['sdy.sharding_constraint', 'sdy.reshard', 'sdy.propagation_barrier', 'sdy.data_flow_edge'],
    customCallTarget: 'Sharding',
    customCall: {
      aliases: [
        'SPMDFullToShardShape',
        'SPMDShardToFullShape',
        'annotate_device_placement',
        ...['FuncResultSharding', 'GlobalToLocalShape', 'LocalToGlobalShape', 'PropagationBarrier'].flatMap(shardy),
      ],
    },
    infer: (c) => {
      if (c.declared) same(c.operands, c.declared);
      return c.operands;
    },
    evaluate: (c): readonly RuntimeValue[] => c.operands,
  }),
  defineOp({
    name: 'sharding-group',
    doc: 'nothing: tensors of one group shall lie on devices alike',
    operands: 1,
    stablehlo: ['sdy.sharding_group'],
    customCallTarget: 'xla.sdy.ShardingGroup',
    customCall: { aliases: ['local_xla.sdy.ShardingGroup'] },
    infer: () => [],
    evaluate: () => [],
  }),
  defineOp({
    name: 'manual-computation',
    doc: 'the results of a computation for one device on the operands',
    kind: 'call',
    operands: { min: 0 },
    regions: 1,
    stablehlo: ['sdy.manual_computation', 'sdy.named_computation'],
    infer: inferBody,
    ...inSteps((c) => c.call(c.called[0]!, c.operands)),
  }),
];
