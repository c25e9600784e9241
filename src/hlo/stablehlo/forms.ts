/** The attributes and the pretty form of each op that has any, by its StableHLO name. */
import type { ValueType } from '../types.js';
import {
  booleans,
  flag,
  float,
  floatField,
  groups,
  type Item,
  integer,
  integerField,
  integers,
  kept,
  literal,
  numberField,
  object,
  pairs,
  precisions,
  type Reading,
  string,
  structure,
  unit,
  word,
  wordField,
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
  | 'scan';

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

const rankOf = (t: ValueType | undefined): number => (t?.kind === 'tensor' ? t.dims.length : 0);
const fill = <T>(n: number, v: T): T[] => new Array<T>(n).fill(v);
const lengthOf = (c: Reading, name: string): number => {
  const a = c.attributes.get(name);
  if (a?.kind === 'numbers') return a.values.length;
  if (a?.kind === 'elements') return a.literal.type.dims[0] ?? 0;
  return a?.kind === 'list' ? a.items.length : 0;
};

const windowRank = (c: Reading): number => lengthOf(c, 'window_dimensions') || rankOf(c.operands[0]);
const spatialRank = (c: Reading): number => Math.max(0, rankOf(c.operands[0]) - 2);
type Rank = (c: Reading) => number;
const ones = (rank: Rank) => (c: Reading) => fill(rank(c), 1);
const noPadding = (rank: Rank) => (c: Reading) => Array.from({ length: rank(c) }, () => [0, 0] as const);

const accuracyMode = word(
  'mode',
  'mode',
  ['stablehlo', 'result_accuracy_mode'],
  ['DEFAULT', 'HIGHEST', 'TOLERANCE'],
  () => 'DEFAULT',
);
const resultAccuracy = object(
  'resultAccuracy',
  structure(
    'result_accuracy',
    'stablehlo.result_accuracy',
    [
      floatField('atol', 'atol'),
      floatField('rtol', 'rtol'),
      numberField('ulps', 'ulps', () => undefined),
      {
        ...accuracyMode,
        bare: (a) => (a.mode === undefined ? undefined : `#stablehlo.result_accuracy_mode<${a.mode}>`),
      },
    ],
    'optional',
  ),
);
/** Absent where the text asks for nothing in particular. */
const statedAccuracy: Item = {
  ...resultAccuracy,
  read(a, c, into) {
    resultAccuracy.read(a, c, into);
    if ((into.resultAccuracy as { mode?: string } | undefined)?.mode === 'DEFAULT') delete into.resultAccuracy;
  },
};
const accurate = list('same', [statedAccuracy]);

const algorithm = object(
  'algorithm',
  structure(
    'algorithm',
    'stablehlo.dot_algorithm',
    [
      wordField('lhsPrecisionType', 'lhs_precision_type'),
      wordField('rhsPrecisionType', 'rhs_precision_type'),
      wordField('accumulationType', 'accumulation_type'),
      numberField('lhsComponentCount', 'lhs_component_count', 'required'),
      numberField('rhsComponentCount', 'rhs_component_count', 'required'),
      numberField('numPrimitiveOperations', 'num_primitive_operations', 'required'),
      flag('allowImpreciseAccumulation', 'allow_imprecise_accumulation'),
    ],
    'optional',
  ),
);

const dotFields = [
  integerField('lhsBatch', 'lhs_batching_dimensions'),
  integerField('rhsBatch', 'rhs_batching_dimensions'),
  integerField('lhsContracting', 'lhs_contracting_dimensions'),
  integerField('rhsContracting', 'rhs_contracting_dimensions'),
];

/** `stablehlo.dot`: the last dimension of the left operand with the first of the right. */
const plainDot: Item = {
  name: '',
  read(_, c, into) {
    into.lhsBatch = [];
    into.rhsBatch = [];
    into.lhsContracting = [Math.max(0, rankOf(c.operands[0]) - 1)];
    into.rhsContracting = [0];
  },
  attr: () => undefined,
  bare: () => undefined,
};

/** `stablehlo.broadcast`: new dimensions in front. */
const leadingBroadcast: Item = {
  name: 'broadcast_sizes',
  read(_, c, into) {
    const n = lengthOf(c, 'broadcast_sizes');
    into.dimensions = Array.from({ length: rankOf(c.operands[0]) }, (_, d) => n + d);
  },
  attr: () => undefined,
  bare: () => undefined,
};

/** JAX writes two strides on dynamic convolutions of one spatial dimension: those beyond the rank mean nothing. */
const inRank = (strides: Item): Item => ({
  ...strides,
  read(a, c, into) {
    strides.read(a, c, into);
    into.strides = (into.strides as readonly number[]).slice(0, spatialRank(c));
  },
});

const convolutionDimensions = object(
  'dims',
  structure(
    'dimension_numbers',
    'stablehlo.conv',
    [
      numberField('lhsBatch', 'input_batch_dimension', 'required'),
      numberField('lhsFeature', 'input_feature_dimension', 'required'),
      integers('lhsSpatial', 'input_spatial_dimensions', () => []),
      numberField('rhsInputFeature', 'kernel_input_feature_dimension', 'required'),
      numberField('rhsOutputFeature', 'kernel_output_feature_dimension', 'required'),
      integers('rhsSpatial', 'kernel_spatial_dimensions', () => []),
      numberField('resultBatch', 'output_batch_dimension', 'required'),
      numberField('resultFeature', 'output_feature_dimension', 'required'),
      integers('resultSpatial', 'output_spatial_dimensions', () => []),
    ],
    'required',
  ),
);
/** `#stablehlo.conv<raw …>` names fields instead of drawing them. */
const rawConvolutionDimensions: Item = {
  ...convolutionDimensions,
  attr: (a) => convolutionDimensions.attr(a)?.replace('<', '<raw '),
};
const convolutionCounts = [
  integer('batchGroupCount', 'batch_group_count', () => 1),
  integer('featureGroupCount', 'feature_group_count', () => 1),
  precisions('precision', 'precision_config'),
];
const convolutionWindow = [
  integers('strides', 'window_strides', ones(spatialRank)),
  pairs('padding', 'padding', noPadding(spatialRank)),
  integers('lhsDilation', 'lhs_dilation', ones(spatialRank)),
  integers('rhsDilation', 'rhs_dilation', ones(spatialRank)),
  booleans('reversal', 'window_reversal', (c) => fill(spatialRank(c), false)),
];

const gatherDimensions = structure(
  'dimension_numbers',
  'stablehlo.gather',
  [
    integerField('offsetDims', 'offset_dims'),
    integerField('collapsedSliceDims', 'collapsed_slice_dims'),
    integerField('operandBatchingDims', 'operand_batching_dims'),
    integerField('startIndicesBatchingDims', 'start_indices_batching_dims'),
    integerField('startIndexMap', 'start_index_map'),
    numberField('indexVectorDim', 'index_vector_dim'),
  ],
  'required',
);
const sorted = flag('indicesAreSorted', 'indices_are_sorted');

const window = [
  integers('size', 'window_dimensions'),
  integers('strides', 'window_strides', ones(windowRank)),
  integers('baseDilations', 'base_dilations', ones(windowRank)),
  integers('windowDilations', 'window_dilations', ones(windowRank)),
  pairs('padding', 'padding', noPadding(windowRank)),
];
/** select_and_scatter has no dilations in the text. */
const silent = (i: Item): Item => ({ ...i, attr: () => undefined });

const channel = structure(
  'channel_handle',
  'stablehlo.channel_handle',
  [numberField('channelId', 'handle', () => undefined), numberField('channelType', 'type', () => undefined)],
  'optional',
);
const replicas = [groups('replicaGroups', 'replica_groups'), channel];
const globalIds = unit('useGlobalDeviceIds', 'use_global_device_ids');
const sourceTargetPairs = pairs('sourceTargetPairs', 'source_target_pairs', () => undefined);

const rngAlgorithm = word(
  'algorithm',
  'rng_algorithm',
  ['stablehlo', 'rng_algorithm'],
  ['DEFAULT', 'THREE_FRY', 'PHILOX'],
);
const dimension = (name: string): Item => integer('dimension', name);
const batchNorm = generic(float('epsilon', 'epsilon'), integer('featureIndex', 'feature_index'));

const compareType: Item = (() => {
  const inner = word(
    'type',
    'compare_type',
    ['stablehlo', 'comparison_type'],
    ['FLOAT', 'TOTALORDER', 'SIGNED', 'UNSIGNED', 'NOTYPE'],
    () => undefined,
  );
  return {
    ...inner,
    read(a, c, into) {
      inner.read(a, c, into);
      if (into.type === undefined || into.type === 'NOTYPE') into.type = defaultCompareType(c.operands[0]);
    },
  };
})();

/** What StableHLO compares by where the text does not say: the element type's own order. */
function defaultCompareType(t: ValueType | undefined): string {
  const element = t?.kind === 'tensor' ? t.element : 'f32';
  if (element === 'pred' || element.startsWith('u')) return 'UNSIGNED';
  return element.startsWith('s') ? 'SIGNED' : 'FLOAT';
}

/** Of the operands of a scan, the last are where it starts: as many as it carries from step to step. */
const carries: Item = {
  name: 'operand_segment_sizes',
  read(a, c, into) {
    if (a?.kind !== 'numbers' || a.values.length !== 2) return c.fail('operand_segment_sizes must hold two numbers');
    into.carries = Number(a.values[1]);
  },
  attr: () => undefined,
  bare: () => undefined,
};

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
  'stablehlo.batch_norm_training': batchNorm,
  'stablehlo.batch_norm_inference': batchNorm,
  'stablehlo.batch_norm_grad': batchNorm,
  'stablehlo.all_reduce': generic(...replicas, globalIds),
  'stablehlo.all_gather': generic(...replicas, globalIds, dimension('all_gather_dim')),
  'stablehlo.reduce_scatter': generic(...replicas, globalIds, dimension('scatter_dimension')),
  'stablehlo.all_to_all': generic(
    ...replicas,
    integer('splitDimension', 'split_dimension'),
    integer('concatDimension', 'concat_dimension'),
    integer('splitCount', 'split_count'),
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
  'stablehlo.custom_call': { items: [], types: 'function', syntax: 'custom_call' },
  'stablehlo.composite': { items: [], types: 'function', syntax: 'composite' },
  'chlo.top_k': {
    ...list('arrow', [integer('k', 'k'), silent(flag('largest', 'largest', () => true))], [['k', 'k']]),
    parentheses: true,
  },
  'chlo.scan': {
    items: [dimension('dimension'), flag('isReverse', 'is_reverse'), carries],
    types: 'function',
    syntax: 'scan',
  },
  'chlo.mulhi': generic(),
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
