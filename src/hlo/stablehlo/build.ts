/** Syntax to graph: names resolved, regions closed, tuples taken apart, result types checked. */
import type { Attributes } from '../attributes.js';
import { layoutFor, relaid } from '../column-major.js';
import { Computation, type Instruction, Module, type Opcode, type Value } from '../graph.js';
import type { OpRegistry } from '../registry.js';
import { SourceError } from '../source-error.js';
import { sameType, showType, type ValueType } from '../types.js';
import { callOrder, RETURNS } from './call-order.js';
import {
  canonicalAttributes,
  compositeAttributes,
  customCallAttributes,
  customOpAttributes,
  layoutsOf,
  targetOf,
} from './canonical.js';
import { expand, type Shorthand } from './expansions.js';
import { foreignMap, type SymbolIndex } from './foreign.js';
import type { Reading } from './items.js';
import { noteOf } from './locations.js';
import type { Scanner } from './scanner.js';
import { type Bound, boundType, flatten, Scope } from './scope.js';
import type { BlockArgument, FunctionSyntax, ModuleSyntax, OperationSyntax, RegionSyntax, Use } from './syntax.js';

/** Ops of ours that StableHLO has no word for are written `"thimble.name"`. */
export const OWN_DIALECT = 'thimble.';

export function buildModule(syntax: ModuleSyntax, s: Scanner, registry: OpRegistry): Module {
  return new Builder(syntax, s, registry).module();
}

class Builder {
  private readonly functions = new Map<string, Computation>();
  private regions = 0;

  constructor(
    private readonly syntax: ModuleSyntax,
    private readonly s: Scanner,
    private readonly registry: OpRegistry,
  ) {}

  module(): Module {
    const { syntax, s } = this;
    const module = new Module(syntax.name, s.file);
    module.attributes = foreignMap(syntax.attributes);
    for (const f of callOrder(syntax.functions, s)) this.functions.set(f.name, this.function(f));
    for (const f of syntax.functions) module.add(this.functions.get(f.name)!);
    return module;
  }

  private function(f: FunctionSyntax): Computation {
    // A tuple among arguments or results becomes several: attributes follow each.
    const spread = (types: readonly ValueType[], attributes: FunctionSyntax['argumentAttributes']) =>
      types.flatMap((t, i) => leafTypes(t).map(() => foreignMap(attributes[i] ?? new Map())));
    const c = new Computation(
      f.name,
      spread(
        f.body.arguments.map((a) => a.type),
        f.argumentAttributes,
      ),
      spread(f.resultTypes, f.resultAttributes),
    );
    const scope = new Scope(c);
    this.body(f.body, scope, `@${f.name}`);
    const results = c.results.map((v) => v.type);
    const declared = f.resultTypes.flatMap(leafTypes);
    if (results.length !== declared.length || results.some((t, i) => !fits(t, declared[i]!))) {
      const show = (types: readonly ValueType[]) => `(${types.map(showType).join(', ')})`;
      this.s.fail(`@${f.name} returns ${show(results)}, but ${show(declared)} is declared`, f.offset);
    }
    return c;
  }

  /** Adds a region's arguments and operations to a scope's computation. */
  private body(region: RegionSyntax, scope: Scope, what: string): void {
    for (const a of region.arguments) this.argument(a, scope);
    const last = region.operations.at(-1);
    if (!last || !RETURNS.has(last.name)) {
      this.s.fail(`${what} does not end in a return`, last?.offset ?? region.offset);
    }
    for (const op of region.operations) {
      if (op === last) scope.computation.setResults(this.operands(op, scope).flatMap(flatten));
      else if (RETURNS.has(op.name)) this.s.fail('nothing may follow a return', op.offset);
      else this.operation(op, scope);
    }
  }

