/** Files shared out among processes: each gets the next one when it is done, and one that dies takes one file with it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Checked } from './program.js';
import type { WorkerOptions } from './worker.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Calls `done` for each file, in the order in which they get done. */
export async function checkInProcesses(
  files: readonly string[],
  jobs: number,
  options: WorkerOptions,
  done: (results: readonly Checked[], file: string) => void,
): Promise<void> {
  const waiting = [...files].reverse();
  const workers = Array.from({ length: Math.min(jobs, files.length) }, async () => {
    while (waiting.length > 0) await runWorker(waiting, options, done);
  });
  await Promise.all(workers);
}

/** One process, until no file waits any more or it dies. Rejects where it does not come up at all. */
function runWorker(
  waiting: string[],
  options: WorkerOptions,
  done: (results: readonly Checked[], file: string) => void,
): Promise<void> {
  const child = fork(WORKER, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let running: string | undefined;
  let ready = false;
  child.on('message', (results: readonly Checked[]) => {
    if (running !== undefined) done(results, running);
    ready = true;
    running = waiting.pop();
    if (running === undefined) child.disconnect();
    else child.send(running);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const end = `ended with ${signal ?? `exit code ${code}`}`;
      if (!ready) reject(new Error(`a process that checks programs ${end} before it began`));
      if (running !== undefined) done([died(running, end)], running);
      resolve();
    });
  });
}

const died = (file: string, end: string): Checked => ({
  file,
  status: 'failed',
  reason: `${file}: the process that ran it ${end}`,
  kernels: 0,
  ops: [],
  elements: [],
  milliseconds: 0,
});
