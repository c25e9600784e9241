/**
 * The graph IR: Module → Computation → Instruction → Value.
 *
 * Canonical form, kept by every pass: several results instead of tuples; called computations are closed (what a region
 * captured has become an operand); no layouts. Instructions of a computation are a set: their order is what
 * `topological()` derives from operands, ties in order of insertion.
 */
import type { Attributes } from './attributes.js';
import { showType, type TensorType, type ValueType } from './types.js';

declare const opcodeBrand: unique symbol;
/** Which op an instruction is. Opaque outside the registry and the rules: a key, and a word for messages. */
export type Opcode = string & { readonly [opcodeBrand]: true };

/** Where in its source text something stands: 1-based line and column. */
export interface Location {
  readonly line: number;
  readonly column: number;
  /** What the framework said of the origin (`loc("…")`, HLO's metadata), for messages. */
  readonly note?: string;
}

export class Value {
  /** Instructions that read this value, with how often each does. */
  readonly users = new Map<Instruction, number>();

  constructor(
    readonly producer: Instruction,
    readonly index: number,
    readonly type: ValueType,
  ) {}

  /** The type of a value that must be a tensor. */
  get tensorType(): TensorType {
    if (this.type.kind !== 'tensor') throw new TypeError(`expected a tensor, found ${showType(this.type)}`);
    return this.type;
  }

  addUser(user: Instruction): void {
    this.users.set(user, (this.users.get(user) ?? 0) + 1);
  }

  removeUser(user: Instruction): void {
    const n = this.users.get(user) ?? 0;
    if (n > 1) this.users.set(user, n - 1);
    else this.users.delete(user);
  }
}

let nextId = 0;

export class Instruction {
  /** Unique in the process: a stable key and tie-breaker. */
  readonly id = nextId++;
  readonly results: readonly Value[];
  private inputs: Value[];
  /** Where an operand was replaced last. */
  private cursor = 0;

  constructor(
    readonly parent: Computation,
    readonly opcode: Opcode,
    operands: readonly Value[],
    readonly attributes: Attributes,
    readonly called: readonly Computation[],
    resultTypes: readonly ValueType[],
    readonly location: Location | undefined,
  ) {
    this.inputs = [...operands];
    this.results = resultTypes.map((t, i) => new Value(this, i, t));
    for (const v of this.inputs) v.addUser(this);
  }

  get operands(): readonly Value[] {
    return this.inputs;
  }

  /** The only result of a single-result instruction. */
  get result(): Value {
    const [r] = this.results;
    if (!r || this.results.length !== 1) throw new TypeError(`${this.opcode} has ${this.results.length} results`);
    return r;
  }

  setOperand(i: number, v: Value): void {
    this.inputs[i]!.removeUser(this);
    this.inputs[i] = v;
    v.addUser(this);
  }

  /** One use of `from` becomes one of `to`. */
  replaceOperand(from: Value, to: Value): void {
    // Values of thousands are mostly replaced in the order in which they stand.
    let k = this.inputs.indexOf(from, this.cursor);
    if (k < 0) k = this.inputs.indexOf(from);
    this.setOperand(k, to);
    this.cursor = k;
  }

  /** Called by `Computation.remove` alone. */
  dropOperands(): void {
    for (const v of this.inputs) v.removeUser(this);
    this.inputs = [];
  }
}

export interface InstructionParts {
  operands?: readonly Value[];
  attributes?: Attributes;
  called?: readonly Computation[];
  location?: Location | undefined;
}

export class Computation {
  readonly parameters: Instruction[] = [];
  readonly instructions = new Set<Instruction>();
  private roots: Value[] = [];
  /** Where each value stands among the results. */
  private readonly places = new Map<Value, Set<number>>();

  constructor(
    public name: string,
    /** Attributes of each argument (`tf.aliasing_output`, shardings …), by index. */
    public argumentAttributes: readonly Attributes[] = [],
    public resultAttributes: readonly Attributes[] = [],
  ) {}

  get results(): readonly Value[] {
    return this.roots;
  }

  setResults(values: readonly Value[]): void {
    this.roots = [...values];
    this.places.clear();
    values.forEach((v, k) => {
      this.placesOf(v).add(k);
    });
  }

  isResult(v: Value): boolean {
    return this.places.has(v);
  }

  private placesOf(v: Value): Set<number> {
    let places = this.places.get(v);
    if (!places) this.places.set(v, (places = new Set()));
    return places;
  }

  /** Appends an instruction as given; `OpRegistry.build` infers and checks result types first. */
  append(opcode: Opcode, resultTypes: readonly ValueType[], parts: InstructionParts = {}): Instruction {
    const i = new Instruction(
      this,
      opcode,
      parts.operands ?? [],
      parts.attributes ?? {},
      parts.called ?? [],
      resultTypes,
      parts.location,
    );
    this.instructions.add(i);
    return i;
  }

  /** `opcode` is the registry's opcode for parameters. */
  addParameter(opcode: Opcode, type: ValueType, location?: Location): Value {
    const i = this.append(opcode, [type], { attributes: { index: this.parameters.length }, location });
    this.parameters.push(i);
    return i.result;
  }

  /** Every use of `from`, the computation's results included, becomes a use of `to`. */
  replaceAllUses(from: Value, to: Value): void {
    if (from === to) return;
    for (const [user, times] of [...from.users]) {
      for (let n = times; n > 0; n--) user.replaceOperand(from, to);
    }
    const places = this.places.get(from);
    if (!places) return;
    this.places.delete(from);
    // A copy: who has the list of results keeps it as it was.
    this.roots = [...this.roots];
    for (const k of places) {
      this.roots[k] = to;
      this.placesOf(to).add(k);
    }
  }

  /** Removes an instruction nobody uses. */
  remove(i: Instruction): void {
    if (i.results.some((r) => r.users.size > 0)) throw new Error(`${i.opcode} is still in use`);
    i.dropOperands();
    this.instructions.delete(i);
  }

  /** Instructions, each after its operands; ties in order of insertion. Iterative: depth is no limit. */
  topological(): Instruction[] {
    const done = new Set<Instruction>();
    const order: Instruction[] = [];
    for (const start of this.instructions) {
      if (done.has(start)) continue;
      const stack: [Instruction, number][] = [[start, 0]];
      done.add(start);
      while (stack.length > 0) {
        const top = stack[stack.length - 1]!;
        const next = top[0].operands[top[1]++]?.producer;
        if (next === undefined) {
          order.push(top[0]);
          stack.pop();
        } else if (!done.has(next)) {
          done.add(next);
          stack.push([next, 0]);
        }
      }
    }
    return order;
  }
}

export class Module {
  readonly computations = new Map<string, Computation>();
  attributes: Attributes = {};

  constructor(
    public name: string,
    /** The source text's name, for messages. */
    readonly file: string | undefined = undefined,
  ) {}

  add(c: Computation): Computation {
    if (this.computations.has(c.name)) throw new Error(`two functions are named @${c.name}`);
    this.computations.set(c.name, c);
    return c;
  }

  /** The computation that runs: `main`, or the only public one. */
  get entry(): Computation {
    const main = this.computations.get('main');
    if (!main) throw new Error('the module has no function @main');
    return main;
  }
}
