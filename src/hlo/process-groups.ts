/**
 * The processes of a program that runs on several devices, and the groups in which they meet.
 *
 * A grid of replicas × partitions (StableHLO specification, "Parallel execution"). Processes are numbered: process
 * (replica, partition) is number replica · partitions + partition, which is also its flattened id.
 */

import type { Attributes } from './attributes.js';

export interface Grid {
  readonly replicas: number;
  readonly partitions: number;
}

export const ONE_DEVICE: Grid = { replicas: 1, partitions: 1 };

/** One process of a grid. */
export interface Process {
  readonly grid: Grid;
  readonly number: number;
}

/** A program that runs by itself. */
export const ALONE: Process = { grid: ONE_DEVICE, number: 0 };

/** How the ids in `replica_groups` are meant. */
export type GroupMode = 'cross-replica' | 'cross-partition' | 'cross-replica-and-partition' | 'flattened';

export const processCount = ({ replicas, partitions }: Grid): number => replicas * partitions;

export const replicaOf = ({ grid, number }: Process): number => Math.floor(number / grid.partitions);
export const partitionOf = ({ grid, number }: Process): number => number % grid.partitions;

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** How many different ids there are in a mode. */
const idsIn = (mode: GroupMode, grid: Grid): number => {
  if (mode === 'cross-partition') return grid.partitions;
  return mode === 'flattened' ? processCount(grid) : grid.replicas;
};

const MEANT: Readonly<Record<GroupMode, string>> = {
  'cross-replica': 'replica',
  'cross-partition': 'partition',
  'cross-replica-and-partition': 'replica',
  flattened: 'device',
};

/** A sentence on ids that no process has; undefined where all exist. */
export function foreignId(mode: GroupMode, groups: readonly (readonly number[])[], grid: Grid): string | undefined {
  const most = idsIn(mode, grid);
  const id = groups.flat().find((k) => k >= most);
  if (id === undefined) return undefined;
  const shown = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  return (
    `${MEANT[mode]} ${id} is named, but the program runs on ` +
    `${shown(grid.replicas, 'replica')} and ${shown(grid.partitions, 'partition')}`
  );
}

/** The groups of process numbers that `groups` stands for; no groups at all stand for one of everybody. */
export function processGroups(mode: GroupMode, groups: readonly (readonly number[])[], grid: Grid): number[][] {
  const { replicas, partitions } = grid;
  const all = groups.length > 0 ? groups.map((g) => g.filter((id) => id >= 0)) : [range(idsIn(mode, grid))];
  switch (mode) {
    case 'flattened':
      return all;
    case 'cross-replica':
      return all.flatMap((g) => range(partitions).map((p) => g.map((r) => r * partitions + p)));
    case 'cross-partition':
      return all.flatMap((g) => range(replicas).map((r) => g.map((p) => r * partitions + p)));
    case 'cross-replica-and-partition':
      return all.map((g) => range(partitions).flatMap((p) => g.map((r) => r * partitions + p)));
  }
}

/** `replica 1, partition 0`; of one of several replicas or partitions alone, that alone. */
export function showProcess(process: Process): string {
  const { replicas, partitions } = process.grid;
  const replica = `replica ${replicaOf(process)}`;
  const partition = `partition ${partitionOf(process)}`;
  if (partitions === 1) return replica;
  return replicas === 1 ? partition : `${replica}, ${partition}`;
}

/** Processes that pairs connect with this one: none of them can go on before all have come. */
export function connectedTo(me: number, pairs: readonly (readonly number[])[]): number[] {
  const found = new Set([me]);
  for (const one of found) for (const pair of pairs) if (pair.includes(one)) for (const other of pair) found.add(other);
  return [...found].sort((a, b) => a - b);
}

/** The processes that meet in an exchange in which `sources` says who gives to each. */
export const exchangeMembers = (sources: readonly (readonly number[])[], me: number): number[] =>
  connectedTo(
    me,
    sources.flatMap((row, to) => row.filter((from) => from >= 0).map((from) => [from, to])),
  );

/** The grid that a module's attributes name. */
export function declaredGrid(attributes: Attributes): Grid {
  const count = (name: string): number => {
    const v = attributes[name];
    const n = typeof v === 'object' && v !== null && 'value' in v ? v.value : v;
    return typeof n === 'number' && Number.isInteger(n) && n > 0 ? n : 1;
  };
  return { replicas: count('mhlo.num_replicas'), partitions: count('mhlo.num_partitions') };
}
