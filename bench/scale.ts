/**
 * `npm run bench:scale [-- options] [PROGRAM …]`: how the time of each pass grows with the program. Generated programs
 * of 1k, 4k, 16k and 64k instructions; the time is that of the processor, so that a busy machine changes little. A pass
 * that takes more than five times as long for four times the size, measured twice again, is named, and the exit code
 * is 1. Options: --largest N (default 64000), --last PASS (default lower).
 */
import { parseArgs } from 'node:util';
import { type Compilation, PASSES } from '../src/compiler.js';
import { defaultRules } from '../src/default-rules.js';
import { printHlo } from '../src/hlo/hlo-text/index.js';
import { compilerOptions, moduleOf } from '../src/program.js';
import { SCALED } from './scale-programs.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { largest: { type: 'string', default: '64000' }, last: { type: 'string', default: 'lower' } },
});
const sizes = [1000, 4000, 16000, 64000].filter((n) => n <= Number(values.largest));

const { ops } = defaultRules();

/** Four times the size may take this many times the time. */
const ALLOWED = 5;
/** Milliseconds below which a time says nothing: one garbage collection is as long. */
const NOISE = 250;

type Times = Map<string, number>;

/** Processor time of `run`, in milliseconds, all threads of the process. */
function cpu<T>(times: Times, what: string, run: () => T): T {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  times.set(what, (times.get(what) ?? 0) + (user + system) / 1000);
  return result;
}

function measure(text: string): Times {
  const times: Times = new Map();
  const module = cpu(times, 'parse', () => moduleOf(text));
  const hlo = printHlo(module, ops);
  cpu(times, 'parse HLO', () => moduleOf(hlo));
  const c: Compilation = { options: compilerOptions({ cache: false }), module, values: [], log: [], reports: [] };
  for (const pass of PASSES) {
    cpu(times, pass.name, () => pass.run(c));
    if (pass.name === values.last) break;
  }
  return times;
}

/** The shorter of each two times: what is longer was disturbed. */
const shorter = (a: Times, b: Times): Times => new Map([...a].map(([pass, t]) => [pass, Math.min(t, b.get(pass)!)]));

function steep(smaller: Times, larger: Times): string[] {
  return [...larger].flatMap(([pass, t]) => {
    const growth = t / Math.max(smaller.get(pass)!, NOISE / ALLOWED);
    return growth > ALLOWED ? [`${pass} ${growth.toFixed(1)}x`] : [];
  });
}

/** Times of a program of `n` instructions, and passes that are steep against `n / 4`. */
function compare(make: (n: number) => string, n: number, before: Times | undefined): { times: Times; found: string[] } {
  let times = measure(make(n));
  if (!before) return { times, found: [] };
  let smaller = before;
  for (let again = 0; again < 2 && steep(smaller, times).length > 0; again++) {
    smaller = shorter(smaller, measure(make(n / 4)));
    times = shorter(times, measure(make(n)));
  }
  return { times, found: steep(smaller, times) };
}

// The first compilations load the compiler and let it be optimised.
for (const make of Object.values(SCALED)) measure(make(1000));
let failures = 0;
for (const name of positionals.length > 0 ? positionals : Object.keys(SCALED)) {
  let before: Times | undefined;
  for (const n of sizes) {
    const { times, found } = compare(SCALED[name]!, n, before);
    const total = [...times.values()].reduce((a, b) => a + b, 0);
    failures += found.length;
    const shown = [...times].map(([pass, t]) => `${pass} ${t.toFixed(0)}`).join(', ');
    console.log(`${name} ${n}: ${total.toFixed(0)} ms (${shown})${found.length ? `  STEEP: ${found.join(', ')}` : ''}`);
    before = times;
  }
}
console.log(failures === 0 ? 'every pass is near linear' : `${failures} times steeper than ${ALLOWED}x for 4x`);
process.exitCode = failures === 0 ? 0 : 1;
