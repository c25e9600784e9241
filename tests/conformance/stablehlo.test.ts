/** The StableHLO project's own test programs, which carry their expectations, in the reference interpreter. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Module } from '../../src/hlo/graph.js';
import { interpret, runComputation } from '../../src/hlo/interpreter.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { OpRegistry } from '../../src/hlo/registry.js';
import { parseStablehlo, parseStablehloPrograms } from '../../src/hlo/stablehlo/index.js';
import { verify } from '../../src/hlo/verifier.js';

const registry = new OpRegistry(OPS);
const ROOT = fileURLToPath(new URL('../../../shared/stablehlo/', import.meta.url));

/** Expectations that another order of rounding made: complex powers and products in f32. (docs/conformance.md says more.) */
const OTHER_ROUNDING = new Set(['cumprod_complex64_8_9.mlir', 'pow_complex64_20_30_complex64_20_30.mlir']);
/** Inputs come from a command line that the file's comment gives. */
const NEEDS_INPUTS = new Set(['api_input_arguments.mlir']);

function run(module: Module): void {
  expect(verify(module, registry)).toEqual([]);
  const entries = module.computations.has('main') ? [module.entry] : [...module.computations.values()];
  for (const c of entries) if (c.parameters.length === 0) runComputation(c, registry, []);
}

function suite(folder: string, skipped: ReadonlySet<string>, check: (source: Uint8Array, file: string) => void): void {
  const path = `${ROOT}${folder}`;
  const present = existsSync(path);
  describe(`${folder}${present ? '' : ' (skipped: ../shared/stablehlo is not there)'}`, () => {
    if (!present) test.skip('programs', () => {});
    for (const file of present ? readdirSync(path).sort() : []) {
      test.skipIf(skipped.has(file))(file, () => check(readFileSync(`${path}/${file}`), file));
    }
  });
}

suite('static', OTHER_ROUNDING, (source, file) => {
  const module = parseStablehlo(source, registry, { file });
  expect(verify(module, registry)).toEqual([]);
  interpret(module, registry, []);
});

const programs = (source: Uint8Array, file: string) => {
  for (const module of parseStablehloPrograms(source, registry, { file })) run(module);
};
suite('interpret', NEEDS_INPUTS, programs);
suite('quantized', new Set(), programs);

suite('dynamic', new Set(), (source, file) => {
  expect(verify(parseStablehlo(source, registry, { file }), registry)).toEqual([]);
});
