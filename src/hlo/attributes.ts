/**
 * The attributes of each op in canonical form: what parsers produce, printers read, shape rules check, and rules match.
 * Names follow the StableHLO specification in camelCase; an op not listed here has no attributes.
 */
import type { Literal } from './literal.js';
import type { GroupMode } from './process-groups.js';
import type { ElementType, ValueType } from './types.js';

export type AttributeValue =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Literal
  | ValueType
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export type Attributes = { readonly [key: string]: AttributeValue };

export type ParameterAttributes = { index: number };
export type ConstantAttributes = { value: Literal };
export type IotaAttributes = { dimension: number };
/** result dimension `dimensions[d]` is operand dimension d (stablehlo.broadcast_in_dim; HLO's broadcast) */
export type BroadcastAttributes = { dimensions: readonly number[] };
/** result dimension d is operand dimension `permutation[d]` */
export type TransposeAttributes = { permutation: readonly number[] };
export type SliceAttributes = {
  starts: readonly number[];
  limits: readonly number[];
  strides: readonly number[];
};
export type PadAttributes = { low: readonly number[]; high: readonly number[]; interior: readonly number[] };
export type ConcatenateAttributes = { dimension: number };
export type ReverseAttributes = { dimensions: readonly number[] };
export type CompareAttributes = {
  direction: 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE';
  type: 'FLOAT' | 'TOTALORDER' | 'SIGNED' | 'UNSIGNED';
};
export type ReduceAttributes = { dimensions: readonly number[] };
/** reduce-window, select-and-scatter (which has no dilations: they are 1 there) */
export type WindowAttributes = {
  size: readonly number[];
  strides: readonly number[];
  baseDilations: readonly number[];
  windowDilations: readonly number[];
  padding: readonly (readonly [low: number, high: number])[];
};
export type Precision = 'DEFAULT' | 'HIGH' | 'HIGHEST';
export type DotAttributes = {
  lhsBatch: readonly number[];
  rhsBatch: readonly number[];
  lhsContracting: readonly number[];
  rhsContracting: readonly number[];
  precision?: readonly Precision[];
  algorithm?: Attributes;
};
/** Positions of the named dimensions in lhs, rhs and result. */
export type ConvolutionDimensions = {
  lhsBatch: number;
  lhsFeature: number;
  lhsSpatial: readonly number[];
  rhsInputFeature: number;
  rhsOutputFeature: number;
  rhsSpatial: readonly number[];
  resultBatch: number;
  resultFeature: number;
  resultSpatial: readonly number[];
};
export type ConvolutionAttributes = {
  dims: ConvolutionDimensions;
  strides: readonly number[];
  padding: readonly (readonly [low: number, high: number])[];
  lhsDilation: readonly number[];
  rhsDilation: readonly number[];
  reversal: readonly boolean[];
  featureGroupCount: number;
  batchGroupCount: number;
  precision?: readonly Precision[];
};
export type GatherAttributes = {
  offsetDims: readonly number[];
  collapsedSliceDims: readonly number[];
  operandBatchingDims: readonly number[];
  startIndicesBatchingDims: readonly number[];
  startIndexMap: readonly number[];
  indexVectorDim: number;
  sliceSizes: readonly number[];
  indicesAreSorted: boolean;
};
export type ScatterAttributes = {
  updateWindowDims: readonly number[];
  insertedWindowDims: readonly number[];
  inputBatchingDims: readonly number[];
  scatterIndicesBatchingDims: readonly number[];
  scatterDimsToOperandDims: readonly number[];
  indexVectorDim: number;
  indicesAreSorted: boolean;
  uniqueIndices: boolean;
};
export type DynamicSliceAttributes = { sizes: readonly number[] };
export type SortAttributes = { dimension: number; stable: boolean };
export type TopKAttributes = { k: number; largest: boolean };
export type FftAttributes = { type: 'FFT' | 'IFFT' | 'RFFT' | 'IRFFT'; length: readonly number[] };
export type ReducePrecisionAttributes = { exponentBits: number; mantissaBits: number };
export type RngBitGeneratorAttributes = { algorithm: 'DEFAULT' | 'THREE_FRY' | 'PHILOX' };
export type RngAttributes = { distribution: 'UNIFORM' | 'NORMAL' };
export type CholeskyAttributes = { lower: boolean };
export type TriangularSolveAttributes = {
  leftSide: boolean;
  lower: boolean;
  unitDiagonal: boolean;
  transposeA: 'NO_TRANSPOSE' | 'TRANSPOSE' | 'ADJOINT';
};
export type BatchNormAttributes = { epsilon: number; featureIndex: number };
export type CustomCallAttributes = {
  target: string;
  hasSideEffect: boolean;
  /** backend_config, as a dictionary or as text */
  config: string | Attributes;
  apiVersion: number;
  operandLayouts?: readonly (readonly number[])[];
  resultLayouts?: readonly (readonly number[])[];
  aliases?: readonly Attributes[];
  extra?: Attributes;
};
export type CompositeAttributes = { name: string; attributes: Attributes; version: number };
export type DimensionAttributes = { dimension: number };
export type ExponentAttributes = { resultAccuracy?: Attributes };
export type BitcastAttributes = Record<never, never>;
export type CollectiveAttributes = {
  replicaGroups: readonly (readonly number[])[];
  /** Which ids the groups or pairs hold. Default: what channel and `useGlobalDeviceIds` say, each op in its own way. */
  mode?: GroupMode;
  /** How many processes there are, where the groups hold process numbers. */
  processes?: number;
  channelId?: number;
  channelType?: number;
  useGlobalDeviceIds?: boolean;
  /** all_gather, reduce_scatter: the dimension gathered or scattered */
  dimension?: number;
  /** all_to_all; without dimensions, operand j is the part for member j */
  splitDimension?: number;
  concatDimension?: number;
  splitCount?: number;
  /** collective_permute */
  sourceTargetPairs?: readonly (readonly [number, number])[];
};
/** replica-id, partition-id, process-id, once it is known how many there are */
export type IdentityAttributes = { replicas?: number; partitions?: number };
/** exchange */
export type ExchangeAttributes = {
  /** Of each process: who gives it each block of its result; −1: nobody, so that the block is zeros. */
  sources: readonly (readonly number[])[];
  /** A process gives not all of its operand, but part k of it along dimension 0 to whom it lists as its own source k. */
  parts: boolean;
};
export type RaggedDotAttributes = DotAttributes & {
  lhsRagged: readonly number[];
  rhsGroup: readonly number[];
};
export type ConvertTarget = { element: ElementType };

