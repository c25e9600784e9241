/** `thimble verify`: property-tests rules. */
import { printStablehlo } from '../../hlo/stablehlo/index.js';
import { type Rule, type RuleSet, ruleName } from '../../rules/index.js';
import { type RuleReport, verifyRule } from '../../rules/verify/verify.js';
import type { AddCommand } from '../cli.js';
import { type Io, Progress } from '../io.js';
import { positiveInteger, wholeNumber } from '../options.js';
import { rulesOf, rulesWith } from '../rules-file.js';
import { Tally } from '../tally.js';
import { verifyEmission } from '../verify-emission.js';

interface VerifyCommandOptions {
  readonly cases: number;
  readonly seed: number;
  readonly only?: string;
}

/** Emission rules are compiled for each case, which takes milliseconds: fewer must do. */
const CASES_PER_COMPILED_CASE = 25;

export const addVerify: AddCommand = (program, io, done) => {
  program
    .command('verify')
    .description('tests rules on random graphs: rewrites by the interpreter, emission rules by compiling them')
    .argument('[files...]', 'files with rules of your own (default: the built-in rules)')
    .option('--cases <n>', 'graphs that each rewrite is to fire on', positiveInteger, 100)
    .option('--seed <s>', 'of the random graphs', wholeNumber, 1)
    .option('--only <text>', 'only rules whose name contains this')
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: VerifyCommandOptions) => done(await verify(files, options, io)));
};

const EXAMPLES = `
A rewrite is tested on graphs made from its own pattern; one that never fires fails. Of a wrong rule, the smallest
program that shows it is printed. Rules that no samples of their op exist for are skipped.

Examples:
  thimble verify
  thimble verify my-rules.ts --cases 1000 --seed 5
  thimble verify --only Transpose
`;

async function verify(files: readonly string[], options: VerifyCommandOptions, io: Io): Promise<number> {
  const rules = await rulesWith(files);
  const all = files.length === 0 ? rules.rules : (await Promise.all(files.map(rulesOf))).flat();
  const chosen = all.filter(
    (r) => (r.kind === 'rewrite' || r.kind === 'emit') && ruleName(r).includes(options.only ?? ''),
  );
  const progress = new Progress(io);
  const tally = new Tally(io);
  for (const [k, rule] of chosen.entries()) {
    progress.say(`${k + 1} of ${chosen.length}: ${ruleName(rule)}`);
    const report = reportOf(rule, rules, options);
    progress.clear();
    if (report === undefined) tally.skip(`${rule.kind} ${ruleName(rule)}: there are no samples of its op`);
    else if (report.failure === undefined) tally.passed++;
    else {
      tally.fail(`${rule.kind} ${ruleName(rule)}: ${report.failure}`);
      if (report.counterexample) io.out(`${printStablehlo(report.counterexample.program, rules.ops)}\n`);
    }
  }
  return tally.finish();
}

function reportOf(rule: Rule, rules: RuleSet, { cases, seed }: VerifyCommandOptions): RuleReport | undefined {
  if (rule.kind === 'rewrite') return verifyRule(rule, rules, { cases, seed });
  if (rule.kind !== 'emit') return undefined;
  const opcode = rules.ops.opcode(rule.op);
  if (!rules.sampleRule(opcode) && !rules.ops.get(opcode).traits.includes('elementwise')) return undefined;
  return verifyEmission(rule, rules, { cases: Math.ceil(cases / CASES_PER_COMPILED_CASE), seed });
}
