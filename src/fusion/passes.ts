/**
 * The passes of a row pipeline: in which order a row's reductions and stores happen, and which loops they share.
 *
 * A reduction whose input needs another's result comes in a later pass; reductions and stores of one depth over equal
 * columns share a loop. Values that several passes need and that cost something are kept in a row buffer.
 */
import type { Instruction, Value } from '../hlo/index.js';
import type { IndexExpr } from '../rules/index/index.js';
import type { RuleSet } from '../rules/index.js';
import { indexKey, isInside, readsAt, valueKey } from './accesses.js';
import { costOf } from './facts.js';
import type { Group } from './group.js';
import type { RowReduce, RowsSpace, SpaceVar } from './space.js';

export interface Pass {
  readonly columns: readonly SpaceVar[];
  readonly reduces: readonly { readonly instruction: Instruction; readonly reduce: RowReduce }[];
  /** Stored once a column. */
  readonly outputs: readonly Value[];
}

export interface Kept {
  readonly value: Value;
  readonly at: readonly IndexExpr[];
  /** Passes that compute (the first) and read (the others) it. */
  readonly passes: readonly number[];
}

interface Request {
  readonly value: Value;
  readonly at: readonly IndexExpr[];
}

const columnsKey = (columns: readonly SpaceVar[]): string => columns.map((c) => c.name).join();

export class RowPasses {
  readonly passes: Pass[] = [];
  private readonly depths = new Map<Instruction, number>();

  constructor(
    private readonly rules: RuleSet,
    private readonly g: Group,
    private readonly space: RowsSpace,
  ) {
    const slots = new Map<
      string,
      { depth: number; columns: readonly SpaceVar[]; reduces: Instruction[]; outputs: Value[] }
    >();
    const slot = (depth: number, columns: readonly SpaceVar[]) => {
      const key = `${String(depth).padStart(4, '0')} ${columnsKey(columns)}`;
      let s = slots.get(key);
      if (!s) slots.set(key, (s = { depth, columns, reduces: [], outputs: [] }));
      return s;
    };
    for (const [i, r] of space.reduces) slot(this.depthOf(i), r.columns).reduces.push(i);
    for (const [v, o] of space.outputs) {
      if (o.columns.length > 0) slot(this.depthOfRequests([{ value: v, at: o.at }]), o.columns).outputs.push(v);
    }
    for (const key of [...slots.keys()].sort()) {
      const s = slots.get(key)!;
      const reduces = s.reduces.map((instruction) => ({ instruction, reduce: space.reduces.get(instruction)! }));
      this.passes.push({ columns: s.columns, reduces, outputs: s.outputs });
    }
  }

  /** Number of reductions, one after the other, before this one. */
  private depthOf(i: Instruction): number {
    let depth = this.depths.get(i);
    if (depth === undefined) {
      depth = this.depthOfRequests(this.requestsOf(i, this.space.reduces.get(i)!));
      this.depths.set(i, depth);
    }
    return depth;
  }

  private requestsOf(i: Instruction, r: RowReduce): Request[] {
    return [
      ...r.role.inputs.map((k) => ({ value: i.operands[k]!, at: r.inputAt })),
      ...[...r.role.inits, ...r.role.captures].map((k) => ({ value: i.operands[k]!, at: [] })),
    ];
  }

  private depthOfRequests(requests: readonly Request[]): number {
    let depth = 0;
    for (const { value } of this.needed(requests).values()) {
      if (this.space.reduces.has(value.producer)) depth = Math.max(depth, this.depthOf(value.producer) + 1);
    }
    return depth;
  }

  /** Everything computed inside the kernel for these requests, reductions not entered. */
  private needed(requests: readonly Request[]): Map<string, Request> {
    const seen = new Map<string, Request>();
    const stack = [...requests];
    for (let r = stack.pop(); r; r = stack.pop()) {
      const key = `${valueKey(r.value)}@${indexKey(r.at)}`;
      if (seen.has(key) || !this.g.members.has(r.value.producer)) continue;
      seen.set(key, r);
      if (!this.space.reduces.has(r.value.producer)) stack.push(...readsAt(this.rules, r.value.producer, r.at));
    }
    return seen;
  }

  /** Values worth a row buffer: needed at the same columns by several passes, each computation costing `cost` or more. */
  kept(cost: number): Kept[] {
    const uses = new Map<string, { request: Request; passes: number[] }>();
    this.passes.forEach((pass, k) => {
      const requests = [
        ...pass.reduces.flatMap((r) => this.requestsOf(r.instruction, r.reduce)),
        ...pass.outputs.map((v) => ({ value: v, at: this.space.outputs.get(v)!.at })),
      ];
      for (const [key, request] of this.needed(requests)) {
        if (this.space.reduces.has(request.value.producer)) continue;
        const use = uses.get(key);
        if (use) use.passes.push(k);
        else uses.set(key, { request, passes: [k] });
      }
    });
    const found: Kept[] = [];
    for (const { request, passes } of uses.values()) {
      const sameColumns = passes.filter(
        (k) => columnsKey(this.passes[k]!.columns) === columnsKey(this.passes[passes[0]!]!.columns),
      );
      const { dims } = request.value.tensorType;
      // In a first pass it is computed outside the choices that may surround it.
      if (!isInside(request.at, dims) || sameColumns.length < 2 || costOf(this.rules, request.value.producer) < cost)
        continue;
      found.push({ value: request.value, at: request.at, passes: sameColumns });
    }
    return found;
  }
}