  private argument(a: BlockArgument, scope: Scope): void {
    const opcode = this.registry.opcode('parameter');
    const location = this.s.location(a.offset);
    const bound = mapType(a.type, (t) => scope.computation.addParameter(opcode, t, location));
    this.define(scope, a.name, [bound], a.offset);
  }

  private define(scope: Scope, name: string, bound: readonly Bound[], offset: number): void {
    if (scope.names.has(name)) this.s.fail(`%${name} is defined twice`, offset);
    scope.names.set(name, bound);
  }

  private resolve(use: Use, scope: Scope): Bound {
    const results = scope.find(use.name);
    const shown = `%${use.name}${use.index === undefined ? '' : `#${use.index}`}`;
    if (!results) this.s.fail(`${shown} is not defined`, use.offset);
    const bound = results.bound[use.index ?? 0];
    if (bound === undefined)
      this.s.fail(`${shown} is not defined: %${use.name} has ${results.bound.length} results`, use.offset);
    return scope.capture(bound, results.owner, this.registry.opcode('parameter'));
  }

  /** The operands, each of the type that the text declares. */
  private operands(op: OperationSyntax, scope: Scope): Bound[] {
    const { operandTypes: types } = op;
    if (types && types.length !== op.operands.length) {
      this.s.fail(`${op.name} has ${op.operands.length} operands, but ${types.length} operand types`, op.offset);
    }
    return op.operands.map((use, i) => {
      const bound = this.resolve(use, scope);
      const declared = types?.[i];
      if (declared && !boundFits(bound, declared)) {
        this.s.fail(`%${use.name} is ${showType(boundType(bound))}, not ${showType(declared)}`, use.offset);
      }
      return bound;
    });
  }

  private operation(op: OperationSyntax, scope: Scope): void {
    const operands = this.operands(op, scope);
    if (op.name === 'stablehlo.tuple' || op.name === 'mhlo.tuple') this.bind(op, scope, [operands]);
    else if (op.name === 'stablehlo.get_tuple_element') this.bind(op, scope, [this.tupleElement(op, operands)]);
    else {
      const values = operands.flatMap(flatten);
      const { registry } = this;
      const append: Shorthand['append'] = (opcode, parts) => this.append(op, scope, opcode, parts);
      const expanded = expand(op.name, { registry, reading: this.reading(op, values), operands: values, append });
      if (expanded) this.bind(op, scope, [this.declared(op, expanded)]);
      else this.instruction(op, scope, values);
    }
  }

  private declared(op: OperationSyntax, v: Value): Value {
    const [type] = op.resultTypes;
    if (type && !fits(v.type, type)) {
      this.s.fail(`${op.name} gives ${showType(v.type)}, but ${showType(type)} is declared`, op.offset);
    }
    return v;
  }

  private tupleElement(op: OperationSyntax, operands: readonly Bound[]): Bound {
    const index = op.attributes.get('index');
    const [tuple] = operands;
    if (!Array.isArray(tuple)) this.s.fail('get_tuple_element takes one tuple', op.offset);
    const element = index?.kind === 'number' ? (tuple as readonly Bound[])[Number(index.value)] : undefined;
    return element ?? this.s.fail(`the tuple has no such element; it has ${tuple.length}`, op.offset);
  }

  /** Gives an operation's results their names. */
  private bind(op: OperationSyntax, scope: Scope, results: readonly Bound[]): void {
    const named = op.bindings.reduce((n, b) => n + b.count, 0);
    if (op.bindings.length > 0 && named !== results.length) {
      this.s.fail(`${op.name} has ${results.length} results, but ${named} are named`, op.offset);
    }
    let next = 0;
    for (const b of op.bindings) this.define(scope, b.name, results.slice(next, (next += b.count)), b.offset);
  }

