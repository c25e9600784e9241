/** What the tests of HLO text share. */
import { firstDifference } from '../../../src/hlo/equal.js';
import type { Instruction, Module } from '../../../src/hlo/graph.js';
import { parseHlo, printHlo } from '../../../src/hlo/hlo-text/index.js';
import { OPS } from '../../../src/hlo/ops/index.js';
import { OpRegistry } from '../../../src/hlo/registry.js';
import { SourceError } from '../../../src/hlo/source-error.js';
import { verify } from '../../../src/hlo/verifier.js';

export const registry = new OpRegistry(OPS);

/** A module whose entry holds the given lines; `others` are computations before it. */
export const entry = (lines: readonly string[], others = ''): string =>
  `HloModule test\n\n${others}\nENTRY main.1 {\n${lines.map((l) => `  ${l}\n`).join('')}}\n`;

/** A reducer that adds. */
export const SUM = 'sum {\n x = f32[] parameter(0)\n y = f32[] parameter(1)\n ROOT s = f32[] add(x, y)\n}\n';

/** What is printed and read again; throws where that is another graph. */
export function again(m: Module, ops = registry): Module {
  const other = parseHlo(printHlo(m, ops), ops);
  const difference = firstDifference(m, other);
  if (difference !== undefined) throw new Error(difference);
  return other;
}

/** The module that a text means, once found well-formed and the same when printed. */
export function read(text: string, ops = registry): Module {
  const m = parseHlo(text, ops);
  const [problem] = verify(m, ops);
  if (problem) throw new Error(problem.message);
  again(m, ops);
  return m;
}

/** The instructions of the entry but its parameters. */
export const body = (m: Module): Instruction[] => m.entry.topological().filter((i) => i.opcode !== 'parameter');

export function errorOf(text: string | Uint8Array, ops = registry): SourceError {
  try {
    parseHlo(text, ops);
  } catch (e) {
    if (e instanceof SourceError) return e;
    throw e;
  }
  throw new Error('the text was read');
}
