/** Programs that a test program runs side by side, as compiled code: processes are threads. */
import { type Compilation, runPasses } from '../compiler.js';
import {
  Computation,
  Module,
  OpError,
  type OpRegistry,
  type RunParallel,
  type Tensor,
  TOKEN_VALUE,
} from '../hlo/index.js';
import { type CompileOptions, compilerOptions, executableOf } from '../program.js';
import type { RuleSet } from '../rules/index.js';
import { copyBody } from '../rules/passes/inline.js';

/**
 * Runs one program as many processes, without folding constants. `compiled` is told what it became.
 * @throws OpError where processes run different programs, or talk to a host: only the interpreter does that
 */
export const compiledParallel =
  (rules: RuleSet, options: CompileOptions, compiled: (c: Compilation) => void): RunParallel =>
  (programs, args, infeed) => {
    const [program] = programs.flat() as [Computation];
    if (programs.flat().some((p) => p !== program)) {
      throw new OpError('processes that run different programs are not compiled; --target interpreter runs them');
    }
    const tensors = args.map((list) => list.filter((v): v is Tensor => v !== TOKEN_VALUE));
    if (infeed.length > 0 || tensors.some((list, p) => list.length < args[p]!.length)) {
      throw new OpError('programs that talk to a host are not compiled; --target interpreter runs them');
    }
    const grid = { replicas: programs.length, partitions: programs[0]!.length };
    const compilation = runPasses(
      moduleOf(program, rules.ops),
      compilerOptions({ ...options, rules, grid, fold: false }),
    );
    compiled(compilation);
    using executable = executableOf(compilation, options.target ?? 'cpu', options.threads);
    return executable.runReplicasSync(tensors);
  };

/** A module whose entry does what the computation does. */
function moduleOf(program: Computation, ops: OpRegistry): Module {
  const module = new Module(program.name);
  const main = module.add(new Computation('main'));
  const args = program.parameters.map((p) => main.addParameter(p.opcode, p.result.type, p.location));
  main.setResults(copyBody(program, main, args, ops));
  return module;
}
