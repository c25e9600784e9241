/** How the right side of a rule makes instructions: by canonical op names, with result types inferred and checked. */
import {
  type Attributes,
  Computation,
  ELEMENT,
  type ElementType,
  type Instruction,
  Literal,
  type Location,
  type Opcode,
  OpError,
  type OpRegistry,
  type StructureKind,
  type TensorType,
  tensorType,
  type Value,
  type ValueType,
} from '../hlo/index.js';
import { wideType } from '../hlo/numeric/wide.js';
import type { MatchValue } from './guard.js';
import { literalOf, literalOfList } from './literals.js';
import { matchValue } from './match.js';
import { copyBody } from './passes/inline.js';

export interface OpParts {
  readonly called?: readonly Computation[];
  /** Result types, for ops whose operands do not determine them (reshape, iota, convert …). */
  readonly type?: ValueType | readonly ValueType[];
}

export class Builder {
  readonly made: Instruction[] = [];
  private readonly constantOp: Opcode;

  constructor(
    readonly ops: OpRegistry,
    private readonly into: Computation,
    /** The instruction being replaced. */
    readonly root: Instruction,
    private readonly location: Location | undefined = root.location,
  ) {
    this.constantOp = constantOpcode(ops);
  }

  /** As for guards. */
  readonly match: MatchValue = (pattern, v) => matchValue(pattern, v, this.ops);

  /** The type of the root's only result. */
  get type(): TensorType {
    return this.root.result.tensorType;
  }

  /** The attributes of the root. */
  get attributes(): Attributes {
    return this.root.attributes;
  }

  /** The only result of a new instruction. */
  op(name: string, operands: readonly Value[], attributes: Attributes = {}, parts: OpParts = {}): Value {
    return this.instruction(name, operands, attributes, parts).result;
  }

  /** All results of a new instruction. */
  results(
    name: string,
    operands: readonly Value[],
    attributes: Attributes = {},
    parts: OpParts = {},
  ): readonly Value[] {
    return this.instruction(name, operands, attributes, parts).results;
  }

  /** The root's op, attributes and called computations on other operands. */
  again(operands: readonly Value[], attributes: Attributes = this.attributes, type?: ValueType): Value {
    const { opcode, called } = this.root;
    return this.append(opcode, operands, attributes, called, type ? [type] : undefined).result;
  }

  /** The same of a root with any number of results, of these types. */
  againAll(
    operands: readonly Value[],
    types: readonly ValueType[],
    called: readonly Computation[] = this.root.called,
  ): readonly Value[] {
    const { opcode } = this.root;
    return this.append(opcode, operands, this.attributes, called, types).results;
  }

  /** What a computation gives for these arguments, its instructions copied here. */
  inline(body: Computation, args: readonly Value[]): readonly Value[] {
    return copyBody(body, this.into, args, this.ops, (copy) => this.made.push(copy));
  }

  /** A computation to call, of parameters of these types. */
  computation(
    name: string,
    types: readonly TensorType[],
    body: (build: Builder, parameters: readonly Value[]) => readonly Value[],
  ): Computation {
    const c = new Computation(name);
    const parameters = types.map((t) => c.addParameter(parameterOpcode(this.ops), t));
    c.setResults(body(new Builder(this.ops, c, this.root), parameters));
    return c;
  }

  /** A computation that applies an op to two scalars of a type: a reducer. */
  reducer(name: string, element: ElementType): Computation {
    const type = tensorType(element);
    return this.computation(name, [type, type], (build, operands) => [build.op(name, operands)]);
  }

  /**
   * What a computation on scalars gives at every index of arguments of equal shape. Floats narrower than f32 are
   * computed in f32 where `wide`: the arguments then have that type, and so have the results.
   * @throws OpError where an op of the computation is not elementwise
   */
  lift(body: Computation, args: readonly Value[], wide = false): readonly Value[] {
    const copies = new Map<Value, Value>(body.parameters.map((p, k) => [p.result, args[k]!]));
    const { dims } = args[0]!.tensorType;
    const typeOf = ({ element }: TensorType) => tensorType(wide ? wideType(element, 'wide') : element, dims);
    for (const i of body.topological()) {
      const kind = this.ops.kind(i);
      if (kind === 'parameter') continue;
      const type = i.result.tensorType;
      if (kind === 'constant') {
        const splat = this.constant(Literal.splat({ ...type, dims }, (i.attributes.value as Literal).scalar()));
        copies.set(i.result, this.as(splat, typeOf(type).element));
      } else {
        if (!this.isPerElement(i)) throw new OpError(`${i.opcode} in a computation on scalars is not elementwise`);
        const operands = i.operands.map((v) => copies.get(v)!);
        copies.set(i.result, this.append(i.opcode, operands, i.attributes, i.called, [typeOf(type)]).result);
      }
    }
    return body.results.map((v) => copies.get(v)!);
  }

  /** Of a computation on scalars: does the instruction give element i of a tensor from element i of tensors? */
  private isPerElement(i: Instruction): boolean {
    if (this.ops.has(i, 'elementwise')) return true;
    const bits = (v: Value) => ELEMENT[v.tensorType.element].bits;
    return this.ops.has(i, 'same-bits') && bits(i.operands[0]!) === bits(i.result);
  }

  /** The value, converted where it has another element type. */
  as(v: Value, element: ElementType): Value {
    const type = v.tensorType;
    return type.element === element ? v : this.op('convert', [v], {}, { type: { ...type, element } });
  }

  /** `n` everywhere. */
  fill(type: TensorType, n: number): Value {
    return this.constant(literalOf(type, n));
  }

  constant(value: Literal): Value {
    return this.append(this.constantOp, [], { value }, [], undefined).result;
  }

  /** The elements of a list as a constant vector or, with `dims`, tensor. */
  list(type: TensorType, values: readonly number[]): Value {
    return this.constant(literalOfList(type, values));
  }

  private instruction(name: string, operands: readonly Value[], attributes: Attributes, parts: OpParts): Instruction {
    const opcode = this.ops.opcode(name);
    if (!this.ops.find(opcode))
      throw new OpError(`the right side uses op '${name}', which the rule set does not define`);
    const { type, called = [] } = parts;
    const declared = type === undefined ? undefined : 'kind' in type ? [type] : type;
    return this.append(opcode, operands, attributes, called, declared);
  }

  private append(
    opcode: Opcode,
    operands: readonly Value[],
    attributes: Attributes,
    called: readonly Computation[],
    declared: readonly ValueType[] | undefined,
  ): Instruction {
    const { location } = this;
    const parts = { operands, attributes, called, location, ...(declared ? { declared } : {}) };
    const made = this.ops.build(this.into, opcode, parts);
    this.made.push(made);
    return made;
  }
}

const opcodesByKind = new WeakMap<OpRegistry, Map<StructureKind, Opcode>>();

/** The opcode of the op whose structure kind is `constant`, or `parameter`. */
function opcodeOfKind(ops: OpRegistry, kind: 'constant' | 'parameter'): Opcode {
  let known = opcodesByKind.get(ops);
  if (!known) opcodesByKind.set(ops, (known = new Map()));
  let opcode = known.get(kind);
  if (opcode === undefined) {
    const d = ops.definitions.find((o) => o.kind === kind);
    if (!d) throw new OpError(`the registry has no op of kind ${kind}`);
    opcode = ops.opcode(d.name);
    known.set(kind, opcode);
  }
  return opcode;
}

export const constantOpcode = (ops: OpRegistry): Opcode => opcodeOfKind(ops, 'constant');
const parameterOpcode = (ops: OpRegistry): Opcode => opcodeOfKind(ops, 'parameter');
