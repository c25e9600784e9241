/** Which instruction it is that compiled code computes differently than the interpreter does. */
import { runPasses } from '../compiler.js';
import { type Instruction, type Module, type RuntimeValue, type Tensor, TOKEN_VALUE } from '../hlo/index.js';
import { interpret } from '../hlo/interpreter.js';
import { type CompileOptions, compilerOptions, executableOf } from '../program.js';
import { describe } from '../rules/engine.js';
import { inlineCalls } from '../rules/passes/inline.js';
import { isDynamic, specialise } from '../rules/passes/specialise.js';
import { compareTensors } from './compare.js';
import type { ProgramFile } from './program-file.js';

export interface Culprit {
  readonly instruction: string;
  readonly line: number | undefined;
  /** Does it differ when it is a result of its own, or only fused with what comes after it? */
  readonly alone: boolean;
}

/** Bytes of intermediate values looked at together. */
const BYTES_AT_A_TIME = 2 ** 30;

/** The first instruction, in order of evaluation, whose value is off by more than the tolerance of its type. */
export function firstDifference(
  program: ProgramFile,
  inputs: readonly Tensor[],
  options: CompileOptions,
  tolerance: number | undefined,
): Culprit | undefined {
  const trial = new Trial(program, inputs, options, tolerance);
  return trial.firstStored() ?? trial.firstPrefix();
}

class Trial {
  private readonly order: readonly Instruction[];
  private readonly expected = new Map<number, Tensor>();
  private readonly candidates: readonly number[];

  constructor(
    private readonly program: ProgramFile,
    private readonly inputs: readonly Tensor[],
    private readonly options: CompileOptions,
    private readonly tolerance: number | undefined,
  ) {
    const module = this.freshModule();
    this.order = module.entry.topological();
    const place = new Map(this.order.map((i, k) => [i, k]));
    const onInstruction = (i: Instruction, results: readonly RuntimeValue[]) => {
      const k = place.get(i);
      const [first] = results;
      if (k !== undefined && first !== undefined && first !== TOKEN_VALUE) this.expected.set(k, first);
    };
    interpret(module, program.rules.ops, inputs, { onInstruction });
    const { ops } = program.rules;
    this.candidates = [...this.expected.keys()]
      .filter((k) => ops.kind(this.order[k]!) !== 'constant' && this.order[k]!.results.length === 1)
      .sort((a, b) => a - b);
  }

  /** All values made results together. */
  firstStored(): Culprit | undefined {
    let batch: number[] = [];
    let bytes = 0;
    const flush = (): Culprit | undefined => {
      const found = batch.length > 0 ? this.firstOff(batch) : undefined;
      batch = [];
      bytes = 0;
      return found === undefined ? undefined : this.culprit(found, true);
    };
    for (const k of this.candidates) {
      batch.push(k);
      bytes += this.expected.get(k)!.data.byteLength;
      if (bytes < BYTES_AT_A_TIME) continue;
      const found = flush();
      if (found) return found;
    }
    return flush();
  }

  /** By bisection: the shortest beginning of the program whose last value is off. */
  firstPrefix(): Culprit | undefined {
    const { candidates } = this;
    let lo = 0;
    let hi = candidates.length - 1;
    if (hi < 0 || this.firstOff([candidates[hi]!]) === undefined) return undefined;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.firstOff([candidates[mid]!]) === undefined) lo = mid + 1;
      else hi = mid;
    }
    return this.culprit(candidates[lo]!, false);
  }

  /** The first of these values that is off, when they are the results of the program. */
  private firstOff(wanted: readonly number[]): number | undefined {
    const module = this.freshModule();
    const order = module.entry.topological();
    module.entry.setResults(wanted.map((k) => order[k]!.result));
    const compilation = runPasses(module, compilerOptions({ ...this.options, rules: this.program.rules }));
    using executable = executableOf(compilation, this.options.target ?? 'cpu', this.options.threads);
    const outputs = executable.runSync(this.inputs);
    return wanted.find((k, o) => !compareTensors(outputs[o]!, this.expected.get(k)!, this.tolerance).ok);
  }

  private freshModule(): Module {
    const { ops } = this.program.rules;
    const module = this.program.module();
    if (isDynamic(module, ops)) return specialise(module, ops, this.inputs).module;
    inlineCalls(module, ops);
    return module;
  }

  private culprit(k: number, alone: boolean): Culprit {
    const i = this.order[k]!;
    return { instruction: describe(i), line: i.location?.line, alone };
  }
}
