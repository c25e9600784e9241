/** Syntax to graph: tuples taken apart, fusions opened, computations closed around their instructions. */
import type { Attributes } from '../attributes.js';
import { Computation, type Instruction, Module, type Opcode, type Value } from '../graph.js';
import type { OpRegistry } from '../registry.js';
import { SourceError } from '../source-error.js';
import type { Bound } from '../stablehlo/scope.js';
import { showType, type ValueType } from '../types.js';
import { type CallGraph, callGraph } from './call-graph.js';
import { plainAttributes } from './custom-calls.js';
import { formOf } from './forms.js';
import { noteOf } from './frames.js';
import { boundaryOf, ENTRY_NAME } from './header.js';
import { CALLEES } from './parser.js';
import type { HloScanner } from './scanner.js';
import { fits, leafTypes, type Shape, typeOfShape } from './shapes.js';
import { structureOf } from './structures.js';
import type { ComputationSyntax, InstructionSyntax, ModuleSyntax, Use } from './syntax.js';
import { AttributeValues } from './values.js';

/** What the text's sharing of computations may expand to: fusions and regions are built anew for each use. */
const MOST = 1 << 20;

/** How a computation comes by its arguments. */
export type Entering = Pick<Frame, 'arguments' | 'capture'>;
type Enter = (c: Computation, shapes: readonly Shape[], syntax: ComputationSyntax) => Entering;

/** The names of one computation while it is built into another or into its own. */
export interface Frame {
  readonly computation: Computation;
  readonly names: Map<string, { readonly bound: Bound; readonly shape: Shape }>;
  /** What its parameters stand for. */
  readonly arguments: readonly Bound[];
  /** Gives the parameter that stands for a value of the computation around this one. */
  readonly capture: ((v: Value) => Value) | undefined;
  /** Results of operations that have started: what their `-done` gives. */
  readonly started: Map<string, Bound>;
}

export class Builder {
  private readonly graph: CallGraph;
  private readonly functions = new Map<ComputationSyntax, Computation>();
  private readonly taken = new Set<string>([ENTRY_NAME]);
  private read = 0;
  private regions = 0;
  /** Stand for contexts of operations under way, which hardly anybody reads. */
  readonly contexts: Instruction[] = [];

  constructor(
    private readonly syntax: ModuleSyntax,
    readonly s: HloScanner,
    readonly registry: OpRegistry,
  ) {
    this.graph = callGraph(syntax, s);
  }

  module(): Module {
    const { syntax, s, graph } = this;
    const module = new Module(syntax.name, s.file);
    for (const c of graph.functions) {
      this.functions.set(c, this.computation(c, c === graph.entry ? ENTRY_NAME : this.unique(c.name)));
    }
    const { entry } = graph;
    module.add(this.functions.get(entry)!);
    for (const c of syntax.computations) {
      const f = this.functions.get(c);
      if (f && c !== entry) module.add(f);
    }
    for (const i of this.contexts) {
      if (i.result.users.size === 0 && !i.parent.results.includes(i.result)) i.parent.remove(i);
    }
    boundaryOf(syntax, entry, module, s);
    return module;
  }

  /** The function of that name; it is built, since functions come after those they call. */
  functionOf({ name }: Use): Computation {
    return this.functions.get(this.graph.byName.get(name)!)!;
  }

  /** A fresh computation for one that only this use calls. */
  region({ name }: Use, enter?: Enter): Computation {
    const c = this.graph.byName.get(name)!;
    return this.s.nested(() => this.computation(c, `${name}.${++this.regions}`, enter));
  }

  private unique(name: string): string {
    let free = name;
    for (let k = 1; this.taken.has(free); k++) free = `${name}_${k}`;
    this.taken.add(free);
    return free;
  }

  private computation(syntax: ComputationSyntax, name: string, enter: Enter = this.withParameters): Computation {
    const c = new Computation(name);
    const frame = this.frame(c, enter(c, this.parameterShapes(syntax), syntax));
    c.setResults(this.leaves(frame, [this.body(syntax, frame)], syntax.offset));
    return c;
  }

  private frame(computation: Computation, { arguments: given, capture }: Entering): Frame {
    return { computation, names: new Map(), arguments: given, capture, started: new Map() };
  }

  private withParameters = (c: Computation, shapes: readonly Shape[], syntax: ComputationSyntax): Entering => {
    const offsets: number[] = [];
    for (const i of syntax.instructions) if (i.op === 'parameter') offsets[this.parameterIndex(i)] = i.offset;
    return { arguments: shapes.map((shape, k) => this.addParameter(c, shape, offsets[k]!)), capture: undefined };
  };

