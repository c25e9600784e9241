/** `thimble explain`: what was decided about a program, and why. */
import type { AddCommand } from '../cli.js';
import { UsageError } from '../errors.js';
import { type ExplainedLaunch, type ExplainedStep, type Explanation, explain } from '../explain.js';
import { shapedOptions } from '../input-shapes.js';
import type { Io } from '../io.js';
import { type CommonOptions, type ShapeOptions, withCommonOptions, withShapeOptions } from '../options.js';
import { insideName } from '../print-plan.js';
import { ProgramFile } from '../program-file.js';
import { kernelUses } from '../ptxas.js';
import { rulesWith } from '../rules-file.js';

interface ExplainOptions extends CommonOptions, ShapeOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly donate?: boolean;
}

export const addExplain: AddCommand = (program, io, done) => {
  const command = program
    .command('explain')
    .description('says which rules fired, which fusions were made or refused and why, and what each step moves')
    .argument('<file>', 'StableHLO or HLO text');
  withShapeOptions(withCommonOptions(command))
    .option('--json', 'as JSON, with every firing and decision')
    .option('--donate', 'inputs that the program donates (tf.aliasing_output) may be overwritten')
    .option('--all', 'every fusion that was made, too, not only those refused')
    .addHelpText('after', HELP)
    .action(async (file: string, options: ExplainOptions) => done(await run(file, options, io)));
};

const HELP = `
The JSON is one object:
  file, target
  passes      [{pass, summary, milliseconds}]
  rules       [{rule, stage, fired, refused: {guard: count}, places: [{line, before, after}]}]
  decisions   [{instruction, line, fused, rule, reason}]
  steps       [{kind, label, template, instructions, bytesRead, bytesWritten, flops, tasks, kernels, launches, inside: [[step]]}]
              launches, for graphics processors: [{kernel, blocks, threads, sharedBytes, registers, spillBytes}]
  donations   [{input, output}]
  workspaceBytes, constantBytes, peakBytes

Of kernels for graphics processors registers and spills are told where NVIDIA's assembler (ptxas) is on the PATH.

Examples:
  thimble explain softmax.mlir
  thimble explain softmax.mlir --target cuda:sm_80
  thimble explain model.mlir --json | jq '.steps[] | select(.bytesRead > 1e6)'
`;

async function run(file: string, options: ExplainOptions, io: Io): Promise<number> {
  const { target } = options;
  if (target === 'interpreter') throw new UsageError('the interpreter decides nothing: choose another --target');
  const program = ProgramFile.read(file, await rulesWith(options.rules ?? []));
  const compilation = program.compilation({ ...shapedOptions(program, options), donate: options.donate }, 'assemble');
  const explanation = explain(compilation, file, target, kernelUses(compilation));
  io.out(options.json ? `${JSON.stringify(explanation, null, 2)}\n` : text(explanation, options.all === true));
  return 0;
}

function text(e: Explanation, all: boolean): string {
  const lines = [`${e.file} for ${e.target}`, '', 'passes'];
  for (const p of e.passes)
    lines.push(`  ${p.pass.padEnd(10)} ${`${p.milliseconds.toFixed(1)} ms`.padStart(10)}  ${p.summary}`);
  lines.push('', 'rules that fired');
  const fired = e.rules.filter((r) => r.fired > 0);
  for (const r of fired) lines.push(`  ${`${r.fired}x`.padStart(5)} ${r.rule}`);
  if (fired.length === 0) lines.push('  none');
  const kept = e.rules.filter((r) => Object.keys(r.refused).length > 0);
  if (kept.length > 0) lines.push('', 'rules that matched, but were kept from firing');
  for (const r of kept) {
    for (const [guard, n] of Object.entries(r.refused))
      lines.push(`  ${`${n}x`.padStart(5)} ${r.rule}: not so: ${guard}`);
  }
  lines.push('', all ? 'fusions' : 'fusions refused');
  const shown = e.decisions.filter((d) => all || !d.fused);
  for (const d of shown) {
    const where = d.line === null ? '' : `line ${d.line}: `;
    const rule = d.rule === null ? '' : ` (${d.rule})`;
    lines.push(`  ${where}${d.instruction}: ${d.fused ? '' : 'not fused: '}${d.reason}${rule}`);
  }
  if (shown.length === 0) lines.push('  none');
  lines.push('', 'steps', ...e.steps.flatMap(stepLines), '');
  for (const { input, output } of e.donations) lines.push(`output ${output} lies in the memory of input ${input}`);
  lines.push(
    `workspace ${size(e.workspaceBytes)}, constants ${size(e.constantBytes)}, all memory ${size(e.peakBytes)}`,
  );
  return `${lines.join('\n')}\n`;
}

function stepLines(s: ExplainedStep, k: number): string[] {
  const cost = `reads ${size(s.bytesRead)}, writes ${size(s.bytesWritten)}, ${count(s.flops)}flop`;
  const inside = s.inside.flatMap((list, n) => [
    `${insideName(s.kind, n)}:`,
    ...list.flatMap(stepLines).map((line) => `  ${line}`),
  ]);
  const tasks = s.kernels > 0 ? `, ${s.tasks} tasks` : '';
  return [
    `  ${k}: ${s.label}`,
    `     ${cost}${tasks}`,
    ...s.launches.map(launchLine),
    ...inside.map((line) => `     ${line}`),
  ];
}

function launchLine({ kernel, blocks, threads, sharedBytes, registers, spillBytes }: ExplainedLaunch): string {
  const shared = sharedBytes > 0 ? `, ${size(sharedBytes)} shared` : '';
  const spills = spillBytes ? `${size(spillBytes)} spilt` : 'no spills';
  const use = registers === null ? '' : `, ${registers} registers, ${spills}`;
  return `     ${kernel}: ${blocks} block${blocks === 1 ? '' : 's'} of ${threads} threads${shared}${use}`;
}

function count(n: number): string {
  const unit = ['', 'k', 'M', 'G', 'T'];
  let k = 0;
  let x = n;
  for (; x >= 1000 && k < unit.length - 1; k++) x /= 1000;
  return `${k === 0 ? x : x.toPrecision(3)} ${unit[k]}`;
}

const size = (bytes: number): string => `${count(bytes)}B`;
