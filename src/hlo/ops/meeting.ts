/**
 * Processes that meet: which groups an op's attributes mean, and an op as what each member gets of what all bring. Groups
 * hold process numbers, in the order in which the text names them (StableHLO specification, "Communication").
 */
import type { CollectiveAttributes } from '../attributes.js';
import { foreignId, type Grid, type GroupMode, processCount, processGroups, showProcess } from '../process-groups.js';
import { defineOp, type InferContext, type OpDefinition } from '../registry.js';
import { type Answer, inSteps, type StepContext, type Steps, type Wait } from '../steps.js';
import type { Tensor } from '../tensor.js';
import type { TensorType } from '../types.js';
import { asTensor, attributesOf, check } from './context.js';
import { capturesOf } from './reduction.js';

/** Which ids the groups hold, by channel and flags; a `mode` attribute, where there is one, says so itself. */
export type ModeOf = (a: CollectiveAttributes) => GroupMode;

export const hasChannel = ({ channelId = 0 }: CollectiveAttributes): boolean => channelId > 0;
export const onePerChannel: ModeOf = (a) => (hasChannel(a) ? 'cross-partition' : 'cross-replica');
export const bothPerChannel: ModeOf = (a) => {
  if (!hasChannel(a)) return 'cross-replica';
  return a.useGlobalDeviceIds ? 'flattened' : 'cross-replica-and-partition';
};

/** The groups as lists of process numbers. */
function groupsOn(a: CollectiveAttributes, modeOf: ModeOf, grid: Grid): number[][] {
  const { mode = modeOf(a), replicaGroups = [] } = a;
  const foreign = foreignId(mode, replicaGroups, grid);
  check(foreign === undefined, foreign!);
  return processGroups(mode, replicaGroups, grid);
}

/** The pairs as pairs of process numbers. */
export function pairsOn(a: CollectiveAttributes, grid: Grid): number[][] {
  const { mode = onePerChannel(a), sourceTargetPairs = [] } = a;
  const foreign = foreignId(mode, sourceTargetPairs, grid);
  check(foreign === undefined, foreign!);
  return sourceTargetPairs.length === 0 ? [] : processGroups(mode, sourceTargetPairs, grid);
}

/** What each member brings to this instruction; captured values stay at home. */
export function* meet(c: StepContext, op: string, members: readonly number[]): Generator<Wait, Tensor[][], Answer> {
  const { channelId = 0 } = attributesOf<CollectiveAttributes>(c);
  const brings = c.operands.slice(0, c.operands.length - capturesOf(c));
  const answer = yield { kind: 'meet', place: `${op} ${channelId} of ${members.join()}`, members, brings };
  return answer.map((values) => values.map(asTensor));
}

/** Who meets, and what they bring, by member. */
export interface Meeting {
  readonly members: readonly number[];
  /** This process's place among them. */
  readonly index: number;
  readonly brought: readonly (readonly Tensor[])[];
}

interface GroupOp {
  readonly name: string;
  readonly doc: string;
  readonly modeOf: ModeOf;
  readonly infer: (c: InferContext) => readonly TensorType[];
  readonly result: (c: StepContext, m: Meeting) => readonly Tensor[];
  /** Of a process in no group; without it, every process must be in one. */
  readonly outside?: (c: StepContext) => readonly Tensor[];
  /** Does it combine elements? */
  readonly combines?: boolean;
  readonly stablehlo?: readonly string[];
  readonly operands?: OpDefinition['operands'];
  readonly customCallTarget?: string;
}

export function groupOp({ name, doc, modeOf, infer, result, outside, combines, ...rest }: GroupOp): OpDefinition {
  function* steps(c: StepContext): Steps {
    const me = c.process.number;
    const groups = groupsOn(attributesOf<CollectiveAttributes>(c), modeOf, c.process.grid);
    const members = groups.find((g) => g.includes(me));
    if (!members && outside) return outside(c);
    check(members !== undefined, () => `${showProcess(c.process)} is in none of the replica groups`);
    const brought = yield* meet(c, name, members);
    return result(c, { members, index: members.indexOf(me), brought });
  }
  return defineOp({
    name,
    doc,
    traits: ['collective'],
    operands: { min: 1 },
    regions: combines ? 1 : 0,
    stablehlo: [`stablehlo.${name.replaceAll('-', '_')}`],
    hlo: [name],
    ...rest,
    infer: (c) => {
      checkGroups(attributesOf<CollectiveAttributes>(c).replicaGroups ?? []);
      return infer(c);
    },
    ...inSteps(steps),
    onGrid: (a, grid) => {
      const replicaGroups = groupsOn(a as CollectiveAttributes, modeOf, grid);
      return { ...a, mode: 'flattened', replicaGroups, processes: processCount(grid) };
    },
  });
}

function checkGroups(groups: readonly (readonly number[])[]): void {
  const ids = groups.flat();
  check(new Set(ids).size === ids.length, () => {
    const twice = ids.find((id, k) => ids.indexOf(id) !== k);
    return `the replica groups name ${twice} twice`;
  });
}