  private addParameter(c: Computation, shape: Shape, offset: number): Bound {
    const opcode = this.registry.opcode('parameter');
    return boundOf(shape, (t) => c.addParameter(opcode, t, this.s.location(offset)));
  }

  /** Shapes of the parameters by their numbers, which must be 0, 1, … */
  private parameterShapes(c: ComputationSyntax): Shape[] {
    const { s } = this;
    const shapes: Shape[] = [];
    let count = 0;
    for (const i of c.instructions) {
      if (i.op !== 'parameter') continue;
      const index = this.parameterIndex(i);
      if (shapes[index]) s.fail(`parameter ${index} is there twice`, i.offset);
      shapes[index] = i.shape;
      count++;
    }
    if (shapes.length !== count) {
      const missing = Array.from(shapes, (x) => x === undefined).indexOf(true);
      s.fail(`${c.name} has no parameter ${missing}, but one with a higher number`, c.offset);
    }
    const declared = c.signature?.parameters;
    const wrong = declared && (declared.length !== count || declared.some((d, k) => !fitsShape(d, shapes[k]!)));
    if (wrong) s.fail(`the parameters of ${c.name} are not those that its instructions name`, c.offset);
    return shapes;
  }

  private parameterIndex(i: InstructionSyntax): number {
    const { s } = this;
    s.pos = i.payload!.from;
    const index = s.expectedDigits('the number of a parameter');
    s.skip();
    if (s.pos < i.payload!.to) s.fail(`expected ')' after the number of a parameter, found ${s.found()}`);
    if (index >= 1 << 20) s.fail(`parameter ${index} is beyond what a computation may have`, i.offset);
    return index;
  }

  /** Another computation's instructions in the place of a call. */
  inline(use: Use, frame: Frame, given: readonly Bound[], at: InstructionSyntax): Bound {
    const callee = this.graph.byName.get(use.name)!;
    const shapes = this.parameterShapes(callee);
    if (shapes.length !== given.length) {
      this.fail(at, `${given.length} operands are given, but ${callee.name} takes ${shapes.length}`);
    }
    for (const [k, shape] of shapes.entries()) this.expectFit(given[k]!, shape, at, `operand ${k}`);
    const inner = this.frame(frame.computation, { arguments: given, capture: frame.capture });
    return this.s.nested(() => this.body(callee, inner));
  }

  /** The result. */
  private body(c: ComputationSyntax, frame: Frame): Bound {
    const { s } = this;
    let root: InstructionSyntax | undefined;
    for (const i of c.instructions) {
      if (frame.names.has(i.name)) s.fail(`two instructions are named ${i.name}`, i.offset);
      frame.names.set(i.name, { bound: this.instruction(i, frame), shape: i.shape });
      if (i.isRoot && root) s.fail(`${c.name} has two instructions marked ROOT`, i.offset);
      if (i.isRoot) root = i;
    }
    root ??= c.instructions.at(-1);
    if (!root) return s.fail(`${c.name} has no instructions`, c.offset);
    const result = frame.names.get(root.name)!.bound;
    if (c.signature && !boundFits(result, typeOfShape(c.signature.result))) {
      const declared = showType(typeOfShape(c.signature.result));
      s.fail(`${c.name} gives ${showBound(result)}, but ${declared} is declared`, root.offset);
    }
    return result;
  }

  private instruction(i: InstructionSyntax, frame: Frame): Bound {
    if (++this.read > MOST) this.s.fail(`this program expands to more than ${MOST} instructions`, i.offset);
    if (i.op === 'parameter') {
      this.attributes(i).refuseUnread();
      return frame.arguments[this.parameterIndex(i)]!;
    }
    const operands = i.operands.map((use) => this.resolve(use, frame));
    const structure = structureOf(i.op, (name) => this.registry.fromHlo(name) !== undefined);
    if (!structure) return this.ordinary(i, frame, operands);
    const result = structure(this, i, frame, operands);
    this.expectFit(result, i.shape, i, 'the result');
    return result;
  }

  private resolve(use: Use, frame: Frame): Bound {
    const named = frame.names.get(use.name);
    return named?.bound ?? this.s.fail(`${use.name} is not defined`, use.offset, 'operands come before their uses');
  }

  expectFit(bound: Bound, shape: Shape, at: InstructionSyntax, what: string): void {
    const declared = typeOfShape(shape);
    if (!boundFits(bound, declared)) this.fail(at, `${what} is ${showBound(bound)}, not ${showType(declared)}`);
  }

  /** The operands without tuples, as values of the frame's computation. */
  values(i: InstructionSyntax, frame: Frame, operands: readonly Bound[]): Value[] {
    return this.leaves(frame, operands, i.offset);
  }

