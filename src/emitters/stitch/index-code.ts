/**
 * Index expressions → loop IR.
 *
 * Each variable of an expression stands for an axis of the running loops: a one-lane index value, and for the axis
 * that is vectorised a number of lanes (lane l is the value plus l).
 */
import {
  type Atom,
  coefficientOf,
  dependsOn,
  type IndexExpr,
  type IndexSource,
  type Predicate,
  range,
} from '../../rules/index/index.js';
import type { KernelBuilder } from '../loop/builder.js';
import { INDEX, type LoopType, type ValueId } from '../loop/ir.js';

export interface Axis {
  /** One-lane index: the axis' position, of lane 0 where it is vectorised. */
  readonly value: ValueId;
  readonly lanes: number;
}

/** Reads an integer operand for `read` atoms: the element at `at`, any integer type. */
export type ReadSource = (source: IndexSource, at: readonly IndexExpr[]) => ValueId;

export class IndexCode {
  private readonly axes = new Map<string, Axis>();
  private vectorName: string | undefined;

  constructor(
    private readonly builder: KernelBuilder,
    private readonly readSource: ReadSource,
  ) {}

  /** Runs `body` with variables bound to loops; at most one of all bound axes has several lanes. */
  with<T>(axes: ReadonlyMap<string, Axis>, body: () => T): T {
    const vector = this.vectorName;
    const shadowed = [...axes.keys()].map((name) => [name, this.axes.get(name)] as const);
    for (const [name, axis] of axes) {
      this.axes.set(name, axis);
      if (axis.lanes > 1) this.vectorName = name;
    }
    try {
      return body();
    } finally {
      this.vectorName = vector;
      for (const [name, axis] of shadowed) {
        if (axis) this.axes.set(name, axis);
        else this.axes.delete(name);
      }
    }
  }

  /** Name and lanes of the vectorised axis. */
  get vector(): { readonly name: string; readonly lanes: number } | undefined {
    return this.vectorName === undefined
      ? undefined
      : { name: this.vectorName, lanes: this.axes.get(this.vectorName)!.lanes };
  }

  varies(e: IndexExpr): boolean {
    return this.vectorName !== undefined && dependsOn(e, this.vectorName);
  }

  /** Step of the expression from lane to lane: 0 where it does not vary, undefined where it is no constant. */
  strideOf(e: IndexExpr): number | undefined {
    return this.vectorName === undefined ? 0 : coefficientOf(e, this.vectorName);
  }

  /** The expression at lane 0. */
  scalar(e: IndexExpr): ValueId {
    return this.sum(e, INDEX);
  }

  /** The expression in every lane, as s32 where its values fit, else s64. */
  lanes(e: IndexExpr, lanes: number): ValueId {
    const { min, max } = range(e);
    const element = min >= -0x80000000 && max <= 0x7fffffff && fitsWithin(e) ? 's32' : 's64';
    return this.sum(e, { element, lanes });
  }

  private sum(e: IndexExpr, type: LoopType): ValueId {
    const b = this.builder;
    let total: ValueId | undefined;
    for (const { coefficient, atom } of e.terms) {
      const value = this.atom(atom, type);
      const term = coefficient === 1 ? value : b.binary('mul', value, b.constant(type, coefficient));
      total = total === undefined ? term : b.binary('add', total, term);
    }
    if (total === undefined) return b.constant(type, e.constant);
    return e.constant === 0 ? total : b.binary('add', total, b.constant(type, e.constant));
  }

  /** A one-lane index in the wanted type: converted, spread. */
  private adapt(v: ValueId, type: LoopType): ValueId {
    return this.builder.splat(this.builder.convert(v, type.element), type.lanes);
  }

  private atom(a: Atom, type: LoopType): ValueId {
    const b = this.builder;
    switch (a.kind) {
      case 'var': {
        const axis = this.axes.get(a.name);
        if (!axis) throw new Error(`stitching: no loop is bound to the index variable ${a.name}`);
        const base = this.adapt(axis.value, type);
        return axis.lanes > 1 && type.lanes > 1 ? b.binary('add', base, b.lanes(type)) : base;
      }
      case 'div':
      case 'mod':
        return this.quotient(a, type);
      case 'read': {
        const value = this.adapt(this.readSource(a.source, a.at), { element: 's64', lanes: type.lanes });
        const s64 = b.typeOf(value);
        const low = b.binary('max', value, b.constant(s64, a.min));
        return b.convert(b.binary('min', low, b.constant(s64, a.max)), type.element);
      }
    }
  }

  /** Floor division and remainder by a positive constant. */
  private quotient(a: Extract<Atom, { kind: 'div' | 'mod' }>, type: LoopType): ValueId {
    const b = this.builder;
    const { min } = range(a.of);
    // Shifting by a multiple of the divisor makes the dividend non-negative, where truncation is floor.
    const shift = min < 0 ? Math.ceil(-min / a.by) : 0;
    const unshifted =
      this.varies(a.of) || type.lanes === 1 ? this.sum(a.of, type) : this.adapt(this.sum(a.of, INDEX), type);
    const of = shift === 0 ? unshifted : b.binary('add', unshifted, b.constant(type, shift * a.by));
    const by = b.constant(type, a.by);
    const power = Number.isInteger(Math.log2(a.by)) ? Math.log2(a.by) : undefined;
    if (a.kind === 'mod') {
      return power === undefined ? b.binary('rem', of, by) : b.binary('and', of, b.constant(type, a.by - 1));
    }
    const q = power === undefined ? b.binary('div', of, by) : b.binary('shrl', of, b.constant(type, power));
    return shift === 0 ? q : b.binary('sub', q, b.constant(type, shift));
  }

  /** Whether the predicate holds, in one lane where it does not vary with the vectorised axis. */
  predicate(p: Predicate): ValueId {
    const b = this.builder;
    let all: ValueId | undefined;
    for (const { expr, min, max } of p) {
      const r = range(expr);
      const value = this.varies(expr) ? this.lanes(expr, this.vector!.lanes) : this.scalar(expr);
      const type = b.typeOf(value);
      const tests: ValueId[] = [];
      if (r.min < min) tests.push(b.compare('ge', value, b.constant(type, min)));
      if (r.max > max) tests.push(b.compare('le', value, b.constant(type, max)));
      for (const t of tests) all = all === undefined ? t : this.both(all, t);
    }
    return all ?? b.constant({ element: 'pred', lanes: 1 }, 1);
  }

  both(p: ValueId, q: ValueId): ValueId {
    const b = this.builder;
    const lanes = Math.max(b.typeOf(p).lanes, b.typeOf(q).lanes);
    return b.binary('and', b.splat(p, lanes), b.splat(q, lanes));
  }
}

/** Whether every part of the expression stays within 32 bits, not only its value. */
function fitsWithin(e: IndexExpr): boolean {
  let magnitude = Math.abs(e.constant);
  for (const { coefficient, atom } of e.terms) {
    const inner =
      atom.kind === 'var'
        ? atom.extent
        : atom.kind === 'read'
          ? Math.max(Math.abs(atom.min), Math.abs(atom.max))
          : Math.max(Math.abs(range(atom.of).min), Math.abs(range(atom.of).max)) + atom.by;
    if ((atom.kind === 'div' || atom.kind === 'mod') && !fitsWithin(atom.of)) return false;
    magnitude += Math.abs(coefficient) * inner;
  }
  return magnitude <= 0x7fffffff;
}
