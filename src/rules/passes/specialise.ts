/**
 * Dynamic programs made static: given the shapes of the arguments, every other shape follows. Shapes are inferred
 * forward, through calls (copied, so that each has shapes of its own), loops and branches; sizes that the program
 * computes are computed here, by the interpreter. The module that is read stays as it is.
 */
import {
  Computation,
  DYNAMIC,
  type Instruction,
  Literal,
  Module,
  OpError,
  type OpRegistry,
  showType,
  type Tensor,
  type Value,
  type ValueType,
} from '../../hlo/index.js';
import { constantOpcode } from '../builder.js';
import { reachableFrom } from './computations.js';
import { removeDead } from './dce.js';
import { hasEffect } from './effects.js';
import { evaluateOn, KnownValues, Unknown } from './known-values.js';

/** What is known of an argument: its sizes; or, as a tensor, its value too. */
export type InputShape = readonly number[] | Tensor;

export interface Specialised {
  readonly module: Module;
  /** Numbers of the arguments whose values decided shapes: for others the module is wrong. */
  readonly values: readonly number[];
}

const isOpen = (t: ValueType): boolean => t.kind === 'tensor' && t.dims.includes(DYNAMIC);

/** Whether shapes are missing in what the entry runs, or values that must be known or checked to compile it. */
export function isDynamic(module: Module, ops: OpRegistry): boolean {
  return reachableFrom([module.entry]).some((c) =>
    [...c.instructions].some((i) => i.results.some((r) => isOpen(r.type)) || !isSettled(i, ops)),
  );
}

function isSettled(i: Instruction, ops: OpRegistry): boolean {
  if (ops.kind(i) === 'assertion') return false;
  const needed = ops.get(i.opcode).staticOperands?.(operandTypes(i)) ?? [];
  return needed.every((k) => ops.kind(i.operands[k]!.producer) === 'constant');
}

const operandTypes = (i: Instruction) => ({ operands: i.operands.map((v) => v.type), attributes: i.attributes });

/**
 * The program for arguments of these shapes; where `shapes` is undefined, for those that it declares.
 * @throws OpError, with its place, where a shape does not fit, or stays unknown
 */
export function specialise(module: Module, ops: OpRegistry, shapes?: readonly InputShape[]): Specialised {
  const { entry } = module;
  const known = new KnownValues(ops);
  const into = new Computation(entry.name, entry.argumentAttributes, entry.resultAttributes);
  const types = argumentTypes(entry, shapes);
  const args = types.map((type, k) => {
    const given = shapes?.[k];
    const v = into.addParameter(entry.parameters[k]!.opcode, type, entry.parameters[k]!.location);
    known.addInput(v, k, given && 'data' in given ? given : undefined);
    return v;
  });
  new Specialiser(ops, known).fill(entry, into, args);
  const made = new Module(module.name, module.file);
  made.attributes = module.attributes;
  made.add(into);
  return { module: made, values: [...known.used].sort((a, b) => a - b) };
}

/** The types of the entry's arguments, which must be fully known. Throws `OpError` at the first that is not. */
function argumentTypes(entry: Computation, shapes: readonly InputShape[] | undefined): ValueType[] {
  const { parameters } = entry;
  if (shapes && shapes.length !== parameters.length) {
    throw new OpError(`shapes are given for ${shapes.length} arguments, but the program has ${parameters.length}`);
  }
  return parameters.map((p, k) => {
    try {
      return argumentType(p.result.type, k, shapes?.[k]);
    } catch (e) {
      if (e instanceof OpError) e.location ??= p.location;
      throw e;
    }
  });
}

