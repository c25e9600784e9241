/** Tests an emission rule: random instances of its op, compiled against interpreted. */
import { runPasses } from '../compiler.js';
import { NotCompiled } from '../fusion/facts.js';
import { type Computation, Module, OpError, type Tensor, type TensorType } from '../hlo/index.js';
import { runComputation } from '../hlo/interpreter.js';
import { randomInput } from '../hlo/recipe.js';
import { compilerOptions, executableOf } from '../program.js';
import type { EmitRule } from '../rules/emit.js';
import { op, type RuleSet, rest, rewrite, variables } from '../rules/index.js';
import { Random } from '../rules/random.js';
import { generateInstance, Misfit } from '../rules/verify/generate.js';
import { programOf } from '../rules/verify/program.js';
import { randomTensor, randomType, USUAL_SIZES } from '../rules/verify/values.js';
import type { RuleReport, VerifyOptions } from '../rules/verify/verify.js';
import { compareTensors } from './compare.js';

/** Draws for each wanted case before giving up. */
const DRAWS = 50;

export function verifyEmission(rule: EmitRule, rules: RuleSet, { cases, seed }: VerifyOptions): RuleReport {
  const random = new Random(seed);
  const instances = instancesOf(rule);
  let fired = 0;
  let tried = 0;
  let miss = 'no instance could be made';
  const result = (more: Partial<RuleReport> = {}): RuleReport => ({ rule: rule.op, fired, tried, ...more });
  while (fired < cases && tried < cases * DRAWS) {
    tried++;
    try {
      const { computation } = generateInstance(instances, rules, random, randomType(random, USUAL_SIZES));
      // Sums may be reordered: infinities and numbers that overflow would come out differently, and rightly so.
      const draw = rule.role ? tame : randomTensor;
      const inputs = computation.parameters.map((p) => draw(random, p.result.tensorType));
      const wrong = compareOnce(computation, inputs, rules);
      fired++;
      if (wrong === undefined) continue;
      const program = programOf(computation, computation.results, inputs, rules.ops);
      return result({ failure: wrong, counterexample: { sentence: wrong, program } });
    } catch (e) {
      // An instance that the op refuses, or of a type that is not compiled, is no case.
      if (!(e instanceof Misfit || e instanceof OpError)) return result({ failure: (e as Error).message });
      miss = e.message;
    }
  }
  return fired > 0 ? result() : result({ failure: `never compiled in ${tried} draws: ${miss}` });
}

const tame = (random: Random, type: TensorType): Tensor => randomInput(type, random.int(0, 1 << 20));

/** Any instance of the rule's op, as verification of rewrites makes them. */
function instancesOf(rule: EmitRule) {
  const { operands } = variables('operands');
  const match = op(rule.op, [rest(operands)]);
  return rewrite('an op is itself', match, { name: rule.op, to: () => [], fp: 'exact' });
}

/** What differs, in a sentence. */
function compareOnce(computation: Computation, inputs: readonly Tensor[], rules: RuleSet): string | undefined {
  const expected = runComputation(computation, rules.ops, inputs) as Tensor[];
  const module = new Module('case');
  module.add(computation);
  const options = compilerOptions({ rules, fold: false, cache: false });
  const compilation = compileOrMiss(() => runPasses(module, options));
  using executable = executableOf(compilation, 'cpu', 1);
  const outputs = executable.runSync(inputs);
  for (const [o, t] of outputs.entries()) {
    const d = compareTensors(t, expected[o]!);
    if (!d.ok) return `element ${d.at} of result ${o} is ${d.got}, the interpreter gives ${d.expected}`;
  }
  return undefined;
}

function compileOrMiss<T>(compile: () => T): T {
  try {
    return compile();
  } catch (e) {
    const { cause } = e as { cause?: unknown };
    throw cause instanceof NotCompiled ? new Misfit((e as Error).message) : e;
  }
}
