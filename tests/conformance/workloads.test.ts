/** JAX programs with expected outputs, in the reference interpreter: those that it runs in about a second, or all. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../src/hlo/interpreter.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { compareOutputs, makeInput, type ProgramSpec } from '../../src/hlo/recipe.js';
import { OpRegistry } from '../../src/hlo/registry.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import type { Tensor } from '../../src/hlo/tensor.js';
import { WORKLOADS } from '../support/workloads.js';

const registry = new OpRegistry(OPS);
const ROOT = fileURLToPath(new URL('../../../shared/workloads/', import.meta.url));
const QUICK = [
  'add_8',
  'attention_grad_4x256x64',
  'batched_small_256x32',
  'cumsum_rows_1024x4096',
  'deep_chain_2000',
  'embedding_gather',
  'fft_256x1024',
  'gemv_4096',
  'gpt_6_layers_64x256',
  'jacobi_while_256',
  'lstm_128x4x256',
  'nchw_to_nhwc_scale',
  'segment_sum_scatter',
  'softmax_4096x1024',
  'sort_rows_1m',
  'tiny_chain',
  'tiny_mlp',
  'top_k_256x32000',
  'transformer_block_grad_128x256',
  'transpose_add_2048',
  'wide_graph_1500',
];

const present = existsSync(ROOT);
const PROGRAMS = process.env.THIMBLE_TEST_ALL && present ? WORKLOADS : QUICK;
describe(`workloads${present ? '' : ' (skipped: ../shared/workloads is not there)'}`, () => {
  test.skipIf(!present).each(PROGRAMS)('%s gives the outputs expected', (name) => {
    const spec: ProgramSpec = JSON.parse(readFileSync(`${ROOT}${name}.json`, 'utf8'));
    const module = parseStablehlo(readFileSync(`${ROOT}${name}.mlir`), registry, { file: `${name}.mlir` });
    const outputs = interpret(module, registry, spec.inputs.map(makeInput)) as Tensor[];
    for (const c of compareOutputs(spec, outputs)) expect(c.message).toBeUndefined();
  });
});