function argumentType(declared: ValueType, k: number, given: InputShape | undefined): ValueType {
  if (declared.kind !== 'tensor') return declared;
  if (given === undefined) {
    if (!isOpen(declared)) return declared;
    throw new OpError(
      `argument ${k} is ${showType(declared)}, and the program is compiled for known shapes: ` +
        'give them (--input-shapes, or `shapes` in compile), or run it with inputs that have them',
    );
  }
  const dims = 'data' in given ? given.type.dims : given;
  const { bounds, ...type } = declared;
  const fits = dims.length === declared.dims.length && declared.dims.every((n, d) => n < 0 || n === dims[d]);
  const counts = dims.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!fits || !counts || ('data' in given && given.type.element !== declared.element)) {
    const shown = 'data' in given ? showType(given.type) : `[${dims}]`;
    throw new OpError(`argument ${k} is ${showType(declared)}, which ${shown} does not fit`);
  }
  const large = bounds?.findIndex((n, d) => n >= 0 && dims[d]! > n) ?? -1;
  if (large >= 0) {
    throw new OpError(
      `dimension ${large} of argument ${k} may have ${bounds![large]} elements, but has ${dims[large]}`,
    );
  }
  return { ...type, dims };
}

class Specialiser {
  constructor(
    private readonly ops: OpRegistry,
    private readonly known: KnownValues,
  ) {}

  /** Copies what a computation needs for its results and effects, with shapes, on these arguments. */
  private copy(from: Computation, into: Computation, args: readonly Value[]): Value[] {
    const copies = new Map<Value, Value>(from.parameters.map((p, k) => [p.result, args[k]!]));
    const needed = this.needed(from);
    for (const i of from.topological()) {
      if (!needed.has(i) || this.ops.kind(i) === 'parameter') continue;
      const results = this.located(i, () =>
        this.instruction(
          i,
          into,
          i.operands.map((v) => copies.get(v)!),
        ),
      );
      i.results.forEach((r, k) => {
        copies.set(r, results[k]!);
      });
    }
    return from.results.map((v) => copies.get(v)!);
  }

  /** Fills a computation with a copy of another on its parameters; sizes that became constants are computed no more. */
  fill(from: Computation, into: Computation, args: readonly Value[]): void {
    into.setResults(this.copy(from, into, args));
    removeDead(into, [...into.instructions], this.ops);
  }

  private needed(c: Computation): Set<Instruction> {
    const effects = [...c.instructions].filter((i) => hasEffect(i, this.ops));
    const needed = new Set([...c.results.map((v) => v.producer), ...effects]);
    for (const i of needed) for (const v of i.operands) needed.add(v.producer);
    return needed;
  }

  /** Errors get the place of the innermost instruction that they are about. */
  private located<T>(i: Instruction, make: () => T): T {
    try {
      return make();
    } catch (e) {
      if (e instanceof OpError) e.location ??= i.location;
      throw e;
    }
  }

  private instruction(i: Instruction, into: Computation, operands: readonly Value[]): readonly Value[] {
    const kind = this.ops.kind(i);
    if (kind === 'call') return this.copy(i.called[0]!, into, operands);
    if (kind === 'loop') return this.loop(i, into, operands);
    if (kind === 'branch') return this.branch(i, into, operands);
    if (kind === 'assertion') return this.assertion(i, operands);
    if (this.ops.has(i, 'of-shape')) return this.fromShapes(i, into, operands);
    const called = i.called.map((c) => this.computation(c, parameterTypes(c)));
    return this.append(i, into, this.withConstants(i, into, operands), called);
  }

  /** Sizes and the like as constants, where they are known. */
  private withConstants(i: Instruction, into: Computation, operands: readonly Value[]): readonly Value[] {
    const { shapeOperands, staticOperands } = this.ops.get(i.opcode);
    const asked = { operands: operands.map((v) => v.type), attributes: i.attributes };
    const needed = staticOperands?.(asked) ?? [];
    // Where the text says the result's shape, nobody needs the values that say it again.
    const sizes = i.results.some((r) => isOpen(r.type)) ? (shapeOperands?.(asked) ?? []) : [];
    return operands.map((v, k) => {
      if ((!needed.includes(k) && !sizes.includes(k)) || this.ops.kind(v.producer) === 'constant') return v;
      const value = this.known.get(v);
      if (value instanceof Unknown) throw this.unknown(i, k, value);
      return this.constant(i, into, value);
    });
  }

