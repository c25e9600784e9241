/** The workloads at sizes that the loop-IR interpreter runs in a moment: extents replaced, everything else as it is. */
import { workloadText } from './workloads.js';

/** New extents by old ones: each program's own, so that reshapes and slices still fit. */
const EXTENTS: { readonly [name: string]: { readonly [extent: number]: number } } = {
  add_8: {},
  tiny_chain: {},
  tiny_mlp: {},
  tanh_4m: { 4096: 9, 1024: 33 },
  gelu_erf_4m: { 4096: 9, 1024: 33 },
  bias_relu_mul_4m: { 4096: 9, 1024: 33 },
  bf16_silu_mul_4m: { 4096: 9, 1024: 35 },
  black_scholes_1m: { 1048576: 777 },
  adamw_4m: { 4194304: 777 },
  softmax_4096x1024: { 4096: 6, 1024: 70 },
  log_softmax_256x32000: { 256: 3, 32000: 333 },
  layernorm_4096x1024: { 4096: 5, 1024: 70 },
  rmsnorm_residual_4096x1024: { 4096: 5, 1024: 70 },
  sum_rows_cols_4096: { 4096: 75 },
  argmax_4096x1000: { 4096: 7, 1000: 45 },
  outer_product_reduce: { 1024: 20, 64: 33 },
  batchnorm_train_nhwc: { 32: 3, 28: 5, 64: 20 },
  transpose_add_2048: { 2048: 50 },
  nchw_to_nhwc_scale: { 16: 2, 56: 5, 64: 18 },
  concat_minor_4m: { 8192: 7 },
  pad_slice_stencil_2048: { 2048: 40, 2049: 41, 2050: 42 },
  matmul_1024: { 1024: 70 },
  matmul_nt_bias_gelu: { 512: 37, 3072: 66, 768: 50 },
  gemv_4096: { 4096: 75 },
  batched_small_256x32: { 256: 5, 32: 12 },
  swiglu_mlp: { 128: 17, 2816: 45, 1024: 40 },
  conv3x3_nhwc_64: { 8: 2, 56: 9, 64: 20 },
  conv3x3_nchw_64: { 8: 2, 56: 9, 64: 20 },
  conv_depthwise_1x1: { 8: 2, 56: 7, 96: 24, 64: 20 },
  attention_8x512x64: { 512: 40, 64: 16 },
  attention_causal_8x1024x64: { 1024: 70, 64: 16 },
  attention_grad_4x256x64: { 256: 40, 64: 16 },
  transformer_block_256x512: { 256: 24, 512: 64, 64: 8, 1024: 128, 1536: 192, 2048: 100 },
  transformer_block_grad_128x256: { 128: 24, 256: 64, 32: 8, 512: 128, 768: 192, 1024: 100 },
  gpt_6_layers_64x256: { 64: 16, 256: 64, 32: 8, 512: 128, 768: 192, 1024: 100, 1000: 90 },
  resnet_block_8x28x28x128: { 8: 2, 28: 6, 128: 20 },
  deep_chain_2000: { 256: 40 },
  cumsum_rows_1024x4096: { 1024: 5, 4096: 70, 4095: 69 },
  conv7x7_stem: { 224: 32, 112: 16, 56: 8, 64: 20 },
  segment_sum_scatter: { 200000: 300, 5000: 21, 32: 40 },
  sort_rows_1m: { 1024: 37 },
  top_k_256x32000: { 256: 9, 32000: 700, 40: 11 },
  fft_256x1024: { 256: 19, 1024: 60, 513: 31 },
  embedding_gather: { 32000: 90, 512: 20 },
  jacobi_while_256: { 256: 18, 257: 19, 258: 20 },
  lstm_128x4x256: { 256: 12, 512: 24, 768: 36, 1024: 48 },
  matmul_bf16_1024: { 1024: 70 },
  matmul_int8_1024: { 1024: 70 },
  mandelbrot_512: { 512: 15 },
  threefry_normal_1m: { 1048576: 99 },
  wide_graph_1500: { 64: 16, 63: 15, 62: 14, 61: 13, 60: 12, 59: 11, 58: 10, 57: 9 },
  mnist_cnn_train_step: { 64: 4, 32: 20, 3136: 196, 128: 20 },
};

export const REDUCED: readonly string[] = Object.keys(EXTENTS);

/** Where extents stand in the text: types, slices, slice sizes, windows, group counts. */
const PLACES = [
  /tensor<[^>]*>/g,
  /\[\d+:[\d:, ]+\]/g,
  /slice_sizes = array<i64: [\d, ]+>/g,
  /\bsizes = \[[\d, ]+\]/g,
  /window_dimensions = array<i64: [\d, ]+>/g,
  /padding = dense<[^>]*>/g,
  /feature_group_count = \d+/g,
  /\bk = \d+/g,
  /length = \[\d+\]/g,
];

/** The program's text at its reduced size. */
export function reducedText(name: string): string {
  const extents = EXTENTS[name]!;
  const smaller = (text: string) =>
    text.replace(/(?<![\w.])\d+(?=x|[,\]:> ]|$)|(?<=x)\d+(?=x)/g, (n) => `${extents[Number(n)] ?? n}`);
  return PLACES.reduce((text, place) => text.replace(place, smaller), Buffer.from(workloadText(name)).toString());
}
