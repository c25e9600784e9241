/** What the compiler did, and how fast the result runs. */
import { type Compilation, compile, type Executable, printKernel } from 'thimble';
import { batchAt, type Digits } from './data.js';

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KB`;

const partsOf = (label: string): string[] => label.split(': ');

/** For each kernel its template, the instructions that became one, and what it moves and computes. */
export function fusions({ plan }: Compilation): string {
  const lines = plan!.steps.map(({ label, cost }, k) => {
    const [template = '', instructions = ''] = partsOf(label);
    const { bytesRead, bytesWritten, flops } = cost;
    const work = `reads ${kilobytes(bytesRead)}, writes ${kilobytes(bytesWritten)}, ${(flops / 1e6).toFixed(2)} MFLOP`;
    return `  ${k + 1}  ${template.padEnd(12)} ${instructions}\n     ${''.padEnd(12)} ${work}`;
  });
  return lines.join('\n');
}

/** Instructions that index maps have taken in: they cost no loop of their own. */
const FREE = new Set(['broadcast', 'reshape', 'slice', 'transpose']);

/** A line for each kernel: its template, and the instructions that compute. */
export function fusionLines({ plan }: Compilation): string {
  const lines = plan!.steps.map(({ label }, k) => {
    const [template = '', instructions = ''] = partsOf(label);
    const computing = instructions.split(' ').filter((name) => !FREE.has(name));
    return `  ${`${k + 1}`.padStart(2)}  ${template.padEnd(12)} ${computing.join(' ')}`;
  });
  return lines.join('\n');
}

/** The loop IR of the last kernel. */
export const lastKernel = ({ kernels }: Compilation): string => printKernel(kernels!.at(-1)!);

/** Median of the times of `runs` runs in milliseconds. */
function median(runs: number, run: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

/** Time for a batch: compiled, on one thread and on all, and interpreted. */
export function times(model: Executable, digits: Digits): string {
  const inputs = [batchAt(digits, 0), ...digits.weights];
  const interpreter = compile(digits.program, { target: 'interpreter' });
  const milliseconds = {
    'compiled, one thread': median(200, () => model.runSync(inputs, { threads: 1 })),
    'compiled, all threads': median(200, () => model.runSync(inputs)),
    'reference interpreter': median(3, () => interpreter.runSync(inputs)),
  };
  const slowest = milliseconds['reference interpreter'];
  return Object.entries(milliseconds)
    .map(([what, ms]) => `  ${what.padEnd(24)}${ms.toFixed(3).padStart(10)} ms   ${(slowest / ms).toFixed(0)}×`)
    .join('\n');
}