  private instruction(op: OperationSyntax, scope: Scope, given: readonly Value[]): void {
    const reading = this.reading(op, given);
    const opcode = this.opcode(op, reading);
    const loop = this.registry.get(opcode).kind === 'loop';
    const { computations, captures } = this.closeRegions(op, scope, loop);
    const called = new Map<string, number>();
    const symbol: SymbolIndex = (name) => {
      if (!this.functions.has(name)) return -1;
      if (!called.has(name)) called.set(name, computations.length + called.size);
      return called.get(name)!;
    };
    const own = this.attributes(op, opcode, reading, symbol);
    const attributes = captures.length > 0 && !loop ? { ...own, captures: captures.length } : own;
    const declared = op.resultTypes.flatMap(leafTypes);
    if (loop) declared.push(...captures.map((v) => v.type));
    const turned = this.turning(opcode, scope, reading, op);
    const spare = this.spareOperands(op, opcode);
    const made = this.append(op, scope, opcode, {
      operands: [...turned(given, 'operand_layouts').filter((_, k) => !spare.includes(k)), ...captures],
      attributes,
      called: [...computations, ...[...called.keys()].map((n) => this.functions.get(n)!)],
      declared,
    });
    const results = turned(made.results, 'result_layouts');
    const values = results.values();
    this.bind(
      op,
      scope,
      op.resultTypes.map((t) => mapType(t, () => values.next().value!)),
    );
  }

  /** What a function that takes matrices column by column takes of the values that the text gives it, and the other way round. */
  private turning(opcode: Opcode, scope: Scope, reading: Reading, op: OperationSyntax) {
    const form = this.registry.get(opcode).customCall;
    return (values: readonly Value[], name: 'operand_layouts' | 'result_layouts'): readonly Value[] => {
      if (form?.columnMajor === undefined) return values;
      const relayout = { registry: this.registry, into: scope.computation, location: this.s.location(op.offset) };
      const given = layoutsOf(reading, name);
      return values.map((v, k) => {
        const taken = layoutFor(form, reading.operands, v.type);
        return name === 'operand_layouts'
          ? relaid(relayout, v, given?.[k], taken)
          : relaid(relayout, v, taken, given?.[k]);
      });
    };
  }

  /** Operands of a custom call that give the shapes of its results: an op of ours knows these by itself. */
  private spareOperands(op: OperationSyntax, opcode: Opcode): readonly number[] {
    const places = op.attributes.get('indices_of_shape_operands');
    if (places?.kind !== 'elements' || opcode === this.registry.fromStablehlo(op.name)) return [];
    return Array.from(places.literal.tensor().data as BigInt64Array, Number);
  }

  private append(
    op: OperationSyntax,
    scope: Scope,
    opcode: Opcode,
    parts: { operands: Value[]; attributes: Attributes; called: Computation[]; declared?: ValueType[] },
  ): Instruction {
    const location = this.s.location(op.offset, noteOf(op.note, this.syntax.locations));
    return this.checked(op, () => this.registry.build(scope.computation, opcode, { ...parts, location }));
  }

  /** Errors get the operation's place. */
  private checked<T>(op: OperationSyntax, run: () => T): T {
    try {
      return run();
    } catch (e) {
      if (e instanceof SourceError || !(e instanceof Error)) throw e;
      return this.s.fail(`${op.name}: ${e.message}`, op.offset, undefined, e);
    }
  }

  private reading(op: OperationSyntax, operands: readonly Value[]): Reading {
    return {
      operands: operands.map((v) => v.type),
      results: op.resultTypes,
      attributes: op.attributes,
      fail: (sentence) => this.s.fail(`${op.name}: ${sentence}`, op.offset),
    };
  }

  private opcode(op: OperationSyntax, reading: Reading): Opcode {
    const { registry } = this;
    const { name } = op;
    if (name === 'stablehlo.custom_call') {
      const known = registry.fromCustomCallTarget(targetOf(reading));
      if (known !== undefined) {
        this.checked(op, () => registry.checkCustomCallTarget(known, targetOf(reading), reading.operands));
        return known;
      }
    }
    if (name.startsWith(OWN_DIALECT)) {
      const own = registry.opcode(name.slice(OWN_DIALECT.length));
      if (registry.find(own)) return own;
    }
    const hint = 'define it with defineOp and add it to the registry, or rewrite the program without it';
    return registry.fromStablehlo(name) ?? this.s.fail(`unknown op ${name}`, op.offset, hint);
  }

