/** Items of attribute dictionaries that ops share, or that are read in a way of their own. */
import type { Attributes } from '../attributes.js';
import type { ValueType } from '../types.js';
import {
  booleans,
  flag,
  floatField,
  groups,
  type Item,
  integer,
  integerField,
  integers,
  numberField,
  object,
  pairs,
  precisions,
  type Reading,
  structure,
  unit,
  word,
  wordField,
} from './items.js';

const rankOf = (t: ValueType | undefined): number => (t?.kind === 'tensor' ? t.dims.length : 0);
export const fill = <T>(n: number, v: T): T[] => new Array<T>(n).fill(v);
export const lengthOf = (c: Reading, name: string): number => {
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
export const statedAccuracy: Item = {
  ...resultAccuracy,
  read(a, c, into) {
    resultAccuracy.read(a, c, into);
    if ((into.resultAccuracy as { mode?: string } | undefined)?.mode === 'DEFAULT') delete into.resultAccuracy;
  },
};

export const algorithm = object(
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

export const dotFields = [
  integerField('lhsBatch', 'lhs_batching_dimensions'),
  integerField('rhsBatch', 'rhs_batching_dimensions'),
  integerField('lhsContracting', 'lhs_contracting_dimensions'),
  integerField('rhsContracting', 'rhs_contracting_dimensions'),
];

/** `stablehlo.dot`: the last dimension of the left operand with the first of the right. */
export const plainDot: Item = {
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
export const leadingBroadcast: Item = {
  name: 'broadcast_sizes',
  read(_, c, into) {
    const n = lengthOf(c, 'broadcast_sizes');
    into.dimensions = Array.from({ length: rankOf(c.operands[0]) }, (_, d) => n + d);
  },
  attr: () => undefined,
  bare: () => undefined,
};

/** JAX writes two strides on dynamic convolutions of one spatial dimension: those beyond the rank mean nothing. */
export const inRank = (strides: Item): Item => ({
  ...strides,
  read(a, c, into) {
    strides.read(a, c, into);
    into.strides = (into.strides as readonly number[]).slice(0, spatialRank(c));
  },
});

export const convolutionDimensions = object(
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
export const rawConvolutionDimensions: Item = {
  ...convolutionDimensions,
  attr: (a) => convolutionDimensions.attr(a)?.replace('<', '<raw '),
};
export const convolutionCounts = [
  integer('batchGroupCount', 'batch_group_count', () => 1),
  integer('featureGroupCount', 'feature_group_count', () => 1),
  precisions('precision', 'precision_config'),
];
export const convolutionWindow = [
  integers('strides', 'window_strides', ones(spatialRank)),
  pairs('padding', 'padding', noPadding(spatialRank)),
  integers('lhsDilation', 'lhs_dilation', ones(spatialRank)),
  integers('rhsDilation', 'rhs_dilation', ones(spatialRank)),
  booleans('reversal', 'window_reversal', (c) => fill(spatialRank(c), false)),
];

export const gatherDimensions = structure(
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
export const sorted = flag('indicesAreSorted', 'indices_are_sorted');

export const window = [
  integers('size', 'window_dimensions'),
  integers('strides', 'window_strides', ones(windowRank)),
  integers('baseDilations', 'base_dilations', ones(windowRank)),
  integers('windowDilations', 'window_dilations', ones(windowRank)),
  pairs('padding', 'padding', noPadding(windowRank)),
];
/** A flag that is said only where it is not set: CHLO has no word for it. */
export const whereFalse = (i: Item): Item => {
  const said = (write: Item['attr']) => (a: Attributes) => (write(a) === 'true' ? undefined : write(a));
  return { ...i, attr: said(i.attr), bare: said(i.bare) };
};

/** select_and_scatter has no dilations in the text. */
export const silent = (i: Item): Item => ({ ...i, attr: () => undefined });

export const channel = structure(
  'channel_handle',
  'stablehlo.channel_handle',
  [numberField('channelId', 'handle', () => undefined), numberField('channelType', 'type', () => undefined)],
  'optional',
);
export const replicas = [groups('replicaGroups', 'replica_groups'), channel];
export const globalIds = unit('useGlobalDeviceIds', 'use_global_device_ids');
export const sourceTargetPairs = pairs('sourceTargetPairs', 'source_target_pairs', () => undefined);

export const rngAlgorithm = word(
  'algorithm',
  'rng_algorithm',
  ['stablehlo', 'rng_algorithm'],
  ['DEFAULT', 'THREE_FRY', 'PHILOX'],
);
export const dimension = (name: string): Item => integer('dimension', name);

export const compareType: Item = (() => {
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
export function defaultCompareType(t: ValueType | undefined): string {
  const element = t?.kind === 'tensor' ? t.element : 'f32';
  if (element === 'pred' || element.startsWith('u')) return 'UNSIGNED';
  return element.startsWith('s') ? 'SIGNED' : 'FLOAT';
}

/** Of the operands of a scan, the last are where it starts: as many as it carries from step to step. */
export const carries: Item = {
  name: 'operand_segment_sizes',
  read(a, c, into) {
    if (a?.kind !== 'numbers' || a.values.length !== 2) return c.fail('operand_segment_sizes must hold two numbers');
    into.carries = Number(a.values[1]);
  },
  attr: () => undefined,
  bare: () => undefined,
};
