/** A kernel in the making: its members, the space it runs over, and every index at which it reads a value. */
import type { Instruction, Value } from '../hlo/index.js';
import { type IndexExpr, variablesOf } from '../rules/index/index.js';
import type { RuleSet } from '../rules/index.js';
import { indexKey, readsAt, readsOf } from './accesses.js';
import { mapIndex, type Space, scanAt, varsOf, wholeIndex } from './space.js';

/** Distinct indices at which a value is read. */
export type Indices = Map<string, readonly IndexExpr[]>;

export interface Update {
  readonly target: Value;
  readonly window: readonly number[];
  readonly at: readonly IndexExpr[];
}

export class Group {
  /** In the order of joining: every member before what it reads. */
  readonly members = new Set<Instruction>();
  /** Values that other kernels or the program's results read. */
  readonly outputs = new Set<Value>();
  accesses = new Map<Value, Indices>();
  /** Of a result that is an operand with a window changed: the operand, and where the running point is in it. */
  readonly updates = new Map<Value, Update>();
  /** Results whose buffer is that of a value which the kernel reads, each element before it is overwritten. */
  readonly inPlace = new Map<Value, Value>();
  /** How each member came to be here, for `explain`. */
  readonly reasons: string[] = [];

  constructor(
    readonly id: number,
    private readonly rules: RuleSet,
    public space: Space,
  ) {}

  get template(): Space['kind'] {
    return this.space.kind;
  }

  indicesOf(v: Value): readonly (readonly IndexExpr[])[] {
    return [...(this.accesses.get(v)?.values() ?? [])];
  }

  /** The index at which a result of the kernel is stored. */
  outputIndex(v: Value): readonly IndexExpr[] | undefined {
    switch (this.space.kind) {
      case 'map':
        return this.updates.get(v)?.at ?? mapIndex(this.space, v.tensorType.dims);
      case 'rows':
        return this.space.outputs.get(v)?.at;
      case 'contraction':
      case 'scan':
        return this.space.outputs.get(v);
      default:
        return wholeIndex(v.tensorType.dims);
    }
  }

  private access(v: Value, at: readonly IndexExpr[]): void {
    let known = this.accesses.get(v);
    if (!known) {
      known = new Map();
      this.accesses.set(v, known);
    }
    known.set(indexKey(at), at);
  }

  /** `v`, a result of a member or of one about to join, is stored. */
  addOutput(v: Value): void {
    this.outputs.add(v);
    this.accessOutput(v);
  }

  private accessOutput(v: Value): void {
    const at = this.outputIndex(v)!;
    this.access(v, at);
    for (const r of readsOf(at)) this.access(r.value, r.at);
  }

  add(i: Instruction): void {
    this.members.add(i);
    this.follow(i);
  }

  /** Records what a member reads at the indices at which it is read. */
  private follow(i: Instruction): void {
    if (this.space.kind === 'rows') {
      const reduce = this.space.reduces.get(i);
      if (reduce) {
        for (const k of reduce.role.inputs) this.access(i.operands[k]!, reduce.inputAt);
        for (const k of [...reduce.role.inits, ...reduce.role.captures]) this.access(i.operands[k]!, []);
        return;
      }
    }
    if (this.space.kind === 'contraction' && this.space.product === i) {
      const { lhs, rhs } = this.space.role;
      this.access(i.operands[lhs.operand]!, lhs.at);
      this.access(i.operands[rhs.operand]!, rhs.at);
      return;
    }
    if (this.space.kind === 'scan' && this.space.scan === i) {
      for (const k of this.space.role.inputs) this.access(i.operands[k]!, scanAt(this.space));
      for (const k of [...this.space.role.inits, ...this.space.role.captures]) this.access(i.operands[k]!, []);
      return;
    }
    if ('instruction' in this.space && this.space.instruction === i) {
      for (const v of i.operands) this.access(v, wholeIndex(v.tensorType.dims));
      return;
    }
    for (const at of this.indicesOf(i.result)) {
      for (const r of readsAt(this.rules, i, at)) this.access(r.value, r.at);
    }
  }

  /** After the space has changed: every index anew, from the results inwards. */
  retrace(): void {
    this.accesses = new Map();
    for (const v of this.outputs) this.accessOutput(v);
    for (const i of this.members) this.follow(i);
  }

  /** How often the elements of `v` are computed here, hoisted out of the loops that do not change the index. */
  evaluations(v: Value): number {
    const vars = varsOf(this.space);
    let total = 0;
    for (const at of this.indicesOf(v)) {
      const used = variablesOf(...at);
      const innermost = vars.findLastIndex((x) => used.has(x.name));
      total += vars.slice(0, innermost + 1).reduce((n, x) => n * x.extent, 1);
    }
    return total;
  }
}
