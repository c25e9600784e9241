/** The command line: `main(arguments)` runs a command and gives its exit code. */
import { Command, CommanderError } from 'commander';
import { version } from '../version.js';
import { addBench } from './commands/bench.js';
import { addCheck } from './commands/check.js';
import { addCompile } from './commands/compile.js';
import { addDiff } from './commands/diff.js';
import { addDoctor } from './commands/doctor.js';
import { addExplain } from './commands/explain.js';
import { addRun } from './commands/run.js';
import { addVerify } from './commands/verify.js';
import { render } from './errors.js';
import { type Io, processIo } from './io.js';

/** Adds a command; `done` takes its exit code. */
export type AddCommand = (program: Command, io: Io, done: (code: number) => void) => void;

const COMMANDS: readonly AddCommand[] = [
  addRun,
  addCheck,
  addDiff,
  addCompile,
  addExplain,
  addBench,
  addVerify,
  addDoctor,
];

export async function main(args: readonly string[], io: Io = processIo): Promise<number> {
  let code = 0;
  const program = new Command('thimble')
    .description('Compiles tensor programs (StableHLO) to fused native kernels, and runs them.')
    .version(version())
    .showSuggestionAfterError()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  program.addHelpText('after', '\n`thimble COMMAND --help` shows what a command takes, with examples.\n');
  for (const add of COMMANDS) {
    add(program, io, (exitCode) => {
      code = exitCode;
    });
  }
  for (const c of program.commands) c.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (e) {
    if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : 1;
    // Over the progress that it ended.
    io.err(`${io.interactive ? '\r\x1b[K' : ''}${render(e)}`);
    return 1;
  }
}
