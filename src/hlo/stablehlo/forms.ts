/** The attributes and the pretty form of each op that has any, by its StableHLO name, or by the target of its call. */
import { camelCase } from './foreign.js';
import {
  algorithm,
  carries,
  channel,
  compareType,
  convolutionCounts,
  convolutionDimensions,
  convolutionWindow,
  dimension,
  dotFields,
  fill,
  gatherDimensions,
  globalIds,
  inRank,
  leadingBroadcast,
  lengthOf,
  plainDot,
  rawConvolutionDimensions,
  replicas,
  rngAlgorithm,
  silent,
  sorted,
  sourceTargetPairs,
  statedAccuracy,
  whereFalse,
  window,
} from './form-items.js';
import {
  flag,
  float,
  groups,
  type Item,
  integer,
  integerField,
  integers,
  kept,
  literal,
  numberField,
  precisions,
  string,
  structure,
  word,
} from './items.js';

/**
 * How a pretty form writes its types:
 * - same: one type for all operands and results, else a function type
 * - function: `(T, T) -> T`
 * - arrow: `T, T -> T`
 * - result: the result type alone
 * - results: the result types alone, which are the operands'
 * - select: predicate and result type, else a function type
 * - operands: operand types alone, one for all or one each; no results
 */
export type TypeStyle = 'same' | 'function' | 'arrow' | 'result' | 'results' | 'select' | 'operands';

/** Forms with a syntax of their own; `list` is operands and `word = value` clauses with commas between. */
export type Syntax =
  | 'list'
  | 'slice'
  | 'reduce'
  | 'while'
  | 'convolution'
  | 'custom_call'
  | 'composite'
  | 'constant'
  | 'scan'
  | 'sharding';

export interface Form {
  readonly items: readonly Item[];
  readonly types: TypeStyle;
  /** Absent: printed in the generic form. */
  readonly syntax?: Syntax;
  /** Clauses in order: the word, and MLIR's name of the attribute. */
  readonly clauses?: readonly (readonly [word: string, name: string])[];
  /** Attributes without a word, in order; a leading one comes before the operands. */
  readonly positional?: readonly string[];
  /** Operands and clauses stand in parentheses. */
  readonly parentheses?: boolean;
}

const list = (types: TypeStyle, items: readonly Item[] = [], clauses: Form['clauses'] = []): Form => ({
  items,
  types,
  syntax: 'list',
  clauses,
});
const generic = (...items: Item[]): Form => ({ items, types: 'function' });

const accurate = list('same', [statedAccuracy]);
const batchNorm = generic(float('epsilon', 'epsilon'), integer('featureIndex', 'feature_index'));
const constantForm: Form = { items: [literal('value', 'value')], types: 'result', syntax: 'constant' };

