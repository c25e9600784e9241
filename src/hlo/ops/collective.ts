/** Ops that talk to other replicas or to the host, with their meaning where there is one device. */
import type { CollectiveAttributes } from '../attributes.js';
import { defineOp, type EvaluateContext, type OpDefinition, OpError, type RuntimeValue } from '../registry.js';
import { allocate } from '../tensor.js';
import { tensorType } from '../types.js';
import { asTensor, attributesOf, check } from './context.js';

/** With one device every group has one member; in a larger one somebody would be missing. */
function checkAlone(c: EvaluateContext): void {
  const { replicaGroups = [] } = attributesOf<CollectiveAttributes>(c);
  const largest = Math.max(1, ...replicaGroups.map((g) => g.filter((id) => id >= 0).length));
  check(largest === 1, () => `the replica groups name ${largest} devices, but the program runs on one`);
}

const passing = (name: string, doc: string, regions = 0): OpDefinition =>
  defineOp({
    name,
    doc: `${doc}; on one device: the operands`,
    traits: ['collective'],
    operands: { min: 1 },
    regions,
    stablehlo: [`stablehlo.${name.replaceAll('-', '_')}`],
    hlo: [name],
    infer: (c) => c.declared ?? c.operands,
    evaluate: (c) => {
      checkAlone(c);
      return c.operands;
    },
  });

/** The operand where device 0 takes part, else zeros. */
const received = (c: EvaluateContext, takesPart: boolean): readonly RuntimeValue[] =>
  takesPart ? c.operands : c.operands.map((v) => allocate(asTensor(v).type));

const identity = (name: string, doc: string): OpDefinition =>
  defineOp({
    name,
    doc: `${doc}; on one device: 0`,
    traits: ['collective'],
    operands: 0,
    stablehlo: [`stablehlo.${name.replaceAll('-', '_')}`],
    hlo: [name],
    infer: () => [tensorType('u32')],
    evaluate: () => [allocate(tensorType('u32'))],
  });

/** Data from or for a host that a plain run has not. */
const hostTransfer = (name: string, doc: string): OpDefinition =>
  defineOp({
    name,
    doc,
    traits: ['side-effect'],
    operands: { min: 1 },
    stablehlo: [`stablehlo.${name}`],
    hlo: [name],
    infer: (c) => {
      check(c.declared !== undefined, `${name} needs its result types`);
      return c.declared;
    },
    evaluate: () => {
      throw new OpError(`${name} needs another process to talk to, which this run does not have`);
    },
  });

export const COLLECTIVE_OPS: readonly OpDefinition[] = [
  passing('all-gather', 'operands of the group one after another'),
  passing('all-reduce', 'operands of the group combined', 1),
  passing('reduce-scatter', 'operands of the group combined, a part for each', 1),
  passing('all-to-all', 'parts exchanged within the group'),
  passing('collective-reduce', 'operands of the group combined', 1),
  defineOp({
    name: 'collective-broadcast',
    doc: "the operand of the group's first member; zeros outside every group",
    traits: ['collective'],
    operands: { min: 1 },
    stablehlo: ['stablehlo.collective_broadcast'],
    hlo: ['collective-broadcast'],
    infer: (c) => c.operands,
    evaluate: (c) => {
      checkAlone(c);
      return received(
        c,
        attributesOf<CollectiveAttributes>(c).replicaGroups.some((g) => g.includes(0)),
      );
    },
  }),
  defineOp({
    name: 'collective-permute',
    doc: 'the operand of the source that sends here; zeros where none does',
    traits: ['collective'],
    operands: { min: 1 },
    stablehlo: ['stablehlo.collective_permute'],
    hlo: ['collective-permute'],
    infer: (c) => c.operands,
    evaluate: (c) => {
      const { sourceTargetPairs = [] } = attributesOf<CollectiveAttributes>(c);
      check(
        sourceTargetPairs.every(([s, t]) => s === 0 && t === 0),
        'the pairs name devices other than the one there is',
      );
      return received(c, sourceTargetPairs.length > 0);
    },
  }),
  identity('replica-id', 'the number of this replica'),
  identity('partition-id', 'the number of this partition'),
  hostTransfer('infeed', 'values that the host feeds'),
  hostTransfer('outfeed', 'values for the host'),
  hostTransfer('send', 'values for another device'),
  hostTransfer('recv', 'values from another device'),
];
