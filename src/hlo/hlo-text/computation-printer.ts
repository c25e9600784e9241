/** The instructions of one computation as lines of HLO text; several results become a tuple and its elements. */
import type { BroadcastAttributes, ConstantAttributes } from '../attributes.js';
import { layoutFor } from '../column-major.js';
import type { Computation, Instruction, Value } from '../graph.js';
import type { OpDefinition, OpRegistry } from '../registry.js';
import { elementCount, type TensorType, tensorType, type ValueType } from '../types.js';
import { compositeToHlo, foreignCallToHlo, ownCallToHlo, plainToHlo } from './call-text.js';
import { OWN_TARGET } from './custom-calls.js';
import { formOf } from './forms.js';
import { literalToHlo } from './literals.js';
import { type Names, type Style, styleOf } from './printer.js';
import { stringToHlo } from './scanner.js';
import { typeToHlo } from './shapes.js';
import { listToHlo } from './value-syntax.js';

const typesOf = (values: readonly Value[]): ValueType[] => values.map((v) => v.type);

/** The type of one value, the tuple of several or none. */
const together = (types: readonly ValueType[]): ValueType =>
  types.length === 1 ? types[0]! : { kind: 'tuple', elements: types };

export class ComputationPrinter {
  private readonly text: string[] = [];
  private readonly names = new Map<Value, string>();
  /** The value that is the result, where there is one. */
  private readonly root: Value | undefined;

  constructor(
    private readonly registry: OpRegistry,
    private readonly outer: Names,
    private readonly c: Computation,
  ) {
    this.root = c.results.length === 1 ? c.results[0] : undefined;
  }

  lines(style: Style): string[] {
    const { c } = this;
    this.parameters(style);
    const parameters = new Set(c.parameters);
    for (const i of c.topological()) if (!parameters.has(i)) this.instruction(i);
    if (!this.root) this.line('tuple', together(typesOf(c.results)), `tuple(${this.list(c.results)})`, true);
    return this.text;
  }

  private parameters(style: Style): void {
    const values = this.c.parameters.map((p) => p.result);
    if (style === 'several') {
      values.forEach((v, k) => {
        this.define(v, 'Arg', `parameter(${k})`);
      });
    } else {
      const tuple = this.line('arg_tuple', { kind: 'tuple', elements: typesOf(values) }, 'parameter(0)');
      this.elements(tuple, values);
    }
  }

  /** `name = shape what`; gives the name. */
  private line(op: string, type: ValueType | string, what: string, isRoot = false): string {
    const name = this.outer.instructionName(op);
    const shape = typeof type === 'string' ? type : typeToHlo(type);
    this.text.push(`${isRoot ? 'ROOT ' : ''}${name} = ${shape} ${what}`);
    return name;
  }

  private define(v: Value, op: string, what: string, type: ValueType | string = v.type): void {
    this.names.set(v, this.line(op, type, what, v === this.root));
  }

  /** Names the elements of a tuple that somebody reads. */
  private elements(tuple: string, values: readonly Value[]): void {
    values.forEach((v, k) => {
      if (v.users.size === 0 && !this.c.results.includes(v)) return;
      this.define(v, 'get-tuple-element', `get-tuple-element(${tuple}), index=${k}`);
    });
  }

  private nameOf(v: Value): string {
    const name = this.names.get(v);
    if (name === undefined) throw new Error(`${v.producer.opcode} uses a value of another computation`);
    return name;
  }

  private list = (values: readonly Value[]): string => values.map((v) => this.nameOf(v)).join(', ');

  /** The values as one operand. */
  private packed(values: readonly Value[]): string {
    if (values.length === 1) return this.nameOf(values[0]!);
    return this.line('tuple', together(typesOf(values)), `tuple(${this.list(values)})`);
  }

  private instruction(i: Instruction): void {
    const d = this.registry.get(i.opcode);
    const [op] = d.hlo;
    if (d.kind === 'constant') this.constant(i);
    else if (op === 'broadcast') this.broadcast(i);
    else if (op === 'send' || op === 'recv') this.transfer(i, op);
    else this.results(i, op ?? (d.kind === 'branch' ? 'conditional' : d.name), this.operation(i, d));
  }

  private results(i: Instruction, op: string, what: string): void {
    const note = i.location?.note;
    const text = note === undefined ? what : `${what}, metadata={op_name=${stringToHlo(note)}}`;
    // A foreign function may want its results laid out in its own way.
    const layouts = i.attributes.resultLayouts as readonly (readonly number[])[] | undefined;
    const { customCall: form } = this.registry.get(i.opcode);
    const own = form?.columnMajor !== undefined;
    const shapes = i.results.map((r, k) =>
      typeToHlo(r.type, own ? layoutFor(form, typesOf(i.operands), r.type) : layouts?.[k]),
    );
    if (i.results.length === 1) this.define(i.result, op, text, shapes[0]!);
    else this.elements(this.line(op, `(${shapes.join(', ')})`, text), i.results);
  }

  private called = (i: Instruction): string[] => i.called.map((c) => this.outer.nameOf(c, styleOf(i, this.registry)));

