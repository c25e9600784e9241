/** Names of values while a graph is built, and what regions capture of the scopes around them. */
import type { Computation, Opcode, Value } from '../graph.js';
import type { ValueType } from '../types.js';

/** What a name stands for: a value, or the elements of a tuple. */
export type Bound = Value | readonly Bound[];

export const flatten = (b: Bound): Value[] => (Array.isArray(b) ? b.flatMap(flatten) : [b as Value]);
export const mapBound = (b: Bound, f: (v: Value) => Value): Bound =>
  Array.isArray(b) ? b.map((e: Bound) => mapBound(e, f)) : f(b as Value);
export const boundType = (b: Bound): ValueType =>
  Array.isArray(b) ? { kind: 'tuple', elements: b.map(boundType) } : (b as Value).type;

export class Scope {
  readonly names = new Map<string, readonly Bound[]>();
  /** The parameters that stand for captured values here, in the order of `captures`. */
  private readonly stand: Value[] = [];

  /** The regions of one operation share `captures`, values of the scope around it, and their places in it. */
  constructor(
    readonly computation: Computation,
    private readonly outer?: Scope,
    private readonly captures: Value[] = [],
    private readonly places: Map<Value, number> = new Map(),
  ) {}

  /** The results of that name, and the scope that defines it. */
  find(name: string): { bound: readonly Bound[]; owner: Scope } | undefined {
    for (let s: Scope | undefined = this; s; s = s.outer) {
      const bound = s.names.get(name);
      if (bound) return { bound, owner: s };
    }
    return undefined;
  }

  /** What stands here for a value of `owner`, a scope around this one. */
  capture(bound: Bound, owner: Scope, parameter: Opcode): Bound {
    if (owner === this) return bound;
    const path: Scope[] = [];
    for (let s: Scope = this; s !== owner; s = s.outer!) path.push(s);
    return path.reduceRight((b, s) => mapBound(b, (v) => s.standFor(v, parameter)), bound);
  }

  private standFor(v: Value, parameter: Opcode): Value {
    let place = this.places.get(v);
    if (place === undefined) {
      place = this.captures.push(v) - 1;
      this.places.set(v, place);
    }
    this.addParameters(place + 1, parameter);
    return this.stand[place]!;
  }

  /** Parameters for all that this operation's regions capture. */
  parametersOfCaptures(parameter: Opcode): readonly Value[] {
    this.addParameters(this.captures.length, parameter);
    return this.stand;
  }

  private addParameters(count: number, parameter: Opcode): void {
    while (this.stand.length < count) {
      this.stand.push(this.computation.addParameter(parameter, this.captures[this.stand.length]!.type));
    }
  }
}
