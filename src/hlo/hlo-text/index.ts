/** HLO text to graphs and back. */
import type { Module } from '../graph.js';
import type { OpRegistry } from '../registry.js';
import type { ParseOptions } from '../stablehlo/index.js';
import { Builder } from './build.js';
import { Parser } from './parser.js';
import { HloScanner } from './scanner.js';

export { printHlo } from './printer.js';

/**
 * The module that an HLO text means, before or after XLA's optimisation: fusions are opened, tuples taken apart,
 * layouts turned into transposes and reshapes where they count. Constants are decoded when first needed; `source` must
 * not change until then.
 * Throws `SourceError`.
 */
export function parseHlo(source: Uint8Array | string, registry: OpRegistry, options: ParseOptions = {}): Module {
  const s = new HloScanner(withoutIndexComments(source), options.file);
  return new Builder(new Parser(s).module(), s, registry).module();
}

const INDEX_COMMENT = '/*i';

/** XLA counts the rows of constants in comments (`{ /*i0=0*\/ …`); they become spaces, in a copy, so that places stay. */
function withoutIndexComments(source: Uint8Array | string): Uint8Array | string {
  if (typeof source === 'string') return source.replace(/\/\*i\d[^*]*\*\//g, (c) => ' '.repeat(c.length));
  const view = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let copy: Buffer | undefined;
  for (let at = view.indexOf(INDEX_COMMENT); at >= 0; at = view.indexOf(INDEX_COMMENT, at + 1)) {
    const end = view.indexOf('*/', at + 2);
    const digit = view[at + INDEX_COMMENT.length]!;
    if (end < 0 || digit < 48 || digit > 57) continue;
    copy ??= Buffer.from(view);
    copy.fill(32, at, end + 2);
  }
  return copy ?? source;
}

/** Whether a text is HLO text: its first word is HloModule. */
export function isHlo(source: Uint8Array | string): boolean {
  const head = source.slice(0, 1 << 16);
  const s = new HloScanner(head, undefined);
  try {
    return s.atWord('HloModule');
  } catch {
    return false; // a comment that is not closed
  }
}