  /** `op(operands), attributes` */
  private operation(i: Instruction, d: OpDefinition): string {
    const [op] = d.hlo;
    const called = this.called(i);
    switch (d.kind) {
      case 'loop':
        return `${op}(${this.packed(i.operands)}), condition=${called[0]}, body=${called[1]}`;
      case 'branch':
        return this.branch(i, called);
      case 'call':
        return [
          `call(${this.list(i.operands)})`,
          `to_apply=${called[0]}`,
          ...(op === undefined ? compositeToHlo(i.attributes) : []),
        ].join(', ');
      case 'foreign':
        return foreignCallToHlo(i, this.list(i.operands), called);
      case 'barrier':
        if (i.results.length !== 1) return `${op}(${this.packed(i.operands)})`;
    }
    return this.ordinary(i, d, called);
  }

  private ordinary(i: Instruction, d: OpDefinition, called: readonly string[]): string {
    const [op] = d.hlo;
    const operands = this.list(i.operands);
    const form = op === undefined ? undefined : formOf(op);
    const plain = form || op === undefined ? undefined : plainToHlo(i.attributes);
    if (op === undefined || (!form && !plain)) {
      const target = this.registry.customCallTarget(i.opcode, typesOf(i.operands)) ?? `${OWN_TARGET}${d.name}`;
      return ownCallToHlo(i, d, target, operands, called);
    }
    const types = { operands: typesOf(i.operands), results: typesOf(i.results) };
    const attributes = form
      ? form.flatMap((item) => item.write(i.attributes, types) ?? []).concat(capturesOf(i))
      : plain!;
    return [`${op}(${operands})`, ...attributes, ...callees(op, called)].join(', ');
  }

  /** Each branch gets all that any of them needs. */
  private branch(i: Instruction, called: readonly string[]): string {
    const [selector, ...passed] = i.operands as [Value, ...Value[]];
    const operand = this.packed(passed);
    const operands = [this.nameOf(selector), ...called.map(() => operand)].join(', ');
    const binary = selector.type.kind === 'tensor' && selector.type.element === 'pred';
    return binary
      ? `conditional(${operands}), true_computation=${called[0]}, false_computation=${called[1]}`
      : `conditional(${operands}), branch_computations={${called.join(', ')}}`;
  }

  /** HLO has no constants of one value in every place: those are broadcast. */
  private constant(i: Instruction): void {
    const { value } = i.attributes as ConstantAttributes;
    const { type } = value;
    if (!value.isSplat || type.dims.length === 0 || elementCount(type.dims) === 1) {
      this.results(i, 'constant', `constant(${literalToHlo(value)})`);
      return;
    }
    const scalar = tensorType(type.element);
    const text = literalToHlo(value.scalarLiteral());
    const name = this.line('constant', scalar, `constant(${text})`);
    this.results(i, 'broadcast', `broadcast(${name}), dimensions={}`);
  }

  /** HLO does not repeat along dimensions of size 1: a reshape takes them away first. */
  private broadcast(i: Instruction): void {
    const { dimensions } = i.attributes as BroadcastAttributes;
    const from = i.operands[0]!.tensorType;
    const to = i.result.tensorType;
    const kept = from.dims.map((_, d) => d).filter((d) => from.dims[d] === to.dims[dimensions[d]!]);
    let operand = this.nameOf(i.operands[0]!);
    if (kept.length < from.dims.length) {
      const type: TensorType = tensorType(
        from.element,
        kept.map((d) => from.dims[d]!),
      );
      operand = this.line('reshape', type, `reshape(${operand})`);
    }
    this.results(i, 'broadcast', `broadcast(${operand}), dimensions=${listToHlo(kept.map((d) => dimensions[d]!))}`);
  }

  /** A transfer begins with (data, context, token) and is done later. */
  private transfer(i: Instruction, op: 'send' | 'recv'): void {
    const token: ValueType = { kind: 'token' };
    const data = op === 'send' ? i.operands.slice(0, -1) : i.results.slice(0, -1);
    const type: ValueType = { kind: 'tuple', elements: [together(typesOf(data)), tensorType('u32'), token] };
    const given = op === 'send' ? [this.packed(data), this.nameOf(i.operands.at(-1)!)] : [this.list(i.operands)];
    const types = { operands: typesOf(i.operands), results: typesOf(i.results) };
    const attributes = formOf(op)!.flatMap((item) => item.write(i.attributes, types) ?? []);
    const name = this.line(op, type, [`${op}(${given.join(', ')})`, ...attributes].join(', '));
    this.results(i, `${op}-done`, `${op}-done(${name})`);
  }
}

/** HLO's computations capture nothing: captured values are passed, and how many is said. */
const capturesOf = (i: Instruction): string[] =>
  i.attributes.captures === undefined ? [] : [`captures=${i.attributes.captures}`];

function callees(op: string, called: readonly string[]): string[] {
  if (op === 'select-and-scatter') return [`select=${called[0]}`, `scatter=${called[1]}`];
  if (called.length > 1) return [`called_computations={${called.join(', ')}}`];
  return called.map((name) => `to_apply=${name}`);
}
