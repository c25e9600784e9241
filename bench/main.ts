/**
 * `npm run bench [-- options] [FILE.mlir …]`: our times beside XLA's in one run, in turns, so that a machine that
 * slows down slows both. Without files: the workloads beside the checkout. Options: --threads N, --seconds S (for each
 * side of each program), --avx2, --json FILE.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type InputSpec, makeInput, type ProgramSpec, randomInput } from '../src/hlo/recipe.js';
import { allocate, compile, type Executable, type Tensor } from '../src/index.js';
import { avx2Target, hostTarget } from '../src/rules/target.js';
import { copyTime, fmaPeak } from './machine.js';
import { Peer } from './peer.js';
import { geometricMean, median, type Row, table } from './report.js';

const WORKLOADS = join(import.meta.dirname, '../../../shared/workloads');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '0.5' },
    avx2: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const threads = Number(values.threads);
const nanoseconds = Number(values.seconds) * 1e9;
const name = values.avx2 ? 'cpu:avx2' : 'cpu';
const target = values.avx2 ? avx2Target() : hostTarget();

function filesOf(): string[] {
  if (positionals.length > 0) return positionals;
  if (!existsSync(WORKLOADS)) throw new Error('no files are given, and ../shared/workloads is absent');
  return readdirSync(WORKLOADS)
    .filter((f) => f.endsWith('.mlir'))
    .map((f) => join(WORKLOADS, f));
}

function specOf(file: string): ProgramSpec | undefined {
  const side = file.replace(/\.mlir$/, '.json');
  return existsSync(side) ? (JSON.parse(readFileSync(side, 'utf8')) as ProgramSpec) : undefined;
}

/** Times of at most `n` runs, microseconds. */
function time(run: () => void, n: number): number[] {
  return Array.from({ length: n }, () => {
    const start = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - start) / 1e3;
  });
}

interface Ours {
  readonly executable: Executable;
  readonly compileMs: number;
  readonly run: () => void;
}

/** In memory like the peer's, which aligns its buffers. */
function aligned(t: Tensor): Tensor {
  const copy = allocate(t.type);
  (copy.data as Float32Array).set(t.data as Float32Array);
  return copy;
}

function load(file: string, specs: readonly InputSpec[] | undefined): Ours {
  const source = readFileSync(file);
  const start = performance.now();
  const executable = compile(source, { target: name, cache: false, file });
  const compileMs = performance.now() - start;
  const inputs = executable.inputs.map((type, k) => aligned(specs ? makeInput(specs[k]!) : randomInput(type, k)));
  const outputs = executable.outputs.map(allocate);
  return { executable, compileMs, run: () => void executable.runSync(inputs, { outputs, threads }) };
}

async function measure(file: string, peer: Peer | undefined): Promise<Row> {
  const name = basename(file, '.mlir');
  const spec = specOf(file);
  const ours = load(file, spec?.inputs);
  const peerCompileMs = spec ? await peer?.load(file, spec.inputs).catch(() => undefined) : undefined;
  const [first] = time(ours.run, 2).slice(-1);
  const each = Math.max(1, Math.min(200, Math.ceil(nanoseconds / 1e3 / 5 / Math.max(1, first!))));
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    mine.push(...time(ours.run, each));
    if (peerCompileMs !== undefined) theirs.push(...(await peer!.time(file, each)));
  }
  if (peerCompileMs !== undefined) await peer!.drop(file);
  const bytes = [...ours.executable.inputs, ...ours.executable.outputs].reduce(
    (n, t) => n + allocate(t).data.byteLength,
    0,
  );
  ours.executable.dispose();
  return {
    name,
    group: spec?.group ?? '',
    compileMs: ours.compileMs,
    minUs: Math.min(...mine),
    medianUs: median(mine),
    bytes,
    ...(peerCompileMs === undefined
      ? {}
      : { peer: { compileMs: peerCompileMs, minUs: Math.min(...theirs), medianUs: median(theirs) } }),
  };
}

const peer = await Peer.start(threads);
if (!peer) console.error('XLA is not measured: pip install jax, or name a Python that has it in THIMBLE_BENCH_PYTHON');
const peak = fmaPeak(target);
const copy = copyTime(1 << 24);
console.log(
  `${threads} thread(s), ${target.vectorBits}-bit vectors, FMA peak ${peak.toFixed(1)} GFLOP/s, copy of 16 MiB ${copy.toFixed(0)} us`,
);
// The first compilation loads the compiler's libraries; it is not any program's.
load(filesOf()[0]!, undefined).executable.dispose();
const rows: Row[] = [];
for (const file of filesOf()) {
  try {
    const row = await measure(file, peer);
    rows.push(row);
    console.log(table([row], false));
  } catch (e) {
    console.log(`${basename(file).padEnd(34)} ${(e as Error).message.split('\n')[0]}`);
  }
}
peer?.stop();
console.log(`\n${table(rows, true)}`);
const compared = rows.filter((r) => r.peer);
if (compared.length > 0) {
  const groups = new Map<string, Row[]>();
  for (const r of compared) groups.set(r.group, [...(groups.get(r.group) ?? []), r]);
  const speed = (all: readonly Row[]) => geometricMean(all.map((r) => r.peer!.medianUs / r.medianUs)).toFixed(2);
  for (const [group, all] of groups) console.log(`${group}: ${speed(all)} times XLA's speed over ${all.length}`);
  const slower = compared.filter((r) => r.peer!.medianUs < r.medianUs).length;
  const compileRatio = geometricMean(compared.map((r) => r.compileMs / r.peer!.compileMs)).toFixed(2);
  console.log(
    `all: ${speed(compared)} times XLA's speed over ${compared.length}, ${slower} slower; compile time ${compileRatio} of XLA's`,
  );
}
if (values.json)
  writeFileSync(
    values.json,
    JSON.stringify({ threads, vectorBits: target.vectorBits, peak, copyUs: copy, rows }, undefined, 1),
  );
