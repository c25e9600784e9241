/** Emission rules run by hand: an op's access or contraction evaluated element by element, beside its reference. */

import { EMIT_RULES } from '../../../rules-db/emit/index.js';
import {
  type Attributes,
  allocate,
  elementCount,
  OpRegistry,
  type Tensor,
  type TensorType,
  tensor,
} from '../../../src/hlo/index.js';
import { OPS } from '../../../src/hlo/ops/index.js';
import { decide, evaluate, type IndexExpr, type IndexSource, range, variable } from '../../../src/rules/index/index.js';
import type { Access, ContractionOperand, ContractionRole, IndexView, Predicate } from '../../../src/rules/index.js';

const registry = new OpRegistry(OPS);
const unused = () => {
  throw new Error('this op calls nothing');
};

export interface Case {
  readonly op: string;
  readonly operands: readonly Tensor[];
  readonly attributes: Attributes;
  /** Where the operands do not determine it. */
  readonly result?: TensorType;
}

export const ruleOf = (op: string) => EMIT_RULES.find((r) => r.op === op)!;

function typesOf(c: Case): readonly TensorType[] {
  return registry.inferTypes(registry.opcode(c.op), {
    operands: c.operands.map((t) => t.type),
    attributes: c.attributes,
    called: [],
    declared: c.result ? [c.result] : undefined,
  }) as readonly TensorType[];
}

/** What the interpreter gives. */
export function reference(c: Case): Tensor {
  const definition = registry.get(registry.opcode(c.op));
  const { operands, attributes } = c;
  return definition.evaluate({
    operands,
    attributes,
    called: [],
    results: typesOf(c),
    run: unused,
    region: unused,
  })[0] as Tensor;
}

const operandOf = (source: IndexSource): number => Number(source.key.slice('operand'.length));

class Reader {
  constructor(
    private readonly c: Case,
    private readonly variables: (name: string) => number,
  ) {}

  value(e: IndexExpr): number {
    const v = evaluate(e, this.variables, (source, at) => this.element(operandOf(source), at));
    const { min, max } = range(e);
    if (v < min || v > max) throw new Error(`${e.key} is ${v}, outside ${min} … ${max}`);
    return v;
  }

  holds(p: Predicate): boolean {
    const all = p.every((b) => this.value(b.expr) >= b.min && this.value(b.expr) <= b.max);
    if (decide(p) !== undefined && decide(p) !== all) throw new Error('a predicate was decided wrongly');
    return all;
  }

  element(operand: number, at: readonly number[]): number {
    const { type, data } = this.c.operands[operand]!;
    let offset = 0;
    type.dims.forEach((n, d) => {
      const i = at[d]!;
      if (i < 0 || i >= n) throw new Error(`operand ${operand} of ${type.dims} is read at ${at}`);
      offset = offset * n + i;
    });
    return Number(data[offset]);
  }

  access(a: Access): number {
    if (a.kind === 'position') return this.value(a.value);
    if (a.kind === 'choose') return this.access(this.holds(a.when) ? a.then : a.else);
    return this.element(
      a.operand,
      a.at.map((e) => this.value(e)),
    );
  }

  factor(o: ContractionOperand): number {
    return this.holds(o.when)
      ? this.element(
          o.operand,
          o.at.map((e) => this.value(e)),
        )
      : 0;
  }
}

const digits = (n: number, extents: readonly number[]): number[] => {
  const at = new Array<number>(extents.length);
  for (let d = extents.length - 1, rest = n; d >= 0; d--) {
    at[d] = rest % extents[d]!;
    rest = Math.floor(rest / extents[d]!);
  }
  return at;
};

const viewOf = (c: Case): IndexView => ({
  operands: c.operands.map((t) => t.type),
  results: typesOf(c),
  attributes: c.attributes,
  source: (k) => ({ key: `operand${k}` }),
});

/** Every element of the result as the op's index rule says. */
export function byAccess(c: Case): Tensor {
  const [type] = typesOf(c);
  const out = allocate(type!);
  const { dims } = type!;
  const access = ruleOf(c.op).index!(
    dims.map((n, d) => variable(`i${d}`, n)),
    viewOf(c),
  );
  for (let n = 0; n < elementCount(dims); n++) {
    const at = digits(n, dims);
    out.data[n] = new Reader(c, (name) => at[Number(name.slice(1))]!).access(access) as never;
  }
  return out;
}

/** The sum over the whole iteration space, as the op's contraction role says. */
export function byContraction(c: Case): { result: Tensor; role: ContractionRole } {
  const role = ruleOf(c.op).role!({ ...viewOf(c), called: [], match: () => undefined, reducer: () => undefined });
  if (role.template !== 'contraction') throw new Error('expected a contraction');
  const [type] = typesOf(c);
  const result = allocate(type!);
  const extents = role.dims.map((d) => d.extent);
  for (let n = 0; n < elementCount(extents); n++) {
    const at = digits(n, extents);
    const reader = new Reader(c, (name) => at[role.dims.findIndex((d) => d.name === name)]!);
    const to = role.out.reduce((offset, e, d) => offset * type!.dims[d]! + reader.value(e), 0);
    result.data[to] = (Number(result.data[to]) + reader.factor(role.lhs) * reader.factor(role.rhs)) as never;
  }
  return { result, role };
}

/** s32 elements that differ from one to the next. */
export function numbered(dims: readonly number[], from = 1): Tensor {
  return tensor(
    's32',
    dims,
    Int32Array.from({ length: elementCount(dims) }, (_, k) => from + ((k * 7) % 101)),
  );
}

export const integers = (dims: readonly number[], values: readonly number[]): Tensor =>
  tensor('s32', dims, Int32Array.from(values));