/** Attribute types by op, for rules whose patterns bind them. Whoever defines an op may add its own by declaration merging. */
export interface OpAttributes {
  parameter: ParameterAttributes;
  constant: ConstantAttributes;
  iota: IotaAttributes;
  broadcast: BroadcastAttributes;
  transpose: TransposeAttributes;
  slice: SliceAttributes;
  pad: PadAttributes;
  concatenate: ConcatenateAttributes;
  reverse: ReverseAttributes;
  compare: CompareAttributes;
  reduce: ReduceAttributes;
  'reduce-window': WindowAttributes;
  'select-and-scatter': WindowAttributes;
  dot: DotAttributes;
  convolution: ConvolutionAttributes;
  gather: GatherAttributes;
  scatter: ScatterAttributes;
  'dynamic-slice': DynamicSliceAttributes;
  sort: SortAttributes;
  topk: TopKAttributes;
  fft: FftAttributes;
  'reduce-precision': ReducePrecisionAttributes;
  cholesky: CholeskyAttributes;
  'triangular-solve': TriangularSolveAttributes;
  'batch-norm-training': BatchNormAttributes;
  'batch-norm-inference': BatchNormAttributes;
  'batch-norm-grad': BatchNormAttributes;
  'all-gather': CollectiveAttributes;
  'all-reduce': CollectiveAttributes;
  'reduce-scatter': CollectiveAttributes;
  'collective-reduce': CollectiveAttributes;
  'all-to-all': CollectiveAttributes;
  'ragged-all-to-all': CollectiveAttributes;
  'collective-broadcast': CollectiveAttributes;
  'collective-permute': CollectiveAttributes;
  'replica-id': IdentityAttributes;
  'partition-id': IdentityAttributes;
  exchange: ExchangeAttributes;
  'custom-call': CustomCallAttributes;
  composite: CompositeAttributes;
}
