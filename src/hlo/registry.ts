/** What an op is: one entry an op, and a registry that is a value (there is no global one). */
import type { Attributes } from './attributes.js';
import type { Computation, Instruction, InstructionParts, Location, Opcode, Value } from './graph.js';
import type { Literal } from './literal.js';
import type { Width } from './numeric/wide.js';
import type { Grid, Process } from './process-groups.js';
import type { StepContext, Steps } from './steps.js';
import type { Tensor } from './tensor.js';
import { type ElementType, sameType, showType, type TensorType, type ValueType } from './types.js';

/** What planner, stitcher and runtime may ask about an instruction: a closed list. */
export type StructureKind =
  | 'parameter'
  | 'constant'
  | 'pack'
  | 'project'
  | 'call'
  | 'loop'
  | 'branch'
  | 'foreign'
  | 'barrier'
  | 'assertion' // refuses operands that must not be, and does nothing else
  | 'view'
  | 'compute';

/** Declared properties that hold for two ops or more. */
export type Trait =
  | 'commutative' // operands 0 and 1 may be exchanged
  | 'elementwise' // result element i depends on operand elements i alone
  | 'same-bits' // the operand's bits: result element i those of operand element i, where both are of one width
  | 'side-effect' // must run, once, in order
  | 'nondeterministic' // two runs may differ: never folded, duplicated or merged
  | 'shape-only' // moves elements and computes nothing
  | 'combines' // calls computations on elements of its operands; itself it only moves them
  | 'through-reals' // takes quantized elements as the real numbers that they stand for, and rounds to quantized results
  | 'of-shape' // the result follows from the operands' types alone
  | 'collective'; // talks to other replicas

/** A token at run time. */
export const TOKEN_VALUE = Symbol('token');
export type RuntimeValue = Tensor | typeof TOKEN_VALUE;

export interface InferContext {
  readonly operands: readonly ValueType[];
  readonly attributes: Attributes;
  readonly called: readonly Computation[];
  /** Result types that the text or the builder gave; needed where operands do not determine them (iota, reshape …). */
  readonly declared: readonly ValueType[] | undefined;
  /** The value of an operand, where it is known already: shapes may follow from it. */
  readonly known?: (operand: number) => Tensor | undefined;
}

export interface EvaluateContext {
  readonly operands: readonly RuntimeValue[];
  readonly attributes: Attributes;
  readonly called: readonly Computation[];
  readonly results: readonly ValueType[];
  /** Runs a called computation. */
  run(computation: Computation, args: readonly RuntimeValue[]): RuntimeValue[];
  /**
   * A called computation over scalars as a closure. Wide: its floats are computed in wider types (numeric/wide.ts), and
   * so taken and given; where the computation depends on their bits it stays as it is (`width` says).
   */
  region(computation: Computation, width?: Width): ScalarRegion;
  /** Which of the processes this is; absent: the only one. */
  readonly process?: Process;
  /** Runs programs side by side; absent where nothing but elements is computed. */
  readonly parallel?: RunParallel;
}

/** One program a process: replicas outside, partitions inside. */
export type Programs = readonly (readonly Computation[])[];

/**
 * The results of each process, in the order of their numbers, from the arguments of each; `infeed`: computations that
 * give what the host feeds, in order.
 */
export type RunParallel = (
  programs: Programs,
  args: readonly (readonly RuntimeValue[])[],
  infeed: readonly Computation[],
) => readonly (readonly RuntimeValue[])[];

/** A computation from scalars to scalars. */
export interface ScalarRegion {
  readonly width: Width;
  /** The only result, or the first of several. */
  readonly first: ScalarFunction;
  /** All results. */
  all(args: readonly Scalar[]): readonly Scalar[];
}

/** One element: a number (floats, integers to 32 bits, pred as 0 or 1), a bigint (64-bit integers), a complex pair. */
export type Scalar = number | bigint | readonly [re: number, im: number];
export type ScalarFunction = (...operands: Scalar[]) => Scalar;

export type TargetsByElement = { readonly [element in ElementType]?: string };

export interface CustomCallForm {
  /** Further targets that mean the op. */
  readonly aliases?: readonly string[];
  /** The op's attributes from those of a call, where that says them otherwise. */
  readonly read?: (given: Attributes, results: readonly ValueType[]) => Attributes;
  /** Attributes that are written as numbers of a type other than i64: `ui8`. */
  readonly attributeTypes?: { readonly [attribute: string]: string };
  readonly apiVersion?: number;
  /** Attributes, by the names that texts use, that stand beside the configuration and not in it. */
  readonly besideConfig?: readonly string[];
  /**
   * The function takes each matrix column by column: whatever has two dimensions more than the batch, which are all of
   * operand 0 but so many. The op speaks of rows and columns; texts say by layouts how the matrices lie, and parsers
   * turn those that lie otherwise.
   */
  readonly columnMajor?: number;
}

