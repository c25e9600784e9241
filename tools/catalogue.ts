/**
 * Writes docs/rule-catalogue.md, and in examples/rules a small program for each rewrite rule that no program of the
 * corpus fires.
 *
 *   npx jiti tools/catalogue.ts
 *
 * The corpus is the JAX programs in ../shared and the programs of examples/ and tests/golden.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runPasses } from '../src/compiler.js';
import { compilerOptions, defaultRules, Module, parse, print } from '../src/index.js';
import { showContract } from '../src/rules/contract.js';
import type { RewriteRule } from '../src/rules/index.js';
import { Random } from '../src/rules/random.js';
import { generateInstance } from '../src/rules/verify/generate.js';
import { randomType } from '../src/rules/verify/values.js';

export const CATALOGUE = 'docs/rule-catalogue.md';
export const EXAMPLES = 'examples/rules';
export const exampleFile = (rule: string): string => join(EXAMPLES, `${rule}.mlir`);
const CORPUS = ['../shared/workloads', '../shared/models', 'examples', 'examples/digits', 'tests/golden'];

export interface Count {
  readonly firings: number;
  readonly programs: number;
}
export type Counts = ReadonlyMap<string, Count>;

/** Names of the rules that fire on a program, once for each time. */
export function firedBy(source: string | Uint8Array | Module): string[] {
  const module = source instanceof Module ? source : parse(source);
  return runPasses(module, compilerOptions({}), 'dce').reports.flatMap((r) => r.trace.map((f) => f.rule));
}

function countCorpus(): { counts: Counts; programs: number } {
  const counts = new Map<string, Count>();
  let programs = 0;
  for (const folder of CORPUS.filter(existsSync)) {
    for (const file of readdirSync(folder).filter((f) => /\.(mlir|hlo\.txt)$/.test(f))) {
      const fired = tryFired(join(folder, file));
      if (!fired) continue;
      programs++;
      for (const rule of new Set(fired)) {
        const { firings, programs: n } = counts.get(rule) ?? { firings: 0, programs: 0 };
        counts.set(rule, { firings: firings + fired.filter((r) => r === rule).length, programs: n + 1 });
      }
    }
  }
  return { counts, programs };
}

function tryFired(file: string): string[] | undefined {
  try {
    return firedBy(readFileSync(file));
  } catch (e) {
    console.error(`${file} is left out: ${(e as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

const DRAWS = 4000;
/** Instances that fire, of which the shortest is taken. */
const WANTED = 12;

/** The shortest of some random programs that fire the rule among all the others. */
function exampleOf(rule: RewriteRule): string | undefined {
  const rules = defaultRules();
  const random = new Random(1);
  const found: string[] = [];
  for (let n = 0; n < DRAWS && found.length < WANTED; n++) {
    try {
      const type = randomType(random, { rank: 2, extent: 4 });
      const { computation } = generateInstance(rule, rules, random, type);
      const module = new Module(rule.name);
      module.add(computation);
      const text = print(module);
      if (firedBy(text).includes(rule.name)) found.push(text);
    } catch {
      // This draw makes no program, or none that compiles.
    }
  }
  const cost = (text: string) =>
    text.length + (text.includes('xf32>') ? 0 : 60) + (/tensor<0|x0x/.test(text) ? 500 : 0);
  return found.sort((a, b) => cost(a) - cost(b))[0];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function row(r: RewriteRule, counts: Counts): string {
  const count = counts.get(r.name);
  const example = `[example](../${exampleFile(r.name)})`;
  const fired = count ? `${count.firings} in ${count.programs}` : example;
  const guards = r.when.map((g) => g.sentence).join('; ');
  return `| ${[`\`${r.name}\``, r.equation, showContract(r.fp), guards, fired].map(cell).join(' | ')} |`;
}

/** The document, given how often each rule fires over so many programs. */
export function catalogue(rules: readonly RewriteRule[], counts: Counts, programs: number): string {
  const table = (stage: RewriteRule['stage']) => [
    '| rule | equation | floating point | when | fired |',
    '|---|---|---|---|---|',
    ...rules.filter((r) => r.stage === stage).map((r) => row(r, counts)),
  ];
  return `${[
    '# Rewrite rules',
    '',
    `The ${rules.length} rewrite rules of \`rules-db\`, in the order in which they are tried. Written by \`tools/catalogue.ts\`.`,
    '',
    'The last column says how often a rule fires, and in how many programs of the corpus; where none fires it, it names a',
    `program that does. The corpus is ${programs} programs: JAX workloads and models, each as StableHLO, as HLO and as`,
    'optimised HLO, and the examples.',
    '',
    '## Stage `simplify`',
    '',
    ...table('simplify'),
    '',
    '## Stage `decompose`',
    '',
    ...table('decompose'),
  ].join('\n')}\n`;
}

/** Examples that still fire their rules stay as they are: some are written by hand, where no draw leads to one. */
function writeExamples(rules: readonly RewriteRule[]): void {
  mkdirSync(EXAMPLES, { recursive: true });
  const needed = new Set(rules.map((r) => exampleFile(r.name)));
  const present = readdirSync(EXAMPLES).map((file) => join(EXAMPLES, file));
  for (const file of present.filter((f) => !needed.has(f))) rmSync(file);
  for (const { name, ...rule } of rules) {
    const file = exampleFile(name);
    if (existsSync(file) && tryFired(file)?.includes(name)) continue;
    const text = exampleOf({ ...rule, name });
    if (text) writeFileSync(file, text);
    else console.error(`no program was found that fires ${name}: write ${file} by hand`);
  }
}

function main(): void {
  const rules = defaultRules().ofKind('rewrite');
  const { counts, programs } = countCorpus();
  writeExamples(rules.filter((r) => !counts.has(r.name)));
  writeFileSync(CATALOGUE, catalogue(rules, counts, programs));
  console.log(`${rules.length} rules, of which ${counts.size} fire on ${programs} programs`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