const FORMS: { readonly [name: string]: Form } = {
  'stablehlo.constant': constantForm,
  'chlo.constant': constantForm,
  'stablehlo.iota': list('result', [dimension('iota_dimension')], [['dim', 'iota_dimension']]),
  'stablehlo.dynamic_iota': list('function', [dimension('iota_dimension')], [['dim', 'iota_dimension']]),
  'stablehlo.broadcast_in_dim': list(
    'function',
    [integers('dimensions', 'broadcast_dimensions')],
    [['dims', 'broadcast_dimensions']],
  ),
  'stablehlo.broadcast': { ...list('function', [leadingBroadcast]), clauses: [['sizes', 'broadcast_sizes']] },
  'stablehlo.dynamic_broadcast_in_dim': list(
    'function',
    [integers('dimensions', 'broadcast_dimensions')],
    [['dims', 'broadcast_dimensions']],
  ),
  'stablehlo.transpose': list('function', [integers('permutation', 'permutation')], [['dims', 'permutation']]),
  'stablehlo.reverse': list('same', [integers('dimensions', 'dimensions')], [['dims', 'dimensions']]),
  'stablehlo.slice': {
    items: [
      integers('starts', 'start_indices'),
      integers('limits', 'limit_indices'),
      integers('strides', 'strides', (c) => fill(lengthOf(c, 'start_indices'), 1)),
    ],
    types: 'function',
    syntax: 'slice',
  },
  'stablehlo.pad': list(
    'function',
    [
      integers('low', 'edge_padding_low'),
      integers('high', 'edge_padding_high'),
      integers('interior', 'interior_padding'),
    ],
    [
      ['low', 'edge_padding_low'],
      ['high', 'edge_padding_high'],
      ['interior', 'interior_padding'],
    ],
  ),
  'stablehlo.concatenate': list('function', [dimension('dimension')], [['dim', 'dimension']]),
  'stablehlo.dynamic_slice': list('function', [integers('sizes', 'slice_sizes')], [['sizes', 'slice_sizes']]),
  'stablehlo.dynamic_update_slice': list('function'),
  'stablehlo.real_dynamic_slice': list('function'),
  'stablehlo.dynamic_reshape': list('function'),
  'stablehlo.dynamic_pad': list('function'),
  'stablehlo.get_dimension_size': list('function', [dimension('dimension')], [['dim', 'dimension']]),
  'stablehlo.set_dimension_size': list('function', [dimension('dimension')], [['dim', 'dimension']]),
  'stablehlo.compare': {
    items: [
      word(
        'direction',
        'comparison_direction',
        ['stablehlo', 'comparison_direction'],
        ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE'],
      ),
      compareType,
    ],
    types: 'function',
    syntax: 'list',
    positional: ['comparison_direction', 'compare_type'],
  },
  'stablehlo.select': list('select'),
  'stablehlo.complex': list('result'),
  'stablehlo.tuple': list('result'),
  'stablehlo.convert': list('function'),
  'stablehlo.bitcast_convert': list('function'),
  'stablehlo.reshape': list('function'),
  'stablehlo.real': list('function'),
  'stablehlo.imag': list('function'),
  'stablehlo.is_finite': list('function'),
  'stablehlo.uniform_quantize': list('function'),
  'stablehlo.uniform_dequantize': list('function'),
  'stablehlo.replica_id': list('result'),
  'stablehlo.partition_id': list('result'),
  'stablehlo.after_all': list('result'),
  'stablehlo.create_token': list('result'),
  'stablehlo.optimization_barrier': list('results'),
  'stablehlo.reduce_precision': {
    items: [
      integer('exponentBits', 'exponent_bits', 'required', 'i32'),
      integer('mantissaBits', 'mantissa_bits', 'required', 'i32'),
    ],
    types: 'same',
    syntax: 'list',
  },
  'stablehlo.cholesky': list('same', [flag('lower', 'lower')], [['lower', 'lower']]),
  'stablehlo.triangular_solve': generic(
    flag('leftSide', 'left_side'),
    flag('lower', 'lower'),
    word('transposeA', 'transpose_a', ['stablehlo', 'transpose'], ['NO_TRANSPOSE', 'TRANSPOSE', 'ADJOINT']),
    flag('unitDiagonal', 'unit_diagonal'),
  ),
  'stablehlo.fft': list(
    'function',
    [
      word('type', 'fft_type', ['stablehlo', 'fft_type'], ['FFT', 'IFFT', 'RFFT', 'IRFFT']),
      integers('length', 'fft_length'),
    ],
    [
      ['type', 'fft_type'],
      ['length', 'fft_length'],
    ],
  ),
  'stablehlo.rng': list(
    'function',
    [word('distribution', 'rng_distribution', ['stablehlo', 'rng_distribution'], ['UNIFORM', 'NORMAL'])],
    [['distribution', 'rng_distribution']],
  ),
  'stablehlo.rng_bit_generator': list('function', [rngAlgorithm], [['algorithm', 'rng_algorithm']]),
  'stablehlo.dot': list(
    'function',
    [plainDot, precisions('precision', 'precision_config')],
    [['precision', 'precision_config']],
  ),
  'stablehlo.dot_general': list(
    'function',
    [
      structure('dot_dimension_numbers', 'stablehlo.dot', dotFields, 'required'),
      precisions('precision', 'precision_config'),
      algorithm,
    ],
    [
      ['precision', 'precision_config'],
      ['algorithm', 'algorithm'],
    ],
  ),
  'chlo.ragged_dot': generic(
    structure(
      'ragged_dot_dimension_numbers',
      'chlo.ragged_dot',
      [
        ...dotFields,
        integerField('lhsRagged', 'lhs_ragged_dimensions'),
        integerField('rhsGroup', 'rhs_group_dimensions'),
      ],
      'required',
    ),
    precisions('precision', 'precision_config', 'chlo'),
  ),
  'stablehlo.convolution': {
    items: [convolutionDimensions, ...convolutionWindow, ...convolutionCounts],
    types: 'function',
    syntax: 'convolution',
  },
  'stablehlo.dynamic_conv': generic(
    rawConvolutionDimensions,
    ...convolutionWindow.filter((i) => i.name !== 'padding').map((i) => (i.name === 'window_strides' ? inRank(i) : i)),
    ...convolutionCounts,
  ),
  'stablehlo.torch_index_select': generic(dimension('dim'), integer('batchDims', 'batch_dims')),
  'stablehlo.gather': generic(gatherDimensions, integers('sliceSizes', 'slice_sizes'), sorted),
  'stablehlo.dynamic_gather': generic(gatherDimensions, sorted),
  'stablehlo.scatter': generic(
    structure(
      'scatter_dimension_numbers',
      'stablehlo.scatter',
      [
        integerField('updateWindowDims', 'update_window_dims'),
        integerField('insertedWindowDims', 'inserted_window_dims'),
        integerField('inputBatchingDims', 'input_batching_dims'),
        integerField('scatterIndicesBatchingDims', 'scatter_indices_batching_dims'),
        integerField('scatterDimsToOperandDims', 'scatter_dims_to_operand_dims'),
        numberField('indexVectorDim', 'index_vector_dim'),
      ],
      'required',
    ),
    sorted,
    flag('uniqueIndices', 'unique_indices'),
  ),
  'stablehlo.reduce': { items: [integers('dimensions', 'dimensions')], types: 'function', syntax: 'reduce' },
  'stablehlo.reduce_window': generic(...window),
  'stablehlo.select_and_scatter': generic(...window.map((i) => (i.name.endsWith('dilations') ? silent(i) : i))),
  'stablehlo.map': generic(integers('dimensions', 'dimensions')),
  'stablehlo.sort': generic(
    integer('dimension', 'dimension', () => -1),
    flag('stable', 'is_stable'),
  ),
  'stablehlo.while': { items: [], types: 'results', syntax: 'while' },
  'stablehlo.case': generic(),
  'stablehlo.if': generic(),
  'stablehlo.async_start': generic(),
  'stablehlo.async_done': generic(),
  'stablehlo.batch_norm_training': batchNorm,
  'stablehlo.batch_norm_inference': batchNorm,
  'stablehlo.batch_norm_grad': batchNorm,
  'stablehlo.all_reduce': generic(...replicas, globalIds),
  'stablehlo.all_gather': generic(...replicas, globalIds, dimension('all_gather_dim')),
  'stablehlo.reduce_scatter': generic(...replicas, globalIds, dimension('scatter_dimension')),
  'stablehlo.all_to_all': generic(
    ...replicas,
    ...['split_dimension', 'concat_dimension', 'split_count'].map((name) =>
      integer(camelCase(name), name, () => undefined),
    ),
  ),
  'stablehlo.collective_broadcast': generic(...replicas),
  'stablehlo.collective_reduce': generic(...replicas),
  'stablehlo.collective_permute': generic(sourceTargetPairs, channel),
  'stablehlo.send': generic(channel, flag('isHostTransfer', 'is_host_transfer'), sourceTargetPairs),
  'stablehlo.recv': generic(channel, flag('isHostTransfer', 'is_host_transfer'), sourceTargetPairs),
  'stablehlo.infeed': generic(
    string('config', 'infeed_config', () => ''),
    kept('layout', 'layout'),
  ),
  'stablehlo.outfeed': generic(string('config', 'outfeed_config', () => '')),
  '@ragged_all_to_all': generic(
    groups('replicaGroups', 'replica_groups'),
    integer('channelId', 'channel_id', () => undefined),
  ),
  'stablehlo.custom_call': { items: [], types: 'function', syntax: 'custom_call' },
  'stablehlo.composite': { items: [], types: 'function', syntax: 'composite' },
  'chlo.top_k': {
    ...list('arrow', [integer('k', 'k'), whereFalse(flag('largest', 'largest', () => true))], [['k', 'k']]),
    parentheses: true,
  },
  'chlo.scan': {
    items: [
      dimension('dimension'),
      flag('isReverse', 'is_reverse'),
      flag('isAssociative', 'is_associative', () => undefined),
      carries,
    ],
    types: 'function',
    syntax: 'scan',
  },
  'chlo.mulhi': generic(),
  ...Object.fromEntries(
    [
      'sharding_constraint',
      'reshard',
      'propagation_barrier',
      'data_flow_edge',
      'sharding_group',
      'manual_computation',
      'named_computation',
    ].map((n) => [`sdy.${n}`, { items: [], types: 'function', syntax: 'sharding' } as const]),
  ),
  'interpreter.print': list('same'),
  'interpreter.probe': list('same', [string('probeId', 'probe_id')], [['probe_id', 'probe_id']]),
  ...Object.fromEntries(
    [
      'cbrt',
      'cosine',
      'exponential',
      'exponential_minus_one',
      'log',
      'log_plus_one',
      'logistic',
      'rsqrt',
      'sine',
      'sqrt',
      'tan',
      'tanh',
    ].map((n) => [`stablehlo.${n}`, accurate]),
  ),
  'check.expect_eq_const': { ...list('operands', [literal('value', 'value')]), positional: ['value'] },
  'check.expect_almost_eq_const': { ...list('operands', [literal('value', 'value')]), positional: ['value'] },
  'check.expect_close_const': generic(literal('value', 'value')),
};

const SAME = list('same');
const ARROW = list('arrow');

/** Undefined: an op of another dialect, whose attributes are read and printed as they stand. */
export function formOf(name: string): Form | undefined {
  if (Object.hasOwn(FORMS, name)) return FORMS[name];
  if (name.startsWith('stablehlo.')) return SAME;
  return name.startsWith('chlo.') ? ARROW : undefined;
}