  /** Results that follow from types alone are constants now: what loops and branches capture of them is known there. */
  private fromShapes(i: Instruction, into: Computation, operands: readonly Value[]): readonly Value[] {
    const results = this.append(i, into, operands, []);
    return results.map((v) => {
      const value = this.known.get(v);
      return value instanceof Unknown ? v : this.constant(i, into, value);
    });
  }

  private constant({ location }: Instruction, into: Computation, { type, data }: Tensor): Value {
    const attributes = { value: Literal.dense(type, data) };
    return into.append(constantOpcode(this.ops), [type], { attributes, location }).result;
  }

  private unknown(i: Instruction, k: number, { why }: Unknown): OpError {
    return new OpError(`operand ${k} of ${i.opcode} decides a shape, but is not known: ${why}`);
  }

  private append(
    i: Instruction,
    into: Computation,
    operands: readonly Value[],
    called: readonly Computation[],
    declared: readonly ValueType[] = i.results.map((r) => r.type),
  ): readonly Value[] {
    const { opcode, attributes, location } = i;
    const types = this.ops.refineTypes(opcode, {
      operands: operands.map((v) => v.type),
      attributes,
      called,
      declared,
      known: this.ops.constants(operands),
    });
    const open = types.find(isOpen);
    if (open) {
      const given = operands.map((v) => showType(v.type)).join(', ');
      throw new OpError(`the shape ${showType(open)} of ${opcode} does not follow from its operands (${given})`);
    }
    return into.append(opcode, types, { operands, attributes, called, location }).results;
  }

  /** A copy of a computation for parameters of these types; `captured` are what they always stand for, where known. */
  private computation(
    from: Computation,
    types: readonly ValueType[],
    captured: readonly (Value | undefined)[] = [],
  ): Computation {
    const into = new Computation(from.name, from.argumentAttributes, from.resultAttributes);
    const parameters = from.parameters.map((p, k) => {
      const v = into.addParameter(p.opcode, types[k]!, p.location);
      if (captured[k]) this.known.addCapture(v, captured[k]);
      return v;
    });
    this.fill(from, into, parameters);
    return into;
  }

  private loop(i: Instruction, into: Computation, operands: readonly Value[]): readonly Value[] {
    const types = operands.map((v) => v.type);
    const body = i.called.at(-1)!;
    const unchanged = operands.map((v, k) => (body.results[k] === body.parameters[k]!.result ? v : undefined));
    const called = i.called.map((c) => this.computation(c, types, unchanged));
    const next = called.at(-1)!.results;
    const k = next.findIndex((v, n) => showType(v.type) !== showType(types[n]!));
    if (k >= 0) {
      throw new OpError(
        `value ${k} of the loop is ${showType(types[k]!)} before it and ` +
          `${showType(next[k]!.type)} after an iteration: ` +
          'a shape that a loop changes cannot be known',
      );
    }
    return this.append(i, into, operands, called, types);
  }

  private branch(i: Instruction, into: Computation, operands: readonly Value[]): readonly Value[] {
    const [, ...captured] = operands;
    const called = i.called.map((c) =>
      this.computation(
        c,
        captured.map((v) => v.type),
        captured,
      ),
    );
    return this.append(i, into, operands, called);
  }

  /** Holds, and goes; or does not, and ends the compilation. */
  private assertion(i: Instruction, operands: readonly Value[]): readonly Value[] {
    const values = operands.map((v, k) => {
      const value = this.known.get(v);
      if (value instanceof Unknown) throw this.unknown(i, k, value);
      return value;
    });
    evaluateOn(i, values, this.ops);
    return [];
  }
}

const parameterTypes = (c: Computation): ValueType[] => c.parameters.map((p) => p.result.type);