export interface OpDefinition {
  /** Canonical name: HLO's opcode (`dot`, `broadcast`, `round-nearest-even`). */
  readonly name: string;
  /** One line: what it computes. */
  readonly doc: string;
  readonly kind: StructureKind;
  readonly traits: readonly Trait[];
  /** Number of operands: exact, or at least `min`. */
  readonly operands: number | { readonly min: number; readonly max?: number };
  /** Number of called computations: exact, or at least `min`. */
  readonly regions: number | { readonly min: number };
  /** Spellings in the two texts, e.g. `stablehlo.dot_general` and `dot`. The first of several is the one printed. */
  readonly stablehlo: readonly string[];
  readonly hlo: readonly string[];
  /**
   * A `custom_call` with this target (StableHLO) or `custom_call_target` (HLO) is this op. Of an op with a target for
   * each type: by the element type of operand 0.
   */
  readonly customCallTarget?: string | TargetsByElement;
  /** What else there is to such a call. */
  readonly customCall?: CustomCallForm;
  /** Result types, from operands and attributes. Throws `OpError` with a sentence where they do not fit. */
  infer(c: InferContext): readonly ValueType[];
  /** Operands whose values say the result's shape, and nothing that the shape does not say. */
  shapeOperands?(c: Pick<InferContext, 'operands' | 'attributes'>): readonly number[];
  /** Operands that say more than that (paddings, starts): they must be known before the op can be compiled. */
  staticOperands?(c: Pick<InferContext, 'operands' | 'attributes'>): readonly number[];
  /** Of an op that nobody can run: what to do about an instruction of it. */
  readonly remedy?: (attributes: Attributes) => string;
  /** Reference semantics. */
  evaluate(c: EvaluateContext): readonly RuntimeValue[];
  /** The same for an op that may wait for other processes, itself or in what it calls: see `inSteps`. */
  steps?(c: StepContext): Steps;
  /** Of an op that depends on which processes there are: its attributes, spelled out for a grid of them. */
  onGrid?(attributes: Attributes, grid: Grid): Attributes;
  /**
   * Of an elementwise op: the function from elements of the operands to the element of the result, rounded to
   * `result`'s type. Only element types matter, not dimensions; so reducers can be run at a wider type than their own.
   */
  scalar?(operands: readonly TensorType[], attributes: Attributes, result: TensorType): ScalarFunction;
}

/** What is wrong with an instruction: a sentence without place; whoever knows the place adds it. */
export class OpError extends Error {
  override name = 'OpError';
  /** Where the instruction stands, set by whoever first knows it. */
  location?: Location | undefined;
}

export const defineOp = (
  d: Partial<OpDefinition> & Pick<OpDefinition, 'name' | 'doc' | 'operands' | 'infer' | 'evaluate'>,
): OpDefinition => ({ kind: 'compute', traits: [], regions: 0, stablehlo: [], hlo: [], ...d });

const targetsOf = ({ customCallTarget: target, customCall }: OpDefinition): readonly string[] => [
  ...(typeof target === 'object' ? Object.values(target) : target === undefined ? [] : [target]),
  ...(customCall?.aliases ?? []),
];

/** Ops of MHLO are custom calls in StableHLO where that has no word for them; CHLO has, in most cases. */
const MHLO = 'mhlo.';

export class OpRegistry {
  private readonly byOpcode = new Map<Opcode, OpDefinition>();
  private readonly byStablehlo = new Map<string, Opcode>();
  private readonly byHlo = new Map<string, Opcode>();
  private readonly byTarget = new Map<string, Opcode>();

  /**
   * `rename` gives the opcode of each canonical name; the identity but in the renaming test, which proves that no
   * code outside registry and rules knows an opcode.
   */
  constructor(
    readonly definitions: readonly OpDefinition[],
    private readonly rename: (name: string) => string = (n) => n,
  ) {
    for (const d of definitions) {
      const opcode = this.opcode(d.name);
      if (this.byOpcode.has(opcode)) throw new Error(`op ${d.name} is defined twice`);
      this.byOpcode.set(opcode, d);
      for (const n of d.stablehlo) this.byStablehlo.set(n, opcode);
      for (const n of d.hlo) this.byHlo.set(n, opcode);
      for (const target of targetsOf(d)) this.byTarget.set(target, opcode);
    }
  }

  /** The opcode that stands for a canonical name in this registry. For op definitions, parsers and rules alone. */
  opcode(name: string): Opcode {
    return this.rename(name) as Opcode;
  }

  extend(more: readonly OpDefinition[]): OpRegistry {
    return new OpRegistry([...this.definitions, ...more], this.rename);
  }

  find = (opcode: Opcode): OpDefinition | undefined => this.byOpcode.get(opcode);
  fromStablehlo = (name: string): Opcode | undefined => this.byStablehlo.get(name);
  fromHlo = (name: string): Opcode | undefined => this.byHlo.get(name);
  fromCustomCallTarget(target: string): Opcode | undefined {
    const name = target.startsWith(MHLO) ? target.slice(MHLO.length) : undefined;
    const known = this.byTarget.get(target);
    if (known !== undefined || name === undefined) return known;
    return this.fromStablehlo(`chlo.${name}`) ?? this.fromStablehlo(`stablehlo.${name}`);
  }

