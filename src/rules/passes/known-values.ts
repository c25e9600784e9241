/** Values that are known before the program runs: computed by the interpreter where somebody asks for them. */
import {
  type Computation,
  ELEMENT,
  elementCount,
  type Instruction,
  OpError,
  type OpRegistry,
  type RuntimeValue,
  showType,
  storageOf,
  type Tensor,
  TOKEN_VALUE,
  type Value,
} from '../../hlo/index.js';
import { runComputation } from '../../hlo/interpreter.js';
import { compileRegion } from '../../hlo/region.js';
import { isPure } from './effects.js';

/** Why a value is not known, as the end of a sentence. */
export class Unknown {
  constructor(readonly why: string) {}
}

/** Elements of an argument that may decide shapes; and of a value that is computed to find one. */
const ARGUMENT_ELEMENTS = 64;
const COMPUTED_ELEMENTS = 1 << 16;

export class KnownValues {
  /** Numbers of the arguments whose values somebody needed. */
  readonly used = new Set<number>();
  private readonly known = new Map<Value, RuntimeValue | Unknown>();
  private readonly sources = new Map<Value, Value>();
  private readonly inputs = new Map<Value, { readonly index: number; readonly value: Tensor | undefined }>();

  constructor(private readonly ops: OpRegistry) {}

  /** An argument of the program, with its value where that is given. */
  addInput(v: Value, index: number, value: Tensor | undefined): void {
    this.inputs.set(v, { index, value });
  }

  /** Inside of what is called, `v` is always the value `source` outside. */
  addCapture(v: Value, source: Value): void {
    this.sources.set(v, source);
  }

  /** The value, or why there is none. Iterative: depth is no limit. */
  get(v: Value): Tensor | Unknown {
    const stack = [v];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const missing = this.known.has(top) ? [] : this.needs(top).filter((o) => !this.known.has(o));
      if (missing.length > 0) stack.push(...missing);
      else {
        if (!this.known.has(top)) this.compute(top);
        stack.pop();
      }
    }
    const found = this.known.get(v)!;
    return found === TOKEN_VALUE ? new Unknown('it depends on a token') : found;
  }

  private needs(v: Value): readonly Value[] {
    const source = this.sources.get(v);
    if (source) return [source];
    return this.ops.has(v.producer, 'of-shape') ? [] : v.producer.operands;
  }

  private compute(v: Value): void {
    const source = this.sources.get(v);
    if (source) this.known.set(v, this.known.get(source)!);
    else if (this.ops.kind(v.producer) === 'parameter') this.known.set(v, this.argument(v));
    else {
      const results = this.evaluate(v.producer);
      v.producer.results.forEach((r, k) => {
        this.known.set(r, results instanceof Unknown ? results : results[k]!);
      });
    }
  }

  private argument(v: Value): Tensor | Unknown {
    const input = this.inputs.get(v);
    if (!input) return new Unknown('it depends on what a loop changes, or on elements that a computation gets');
    const { element, dims } = v.tensorType;
    const what = `argument ${input.index} of the program, ${showType(v.type)}`;
    const counts = ELEMENT[element].class !== 'float' && ELEMENT[element].class !== 'complex';
    if (!counts || elementCount(dims) > ARGUMENT_ELEMENTS) {
      return new Unknown(
        `it depends on ${what}: only arguments of at most ${ARGUMENT_ELEMENTS} integers may decide shapes`,
      );
    }
    if (!input.value)
      return new Unknown(
        `it depends on the value of ${what}: give that for its shape (--input-shapes '=N', or a tensor in \`shapes\`)`,
      );
    this.used.add(input.index);
    return input.value;
  }

  private evaluate(i: Instruction): readonly RuntimeValue[] | Unknown {
    const operands = this.operands(i);
    if (operands instanceof Unknown) return operands;
    if (!isPure(i, this.ops)) return new Unknown(`it depends on ${i.opcode}, whose results are known when it runs`);
    const large = i.results.some((r) => r.type.kind === 'tensor' && elementCount(r.type.dims) > COMPUTED_ELEMENTS);
    if (large)
      return new Unknown(`it depends on ${i.opcode}, whose result has more than ${COMPUTED_ELEMENTS} elements`);
    try {
      return evaluateOn(i, operands, this.ops);
    } catch (e) {
      if (e instanceof OpError) return new Unknown(`it depends on ${i.opcode}: ${e.message}`);
      throw e;
    }
  }

  private operands(i: Instruction): RuntimeValue[] | Unknown {
    // Only types are asked for: tensors without elements will do.
    if (this.ops.has(i, 'of-shape')) {
      return i.operands.map((v) => ({ type: v.tensorType, data: new (storageOf(v.tensorType.element))(0) }));
    }
    const values = i.operands.map((v) => this.known.get(v)!);
    const unknown = values.find((x) => x instanceof Unknown);
    return unknown ?? (values as RuntimeValue[]);
  }
}

/** What the interpreter makes of an instruction. Throws `OpError` where the op refuses. */
export function evaluateOn(
  i: Instruction,
  operands: readonly RuntimeValue[],
  ops: OpRegistry,
): readonly RuntimeValue[] {
  const run = (c: Computation, args: readonly RuntimeValue[]) => runComputation(c, ops, args);
  return ops.get(i.opcode).evaluate({
    operands,
    attributes: i.attributes,
    called: i.called,
    results: i.results.map((r) => r.type),
    run,
    region: (c, precision = 'own') => compileRegion(c, ops, run, precision),
  });
}
