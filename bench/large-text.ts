/**
 * `npm run bench:text`: 100 MB of text with one large constant, in every notation: processor time to parse it and to
 * decode its elements, and the memory the process held at most, which begins with the text itself and Node. Bars: 3 s,
 * and 4 times the text. The exit code is 1 where one is missed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Literal } from '../src/hlo/index.js';
import { moduleOf } from '../src/program.js';

const BYTES = 100e6;
const SECONDS = 3;
const TIMES = 4;

interface Notation {
  readonly element: string;
  /** The elements, as they are written; each a few thousand different ones. */
  readonly at: (i: number) => string;
}

const noise = (i: number): number => Math.sin(i + 0.5);
const NOTATIONS: Readonly<Record<string, Notation>> = {
  'f32 decimal': { element: 'f32', at: (i) => noise(i).toExponential(7) },
  'f64 decimal': { element: 'f64', at: (i) => String(noise(i)) },
  'f32 bits': { element: 'f32', at: (i) => `0x${(0x3f800000 + i * 977).toString(16)}` },
  'bf16 decimal': { element: 'bf16', at: (i) => noise(i).toFixed(4) },
  's32 decimal': { element: 'i32', at: (i) => String((i * 7919) % 99991) },
  's64 decimal': { element: 'i64', at: (i) => String(BigInt(i) * 123456789123456n) },
  pred: { element: 'i1', at: (i) => String(i % 3 === 0) },
  c64: { element: 'complex<f32>', at: (i) => `(${noise(i).toFixed(7)}, ${noise(i + 1).toFixed(7)})` },
};

const KINDS = [...Object.keys(NOTATIONS), 'hexadecimal bytes', 'HLO f32', 'HLO s32'];

/** `unit` until it has about so many bytes, with what stands between. */
function repeated(unit: string, between: string): { text: string; times: number } {
  const times = Math.floor(BYTES / (unit.length + between.length));
  return { text: Array.from({ length: times }, () => unit).join(between), times };
}

const UNIT = 4096;

function textOf(kind: string): string {
  if (kind.startsWith('HLO')) {
    const type = kind.slice('HLO '.length);
    const one = (i: number) => (type === 'f32' ? noise(i).toPrecision(9) : String(i * 7919));
    const { text, times } = repeated(`{ /*i0=0*/ ${Array.from({ length: UNIT }, (_, i) => one(i)).join(', ')} }`, ', ');
    return `HloModule m\n\nENTRY main {\n  ROOT c = ${type}[${times},${UNIT}]{1,0} constant({ ${text} })\n}\n`;
  }
  const program = (type: string, payload: string) =>
    `func.func @main() -> ${type} {\n  %0 = stablehlo.constant dense<${payload}> : ${type}\n  return %0 : ${type}\n}\n`;
  if (kind === 'hexadecimal bytes') {
    const { text, times } = repeated('0000803F'.repeat(UNIT), '');
    return program(`tensor<${times * UNIT}xf32>`, `"0x${text}"`);
  }
  const { element, at } = NOTATIONS[kind]!;
  const { text, times } = repeated(Array.from({ length: UNIT }, (_, i) => at(i)).join(', '), ', ');
  return program(`tensor<${times * UNIT}x${element}>`, `[${text}]`);
}

/** In a process of its own: its memory is measured. Prints seconds to parse and to decode, and bytes held at most. */
function parse(file: string): void {
  const source = readFileSync(file);
  const start = process.cpuUsage();
  const seconds = () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  const { results } = moduleOf(source).entry;
  const parsed = seconds();
  (results[0]!.producer.attributes.value as Literal).tensor();
  console.log(JSON.stringify([parsed, seconds(), process.resourceUsage().maxRSS * 1024, source.length]));
}

function main(): void {
  const file = join(tmpdir(), `thimble-text-${process.pid}`);
  try {
    for (const kind of KINDS) {
      writeFileSync(file, textOf(kind));
      const child = spawnSync(process.execPath, [import.meta.filename, file], { encoding: 'utf8' });
      if (child.status !== 0) throw new Error(`${kind}: ${child.stderr}`);
      const [parsed, decoded, held, size] = JSON.parse(child.stdout) as [number, number, number, number];
      const missed = decoded > SECONDS || held > TIMES * size;
      console.log(
        `${kind.padEnd(18)} ${(size / 1e6).toFixed(0)} MB: parsed in ${parsed.toFixed(2)} s, decoded by ${decoded.toFixed(2)} s, ` +
          `at most ${(held / size).toFixed(2)} times its size of memory${missed ? '  MISSED' : ''}`,
      );
      if (missed) process.exitCode = 1;
    }
  } finally {
    rmSync(file, { force: true });
  }
}

const [, , file] = process.argv;
if (file) parse(file);
else main();
