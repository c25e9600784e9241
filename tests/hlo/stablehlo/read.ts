/** What the tests of StableHLO text share. */
import { firstDifference } from '../../../src/hlo/equal.js';
import type { Instruction, Module } from '../../../src/hlo/graph.js';
import { OPS } from '../../../src/hlo/ops/index.js';
import { OpRegistry } from '../../../src/hlo/registry.js';
import { SourceError } from '../../../src/hlo/source-error.js';
import { parseStablehlo, printStablehlo } from '../../../src/hlo/stablehlo/index.js';

export const registry = new OpRegistry(OPS);

/** A function of the given arguments around lines that end in a return. */
export const main = (args: string, results: string, ...lines: string[]): string =>
  `func.func @main(${args}) -> (${results}) {\n${lines.map((l) => `  ${l}\n`).join('')}}\n`;

/** What is printed and read again; throws where that is another graph. */
export function again(m: Module): Module {
  const text = printStablehlo(m, registry);
  const read = parseStablehlo(text, registry, { file: 'printed' });
  const difference = firstDifference(m, read);
  if (difference !== undefined) throw new Error(`${difference}\n${text}`);
  return read;
}

/** The instructions of @main but for its parameters; the text must survive printing. */
export function instructions(text: string): Instruction[] {
  const module = parseStablehlo(text, registry, { file: 'test.mlir' });
  again(module);
  const { entry } = module;
  return entry.topological().filter((i) => !entry.parameters.includes(i));
}

/** The error that reading gives. */
export function errorOf(text: string | Uint8Array): SourceError {
  try {
    parseStablehlo(text, registry, { file: 'test.mlir' });
  } catch (e) {
    if (e instanceof SourceError) return e;
    throw e;
  }
  throw new Error('the text was read without an error');
}
