/** Program texts of any kind, recognised by their content. */
import type { Module } from './graph.js';
import { isHlo, parseHlo } from './hlo-text/index.js';
import type { OpRegistry } from './registry.js';
import { type ParseOptions, parseStablehlo } from './stablehlo/index.js';

/** The module that a StableHLO or HLO text means. Throws `SourceError`. */
export function parseProgram(source: Uint8Array | string, registry: OpRegistry, options: ParseOptions = {}): Module {
  return isHlo(source) ? parseHlo(source, registry, options) : parseStablehlo(source, registry, options);
}