  /** The target by which a custom call with these operands means the op. */
  customCallTarget(opcode: Opcode, operands: readonly ValueType[]): string | undefined {
    const { customCallTarget: target } = this.get(opcode);
    if (typeof target !== 'object') return target;
    const [t] = operands;
    return t?.kind === 'tensor' ? target[t.element] : undefined;
  }

  /** Throws `OpError` where the target that a text calls is for operands of another type. */
  checkCustomCallTarget(opcode: Opcode, target: string, operands: readonly ValueType[]): void {
    const d = this.get(opcode);
    if (typeof d.customCallTarget !== 'object') return;
    const [element] = Object.entries(d.customCallTarget).find(([, name]) => name === target) ?? [];
    const [t] = operands;
    if (element === undefined || (t?.kind === 'tensor' && t.element === element)) return;
    throw new OpError(`@${target} takes ${element}, but operand 0 is ${t ? showType(t) : 'missing'}`);
  }

  get(opcode: Opcode): OpDefinition {
    const d = this.byOpcode.get(opcode);
    if (!d) throw new OpError(`op ${opcode} is not in the registry; define it with defineOp`);
    return d;
  }

  kind = (i: Instruction): StructureKind => this.get(i.opcode).kind;
  has = (i: Instruction, trait: Trait): boolean => this.get(i.opcode).traits.includes(trait);

  /** Result types, with arity checked and compared with the declared ones. Throws `OpError`. */
  inferTypes(opcode: Opcode, c: InferContext): readonly ValueType[] {
    const d = this.get(opcode);
    checkCount(d.name, 'operand', c.operands.length, d.operands);
    checkCount(d.name, 'called computation', c.called.length, d.regions);
    const types = d.infer(c);
    if (c.declared) {
      if (c.declared.length !== types.length) {
        throw new OpError(`${d.name} has ${types.length} results, but ${c.declared.length} are declared`);
      }
      types.forEach((t, i) => {
        const declared = c.declared![i]!;
        if (!compatible(t, declared)) {
          throw new OpError(`${d.name} gives ${showType(t)}, but ${showType(declared)} is declared`);
        }
      });
      return c.declared;
    }
    return types;
  }

  /**
   * Result types where more is known than the text could say: sizes that follow from the operands take the place of
   * declared ones that are open. Throws `OpError` where the two contradict each other.
   */
  refineTypes(opcode: Opcode, c: InferContext & { readonly declared: readonly ValueType[] }): readonly ValueType[] {
    const types = this.get(opcode).infer(c);
    this.inferTypes(opcode, c);
    return c.declared.map((declared, i) => refined(declared, types[i]!));
  }

  /** `InferContext.known` of operands: the values of those that are constants. */
  constants(operands: readonly Value[]): (operand: number) => Tensor | undefined {
    return (k) => {
      const producer = operands[k]?.producer;
      if (!producer || this.kind(producer) !== 'constant') return undefined;
      return (producer.attributes.value as Literal | undefined)?.tensor();
    };
  }

  /** Infers, checks and appends. */
  build(
    into: Computation,
    opcode: Opcode,
    parts: InstructionParts & { declared?: readonly ValueType[]; location?: Location | undefined } = {},
  ): Instruction {
    const types = this.inferTypes(opcode, {
      operands: (parts.operands ?? []).map((v) => v.type),
      attributes: parts.attributes ?? {},
      called: parts.called ?? [],
      declared: parts.declared,
      known: this.constants(parts.operands ?? []),
    });
    return into.append(opcode, types, parts);
  }
}

function checkCount(
  op: string,
  what: string,
  n: number,
  want: OpDefinition['operands'] | OpDefinition['regions'],
): void {
  const min = typeof want === 'number' ? want : want.min;
  const max = typeof want === 'number' ? want : ((want as { max?: number }).max ?? Number.POSITIVE_INFINITY);
  if (n >= min && n <= max) return;
  const expected =
    min === max
      ? `${min}`
      : `${max === Number.POSITIVE_INFINITY ? 'at least ' : `${min} to `}${max === Number.POSITIVE_INFINITY ? min : max}`;
  throw new OpError(`${op} takes ${expected} ${what}${expected === '1' ? '' : 's'}, but ${n} are given`);
}

/** The declared type, its open sizes those of `found`. */
function refined(declared: ValueType, found: ValueType): ValueType {
  if (declared.kind !== 'tensor' || found.kind !== 'tensor') return declared;
  const dims = declared.dims.map((n, d) => (n < 0 ? found.dims[d]! : n));
  const { bounds, ...type } = declared;
  return bounds && dims.some((n) => n < 0) ? { ...type, dims, bounds } : { ...type, dims };
}

/** Equal, or equal where both are static (a dynamic dimension fits any). */
function compatible(a: ValueType, b: ValueType): boolean {
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    return (
      a.element === b.element &&
      a.dims.length === b.dims.length &&
      a.dims.every((d, i) => d === b.dims[i] || d < 0 || b.dims[i]! < 0)
    );
  }
  return sameType(a, b);
}