  private leaves(frame: Frame, bounds: readonly Bound[], offset: number): Value[] {
    const values: Value[] = [];
    const visit = (b: Bound): void => {
      if (Array.isArray(b)) b.forEach(visit);
      else if (values.push(this.here(frame, b as Value)) > MOST) {
        this.s.fail(`more than ${MOST} values in one place`, offset);
      }
    };
    bounds.forEach(visit);
    return values;
  }

  /** The value, or the parameter that stands for it. */
  here({ computation, capture }: Frame, v: Value): Value {
    return capture && v.producer.parent !== computation ? capture(v) : v;
  }

  fail(i: InstructionSyntax, sentence: string): never {
    return this.s.fail(`${i.op}: ${sentence}`, i.offset);
  }

  attributes(i: InstructionSyntax): AttributeValues {
    return new AttributeValues(this.s, i.attributes, i.offset, i.op);
  }

  /** An operation with a form, or a user's: operands without tuples, computations as regions. */
  ordinary(i: InstructionSyntax, frame: Frame, operands: readonly Bound[], op = i.op): Bound {
    const opcode = this.opcode(i, op);
    const values = this.values(i, frame, operands);
    const called = CALLEES.flatMap((name) => i.callees.get(name) ?? []).map((use) => this.region(use));
    const attributes = this.ownAttributes(i, op, values);
    return this.add(i, frame, opcode, { operands: values, attributes, called });
  }

  private opcode(i: InstructionSyntax, op: string): Opcode {
    const hint = 'define it with defineOp and add it to the registry, or rewrite the program without it';
    return this.registry.fromHlo(op) ?? this.s.fail(`unknown op ${op}`, i.offset, hint);
  }

  private ownAttributes(i: InstructionSyntax, op: string, operands: readonly Value[]): Attributes {
    const values = this.attributes(i);
    const form = formOf(op);
    const attributes: { [key: string]: Attributes[string] } = {};
    const types = { operands: operands.map((v) => v.type), results: leafTypes(i.shape) };
    if (form) for (const item of form) item.read(values, attributes, types);
    const captures = values.integer('captures');
    if (captures !== undefined) attributes.captures = captures;
    if (!form && !this.registry.get(this.opcode(i, op)).traits.includes('elementwise')) {
      return { ...attributes, ...plainAttributes(values) };
    }
    values.refuseUnread();
    return attributes;
  }

  /** Appends an instruction and gives its results, `turned`, the instruction's shape. */
  add(
    i: InstructionSyntax,
    frame: Frame,
    opcode: Opcode,
    parts: { operands: readonly Value[]; attributes?: Attributes; called?: readonly Computation[] },
    shape: Shape = i.shape,
    turned: (v: Value, k: number) => Value = (v) => v,
  ): Bound {
    const made = this.build(i, frame, opcode, { ...parts, declared: leafTypes(shape) });
    const values = made.results.map(turned).values();
    return boundOf(shape, () => values.next().value!);
  }

  build(
    i: InstructionSyntax,
    frame: Frame,
    opcode: Opcode,
    parts: {
      operands: readonly Value[];
      attributes?: Attributes;
      called?: readonly Computation[];
      declared?: readonly ValueType[];
    },
  ): Instruction {
    const location = this.s.location(i.offset, noteOf(this.s, i.attributes.get('metadata'), this.syntax.frames));
    try {
      return this.registry.build(frame.computation, opcode, { ...parts, location });
    } catch (e) {
      if (e instanceof SourceError || !(e instanceof Error)) throw e;
      return this.s.fail(`${i.op}: ${e.message}`, i.offset, undefined, e);
    }
  }
}

const boundOf = (shape: Shape, leaf: (t: ValueType) => Value): Bound =>
  shape.kind === 'tuple' ? shape.elements.map((e) => boundOf(e, leaf)) : leaf(shape.type);

const fitsShape = (a: Shape, b: Shape): boolean => fits(typeOfShape(a), typeOfShape(b));

/** The type; of a tuple, no more than its first elements. */
function showBound(b: Bound): string {
  if (!Array.isArray(b)) return showType((b as Value).type);
  const shown = b.slice(0, 8).map((e: Bound) => (Array.isArray(e) ? '(…)' : showType((e as Value).type)));
  return `(${shown.join(', ')}${b.length > 8 ? `, … ${b.length} in all` : ''})`;
}

function boundFits(b: Bound, t: ValueType): boolean {
  if (!Array.isArray(b)) return fits((b as Value).type, t);
  return t.kind === 'tuple' && t.elements.length === b.length && b.every((e, k) => boundFits(e, t.elements[k]!));
}