  private attributes(op: OperationSyntax, opcode: Opcode, reading: Reading, symbol: SymbolIndex): Attributes {
    const callee = (key: string): void => {
      const a = op.attributes.get(key);
      if (a?.kind !== 'symbol')
        this.s.fail(`${op.name} needs the attribute '${key}', the name of a function`, op.offset);
      if (symbol(a.name, a.offset) < 0) this.s.fail(`the function @${a.name} is not defined`, a.offset);
    };
    switch (op.name) {
      case 'call':
      case 'func.call':
        callee('callee');
        return {};
      case 'stablehlo.composite':
        callee('decomposition');
        return compositeAttributes(reading, symbol);
      case 'stablehlo.custom_call': {
        const foreignCall = opcode === this.registry.fromStablehlo(op.name);
        const { customCall: form, regions } = this.registry.get(opcode);
        const called = regions === 0 ? [] : listOf(op, 'called_computations');
        for (const a of called) if (a.kind === 'symbol') symbol(a.name, a.offset);
        if (foreignCall) return customCallAttributes(reading);
        const given = customOpAttributes(reading, symbol, form?.besideConfig);
        return form?.read?.(given, reading.results) ?? given;
      }
      default:
        return canonicalAttributes(op.name, reading, symbol);
    }
  }

  /**
   * Regions as closed computations. What they capture becomes trailing parameters of each; a loop's body returns them
   * unchanged.
   */
  private closeRegions(
    op: OperationSyntax,
    scope: Scope,
    loop: boolean,
  ): { computations: Computation[]; captures: Value[] } {
    if (op.regions.length === 0) return { computations: [], captures: [] };
    const captures: Value[] = [];
    const places = new Map<Value, number>();
    const short = op.name.slice(op.name.indexOf('.') + 1);
    const scopes = op.regions.map((r) => {
      const inner = new Scope(new Computation(`${short}.${++this.regions}`), scope, captures, places);
      this.body(r, inner, `this region of ${op.name}`);
      return inner;
    });
    for (const inner of scopes) {
      const parameters = inner.parametersOfCaptures(this.registry.opcode('parameter'));
      const c = inner.computation;
      if (loop && inner === scopes.at(-1)) c.setResults([...c.results, ...parameters]);
    }
    return { computations: scopes.map((i) => i.computation), captures };
  }
}

const listOf = (op: OperationSyntax, key: string) => {
  const a = op.attributes.get(key);
  return a?.kind === 'list' ? a.items : [];
};

const leafTypes = (t: ValueType): ValueType[] => (t.kind === 'tuple' ? t.elements.flatMap(leafTypes) : [t]);

const mapType = (t: ValueType, leaf: (t: ValueType) => Value): Bound =>
  t.kind === 'tuple' ? t.elements.map((e) => mapType(e, leaf)) : leaf(t);

/** Equal but for sizes that one of them leaves open. */
function fits(a: ValueType, b: ValueType): boolean {
  if (a.kind !== 'tensor' || b.kind !== 'tensor') return sameType(a, b);
  return (
    a.element === b.element &&
    a.dims.length === b.dims.length &&
    a.dims.every((d, i) => d === b.dims[i] || d < 0 || b.dims[i]! < 0)
  );
}

function boundFits(b: Bound, t: ValueType): boolean {
  if (Array.isArray(b)) {
    return t.kind === 'tuple' && t.elements.length === b.length && b.every((e, i) => boundFits(e, t.elements[i]!));
  }
  return fits((b as Value).type, t);
}
