/** Checks the programs of a file: what they compute, against what they expect. */
import { type Compilation, CompileError, runPasses } from '../../compiler.js';
import { allocate, bytesOf, type Module, type OpRegistry, type Tensor } from '../../hlo/index.js';
import { runComputation } from '../../hlo/interpreter.js';
import { CheckFailure, type Difference } from '../../hlo/ops/checks.js';
import { parseStablehloPrograms } from '../../hlo/stablehlo/index.js';
import { verify } from '../../hlo/verifier.js';
import { located } from '../../located.js';
import { type CompileOptions, compilerOptions, executableOf } from '../../program.js';
import type { RuleSet } from '../../rules/index.js';
import { reachableComputations } from '../../rules/passes/computations.js';
import { isDynamic, specialise } from '../../rules/passes/specialise.js';
import type { Executable } from '../../runtime/index.js';
import { type Step, stepsInside } from '../../runtime/plan.js';
import { brief } from '../errors.js';
import { compiledParallel } from '../parallel.js';
import { readBytes } from '../program-file.js';
import { constantsAsArguments, effectsOf, splitExpectations } from './expectations.js';

/** What became of a program. Plain data: it goes between processes, and into the report. */
export interface Checked {
  readonly file: string;
  /** Absent where the file could not be read. */
  readonly function?: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed, with its place, or was skipped. */
  readonly reason?: string;
  readonly difference?: Difference;
  /** Kernels that the compiled program launches, each place counted once; 0 where nothing is compiled. */
  readonly kernels: number;
  /** Names of the ops that it uses, and the element types that they give, each once. */
  readonly ops: readonly string[];
  readonly elements: readonly string[];
  readonly milliseconds: number;
}

export function checkFile(file: string, rules: RuleSet, options: CompileOptions): Checked[] {
  let source: Uint8Array;
  let parse: () => Module[];
  let programs: readonly Module[];
  try {
    source = readBytes(file);
    parse = () => parseStablehloPrograms(source, rules.ops, { file });
    programs = parse();
  } catch (e) {
    return [{ file, status: 'failed', reason: lineOf(file, e), kernels: 0, ops: [], elements: [], milliseconds: 0 }];
  }
  return programs.flatMap((program, p) =>
    entriesOf(program).map((name): Checked => {
      const start = performance.now();
      const outcome = outcomeOf(() => checkFunction(parse()[p]!, name, rules, options), file, source);
      const milliseconds = Math.round(performance.now() - start);
      return { file, function: name, kernels: 0, ...outcome, ...contentsOf(program, rules.ops), milliseconds };
    }),
  );
}

type Outcome = Pick<Checked, 'status' | 'reason' | 'difference'> & { readonly kernels?: number };

function outcomeOf(check: () => Outcome, file: string, source: Uint8Array): Outcome {
  try {
    return check();
  } catch (e) {
    const difference = e instanceof CheckFailure ? e.difference : undefined;
    const reason = lineOf(file, located(e, source, file));
    return { status: 'failed', reason, ...(difference ? { difference } : {}) };
  }
}

/** `file:line:column: sentence`, which errors with a place say themselves. */
const lineOf = (file: string, e: unknown): string =>
  brief(e).startsWith(`${file}:`) ? brief(e) : `${file}: ${brief(e)}`;

const entriesOf = (module: Module): string[] =>
  module.computations.has('main') ? ['main'] : [...module.computations.keys()];

/** What a module is made of, expectations aside. */
function contentsOf(module: Module, ops: OpRegistry): Pick<Checked, 'ops' | 'elements'> {
  const names = new Set<string>();
  const elements = new Set<string>();
  for (const i of reachableComputations(module).flatMap((c) => [...c.instructions])) {
    const { name, kind } = ops.get(i.opcode);
    if (kind === 'parameter' || kind === 'constant' || ops.has(i, 'side-effect')) continue;
    names.add(name);
    for (const { type } of i.results) {
      if (type.kind === 'tensor') elements.add(type.quantization ? 'quantized' : type.element);
    }
  }
  return { ops: [...names].sort(), elements: [...elements].sort() };
}

/** Throws where an expectation does not hold. */
function checkFunction(module: Module, name: string, rules: RuleSet, options: CompileOptions): Outcome {
  const { ops } = rules;
  const [problem] = verify(module, ops);
  if (problem) throw new CompileError(problem.message, problem.location);
  const entry = module.computations.get(name)!;
  if (entry.parameters.length > 0) return { status: 'skipped', reason: 'it needs arguments' };
  if (options.target === 'interpreter') {
    if (!expects(module, ops)) return { status: 'skipped', reason: 'it expects nothing' };
    runComputation(entry, ops, []);
    return { status: 'passed' };
  }
  if (name !== 'main') {
    entry.name = 'main';
    module.computations.delete(name);
    module.add(entry);
  }
  const { module: program, checks } = splitExpectations(
    isDynamic(module, ops) ? specialise(module, ops).module : module,
    ops,
  );
  if (effectsOf(checks, ops).length === 0) return { status: 'skipped', reason: 'it expects nothing' };
  const inputs = constantsAsArguments(program, ops);
  const compilation = runPasses(program, compilerOptions({ ...options, rules, fold: false }));
  using executable = executableOf(compilation, options.target ?? 'cpu', options.threads);
  let kernels = launchesOf(compilation);
  const parallel = compiledParallel(rules, options, (c) => {
    kernels += launchesOf(c);
  });
  runComputation(checks, ops, writtenBy(executable, inputs), { parallel });
  return { status: 'passed', kernels };
}

const expects = (module: Module, ops: OpRegistry): boolean =>
  [...module.computations.values()].some((c) => effectsOf(c, ops).length > 0);

const launchesOf = ({ plan }: Compilation): number => {
  const count = (steps: readonly Step[]): number =>
    steps.reduce(
      (n, s) =>
        n + (s.kind === 'launch' ? s.launches.length : 0) + stepsInside(s).reduce((m, list) => m + count(list), 0),
      0,
    );
  return count(plan!.steps);
};

/** The results, in memory that held something else before. Throws where native code left it as it was. */
function writtenBy(executable: Executable, inputs: readonly Tensor[]): readonly Tensor[] {
  const runOver = (byte: number) => {
    const outputs = executable.outputs.map(allocate);
    for (const t of outputs) bytesOf(t).fill(byte);
    executable.runSync(inputs, { outputs });
    const untouched = outputs.map(bytesOf).findIndex((b) => b.length > 0 && b.every((x) => x === byte));
    return { outputs, untouched };
  };
  const { outputs, untouched } = runOver(0xa5);
  // A value may be that pattern by chance, but not two patterns.
  if (untouched >= 0 && runOver(0x5a).untouched === untouched) {
    throw new Error(`no native code wrote checked value ${untouched}`);
  }
  return outputs;
}
