/** StableHLO text to graphs and back. */
import type { Module } from '../graph.js';
import type { OpRegistry } from '../registry.js';
import { buildModule } from './build.js';
import { Parser } from './parser.js';
import { Scanner } from './scanner.js';

export { printStablehlo } from './printer.js';

export interface ParseOptions {
  /** The name of the text, for messages. */
  readonly file?: string;
}

/**
 * The module that a StableHLO text means: pretty and generic forms, with or without a `module` around the functions.
 * Constants are decoded when first needed; `source` must not change until then.
 * Throws `SourceError`.
 */
export function parseStablehlo(source: Uint8Array | string, registry: OpRegistry, options: ParseOptions = {}): Module {
  return parseFrom(new Scanner(source, options.file), registry);
}

function parseFrom(s: Scanner, registry: OpRegistry): Module {
  return buildModule(new Parser(s).module(), s, registry);
}

const SEPARATOR = Buffer.from('// -----');

/** The modules of a text that holds several programs, separated by lines `// -----`. */
export function parseStablehloPrograms(
  source: Uint8Array | string,
  registry: OpRegistry,
  options: ParseOptions = {},
): Module[] {
  const bytes =
    typeof source === 'string' ? Buffer.from(source) : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const modules: Module[] = [];
  let line = 1;
  for (let from = 0; from <= bytes.length; ) {
    const at = bytes.indexOf(SEPARATOR, from);
    const end = at < 0 ? bytes.length : at;
    const part = bytes.subarray(from, end);
    const s = new Scanner(part, options.file, line);
    if (!s.atEnd) modules.push(parseFrom(s, registry));
    for (let i = part.indexOf(10); i >= 0; i = part.indexOf(10, i + 1)) line++;
    if (at < 0) break;
    from = end + SEPARATOR.length;
  }
  return modules;
}
