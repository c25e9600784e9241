/** JAX programs as HLO text, before and after XLA's optimisation, in the reference interpreter. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseHlo } from '../../../src/hlo/hlo-text/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { compareOutputs, makeInput, type ProgramSpec } from '../../../src/hlo/recipe.js';
import type { Tensor } from '../../../src/hlo/tensor.js';
import { registry } from './read.js';

/** Those that the interpreter runs in about a second. */
const PROGRAMS = {
  workloads: `add_8 attention_grad_4x256x64 batched_small_256x32 batchnorm_train_nhwc embedding_gather fft_256x1024
    gpt_6_layers_64x256 jacobi_while_256 nchw_to_nhwc_scale segment_sum_scatter tiny_chain tiny_mlp top_k_256x32000
    transformer_block_grad_128x256 transpose_add_2048 wide_graph_1500`,
  models: `diffrax_semi_implicit_interp dynamax_hmm eqx_mha_rope flax_bidir_gru_mgu haiku_deep_lstm_conv
    haiku_vqvae_ema hf_deit_tiny hf_gpt2_tiny hf_mixtral_tiny hf_t5_tiny hub_bert_tiny hub_deberta_tiny hub_gemma3_tiny
    hub_gptneox_tiny hub_qwen3_tiny jax_complex_arith jax_composite_and_calls jax_conv_pool_variety jax_fft_mix
    jax_hessian_jacobians jax_image_resize jax_ndimage_map_coordinates jax_odeint_dopri5_grad jax_ragged_dot
    jax_signal_stft_welch jax_sparse_bcoo jax_special_erf jax_special_gammainc jax_special_grads jax_special_sph_harm
    jaxopt_proxgrad_lasso jraph_graphnet_gcn_gat keras_convlstm2d keras_layer_zoo keras_lstm_stack optax_hungarian
    optax_lbfgs_zoom optax_lion_ema optax_losses_ctc optax_misc_chain optax_muon ott_sinkhorn tfp_hmc_chain
    tfp_lgssm_kalman torch_regnet_y_tiny tpu_linalg_cholesky_grad tpu_linalg_cholesky_solve`,
};

describe.each(Object.entries(PROGRAMS))('%s (skipped where the programs are not there)', (folder, names) => {
  const root = fileURLToPath(new URL(`../../../../shared/${folder}/`, import.meta.url));
  test.skipIf(!existsSync(root)).each(names.split(/\s+/))('%s gives the outputs expected', (name) => {
    const spec: ProgramSpec = JSON.parse(readFileSync(`${root}${name}.json`, 'utf8'));
    for (const ending of ['hlo.txt', 'opt.hlo.txt']) {
      const file = `${name}.${ending}`;
      const module = parseHlo(readFileSync(root + file), registry, { file });
      const outputs = interpret(module, registry, spec.inputs.map(makeInput)) as Tensor[];
      for (const c of compareOutputs(spec, outputs)) expect(c.message, file).toBeUndefined();
    }
  });
});
