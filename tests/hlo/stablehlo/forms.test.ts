import { describe, expect, test } from 'vitest';
import { showType } from '../../../src/hlo/types.js';
import { instructions, main } from './read.js';

/** Arguments, one operation, its result types; then canonical name and attributes. */
type Row = [args: string, op: string, types: string, name: string, attributes: object];
const T = (shape: string): string => `tensor<${shape}>`;
const WINDOW = { size: [2, 2], strides: [1, 1], baseDilations: [1, 1], windowDilations: [1, 1] };
const DIMS = {
  lhsBatch: 0,
  lhsFeature: 3,
  lhsSpatial: [1, 2],
  rhsInputFeature: 2,
  rhsOutputFeature: 3,
  rhsSpatial: [0, 1],
  resultBatch: 0,
  resultFeature: 3,
  resultSpatial: [1, 2],
};
const CONVOLUTION = {
  dims: DIMS,
  strides: [2, 1],
  padding: [
    [1, 0],
    [0, 1],
  ],
  lhsDilation: [1, 1],
  rhsDilation: [1, 1],
  reversal: [false, false],
  featureGroupCount: 1,
  batchGroupCount: 1,
};
const sum = `({ ^bb0(%x: ${T('f32')}, %y: ${T('f32')}):
  %s = stablehlo.add %x, %y : ${T('f32')}
  stablehlo.return %s : ${T('f32')} })`;

const rows: Row[] = [
  ['%a: tensor<3xf32>', 'stablehlo.add %a, %a : tensor<3xf32>', T('3xf32'), 'add', {}],
  [
    '%a: tensor<3xf32>',
    '"stablehlo.add"(%a, %a) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>',
    T('3xf32'),
    'add',
    {},
  ],
  ['', 'stablehlo.iota dim = 1 : tensor<2x3xi32>', T('2x3xi32'), 'iota', { dimension: 1 }],
  [
    '',
    '"stablehlo.iota"() <{iota_dimension = 1 : i64}> : () -> tensor<2x3xi32>',
    T('2x3xi32'),
    'iota',
    { dimension: 1 },
  ],
  [
    '%a: tensor<3xf32>',
    'stablehlo.broadcast_in_dim %a, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>',
    T('2x3xf32'),
    'broadcast',
    { dimensions: [1] },
  ],
  [
    '%a: tensor<3xf32>',
    'stablehlo.broadcast %a, sizes = [2] : (tensor<3xf32>) -> tensor<2x3xf32>',
    T('2x3xf32'),
    'broadcast',
    { dimensions: [1] },
  ],
  [
    '%a: tensor<2x3xf32>',
    'stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>',
    T('3x2xf32'),
    'transpose',
    { permutation: [1, 0] },
  ],
  [
    '%a: tensor<2x3xf32>',
    '"stablehlo.transpose"(%a) {permutation = dense<[1, 0]> : tensor<2xi64>} : (tensor<2x3xf32>) -> tensor<3x2xf32>',
    T('3x2xf32'),
    'transpose',
    { permutation: [1, 0] },
  ],
  [
    '%a: tensor<2x9xf32>',
    'stablehlo.slice %a [0:2, 1:8:3] : (tensor<2x9xf32>) -> tensor<2x3xf32>',
    T('2x3xf32'),
    'slice',
    { starts: [0, 1], limits: [2, 8], strides: [1, 3] },
  ],
  [
    '%a: tensor<3xf32>, %v: tensor<f32>',
    'stablehlo.pad %a, %v, low = [-1], high = [2], interior = [1] : (tensor<3xf32>, tensor<f32>) -> tensor<6xf32>',
    T('6xf32'),
    'pad',
    { low: [-1], high: [2], interior: [1] },
  ],
  [
    '%a: tensor<3xf32>',
    'stablehlo.concatenate %a, %a, dim = 0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<6xf32>',
    T('6xf32'),
    'concatenate',
    { dimension: 0 },
  ],
  ['%a: tensor<3xf32>', 'stablehlo.reverse %a, dims = [0] : tensor<3xf32>', T('3xf32'), 'reverse', { dimensions: [0] }],
  [
    '%a: tensor<3xf32>',
    'stablehlo.compare GE, %a, %a, TOTALORDER : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>',
    T('3xi1'),
    'compare',
    { direction: 'GE', type: 'TOTALORDER' },
  ],
  [
    '%a: tensor<3xui8>',
    'stablehlo.compare  EQ, %a, %a : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>',
    T('3xi1'),
    'compare',
    { direction: 'EQ', type: 'UNSIGNED' },
  ],
  [
    '%a: tensor<3xf32>',
    '"stablehlo.compare"(%a, %a) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>',
    T('3xi1'),
    'compare',
    { direction: 'LT', type: 'FLOAT' },
  ],
  ['%a: tensor<3xf32>', 'stablehlo.convert %a : (tensor<3xf32>) -> tensor<3xbf16>', T('3xbf16'), 'convert', {}],
  [
    '%p: tensor<3xi1>, %a: tensor<3xf32>',
    'stablehlo.select %p, %a, %a : tensor<3xi1>, tensor<3xf32>',
    T('3xf32'),
    'select',
    {},
  ],
  ['%a: tensor<3xf32>', 'stablehlo.clamp %a, %a, %a : tensor<3xf32>', T('3xf32'), 'clamp', {}],
  ['%a: tensor<3xf32>', 'stablehlo.complex %a, %a : tensor<3xcomplex<f32>>', T('3xcomplex<f32>'), 'complex', {}],
  [
    '%a: tensor<2x3x4xf32>, %i: tensor<2x5xi32>',
    '"stablehlo.torch_index_select"(%a, %i) <{batch_dims = 1 : i64, dim = 2 : i64}> : (tensor<2x3x4xf32>, tensor<2x5xi32>) -> tensor<2x3x5xf32>',
    T('2x3x5xf32'),
    'torch-index-select',
    { dimension: 2, batchDims: 1 },
  ],
  [
    '%a: tensor<4x4xf32>, %i: tensor<i32>',
    'stablehlo.dynamic_slice %a, %i, %i, sizes = [1, 4] : (tensor<4x4xf32>, tensor<i32>, tensor<i32>) -> tensor<1x4xf32>',
    T('1x4xf32'),
    'dynamic-slice',
    { sizes: [1, 4] },
  ],
  [
    '%a: tensor<4xf32>, %i: tensor<i32>',
    'stablehlo.dynamic_update_slice %a, %a, %i : (tensor<4xf32>, tensor<4xf32>, tensor<i32>) -> tensor<4xf32>',
    T('4xf32'),
    'dynamic-update-slice',
    {},
  ],
  [
    '%a: tensor<4xf64>',
    'stablehlo.reduce_precision %a, format = e5m10 : tensor<4xf64>',
    T('4xf64'),
    'reduce-precision',
    { exponentBits: 5, mantissaBits: 10 },
  ],
  [
    '%a: tensor<4xf32>',
    'stablehlo.fft %a, type =  RFFT, length = [4] : (tensor<4xf32>) -> tensor<3xcomplex<f32>>',
    T('3xcomplex<f32>'),
    'fft',
    { type: 'RFFT', length: [4] },
  ],
  [
    '%a: tensor<4x4xf32>',
    'stablehlo.cholesky %a, lower = true : tensor<4x4xf32>',
    T('4x4xf32'),
    'cholesky',
    { lower: true },
  ],
  [
    '%a: tensor<4x4xf32>',
    '"stablehlo.triangular_solve"(%a, %a) <{left_side = true, lower = false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>',
    T('4x4xf32'),
    'triangular-solve',
    { leftSide: true, lower: false, transposeA: 'NO_TRANSPOSE', unitDiagonal: false },
  ],
  [
    '%a: tensor<2x3xf32>, %b: tensor<3x4xf32>',
    'stablehlo.dot %a, %b, precision = [HIGH, DEFAULT] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>',
    T('2x4xf32'),
    'dot',
    { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0], precision: ['HIGH', 'DEFAULT'] },
  ],
  [
    '%a: tensor<5x2x3xf32>, %b: tensor<5x3x4xf32>',
    'stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1], precision = [DEFAULT, DEFAULT] : (tensor<5x2x3xf32>, tensor<5x3x4xf32>) -> tensor<5x2x4xf32>',
    T('5x2x4xf32'),
    'dot',
    { lhsBatch: [0], rhsBatch: [0], lhsContracting: [2], rhsContracting: [1] },
  ],
  [
    '%a: tensor<2x3xf32>, %b: tensor<3x4xf32>',
    '"stablehlo.dot_general"(%a, %b) <{dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]}> : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>',
    T('2x4xf32'),
    'dot',
    { lhsBatch: [], rhsBatch: [], lhsContracting: [1], rhsContracting: [0], precision: ['HIGHEST', 'HIGHEST'] },
  ],
  [
    '%a: tensor<2x3xf32>, %b: tensor<3x4xf32>',
    'stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], algorithm = <lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = false> : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>',
    T('2x4xf32'),
    'dot',
    {
      lhsBatch: [],
      rhsBatch: [],
      lhsContracting: [1],
      rhsContracting: [0],
      algorithm: {
        lhsPrecisionType: 'tf32',
        rhsPrecisionType: 'tf32',
        accumulationType: 'f32',
        lhsComponentCount: 1,
        rhsComponentCount: 1,
        numPrimitiveOperations: 1,
        allowImpreciseAccumulation: false,
      },
    },
  ],
  [
    '%x: tensor<1x8x8x3xf32>, %w: tensor<3x3x3x4xf32>',
    'stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 1], pad = [[1, 0], [0, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<1x4x7x4xf32>',
    T('1x4x7x4xf32'),
    'convolution',
    CONVOLUTION,
  ],
  [
    '%x: tensor<1x8x8x3xf32>, %w: tensor<3x3x3x4xf32>',
    '"stablehlo.convolution"(%x, %w) <{dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>, window_strides = array<i64: 2, 1>, padding = dense<[[1, 0], [0, 1]]> : tensor<2x2xi64>, feature_group_count = 1 : i64, batch_group_count = 1 : i64}> : (tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<1x4x7x4xf32>',
    T('1x4x7x4xf32'),
    'convolution',
    CONVOLUTION,
  ],
  [
    '%a: tensor<2x3xf32>, %z: tensor<f32>',
    'stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>',
    T('2xf32'),
    'reduce',
    { dimensions: [1] },
  ],
  [
    '%a: tensor<2x3xf32>, %z: tensor<f32>',
    `"stablehlo.reduce"(%a, %z) <{dimensions = array<i64: 1>}> ${sum} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>`,
    T('2xf32'),
    'reduce',
    { dimensions: [1] },
  ],
  [
    '%a: tensor<4x4xf32>, %z: tensor<f32>',
    `"stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 2, 2>, padding = dense<[[1, 0], [0, 0]]> : tensor<2x2xi64>}> ${sum} : (tensor<4x4xf32>, tensor<f32>) -> tensor<4x3xf32>`,
    T('4x3xf32'),
    'reduce-window',
    {
      ...WINDOW,
      padding: [
        [1, 0],
        [0, 0],
      ],
    },
  ],
  [
    '%a: tensor<4xf32>, %i: tensor<1x1xi32>, %u: tensor<1xf32>',
    `"stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = true}> ${sum} : (tensor<4xf32>, tensor<1x1xi32>, tensor<1xf32>) -> tensor<4xf32>`,
    T('4xf32'),
    'scatter',
    {
      updateWindowDims: [],
      insertedWindowDims: [0],
      inputBatchingDims: [],
      scatterIndicesBatchingDims: [],
      scatterDimsToOperandDims: [0],
      indexVectorDim: 1,
      indicesAreSorted: false,
      uniqueIndices: true,
    },
  ],
  [
    '%a: tensor<4x5xf32>, %i: tensor<3x1xi32>',
    '"stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = true, slice_sizes = array<i64: 1, 5>}> : (tensor<4x5xf32>, tensor<3x1xi32>) -> tensor<3x5xf32>',
    T('3x5xf32'),
    'gather',
    {
      offsetDims: [1],
      collapsedSliceDims: [0],
      operandBatchingDims: [],
      startIndicesBatchingDims: [],
      startIndexMap: [0],
      indexVectorDim: 1,
      sliceSizes: [1, 5],
      indicesAreSorted: true,
    },
  ],
  [
    '%a: tensor<4xf32>',
    'stablehlo.exponential %a {result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<HIGHEST>>} : tensor<4xf32>',
    T('4xf32'),
    'exponential',
    { resultAccuracy: { mode: 'HIGHEST' } },
  ],
  [
    '%a: tensor<4xf32>',
    'stablehlo.exponential %a {result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<DEFAULT>>} : tensor<4xf32>',
    T('4xf32'),
    'exponential',
    {},
  ],
  ['%a: tensor<4xf32>', 'chlo.erf %a : tensor<4xf32> -> tensor<4xf32>', T('4xf32'), 'erf', {}],
  ['%a: tensor<4xf32>', '"chlo.erf"(%a) : (tensor<4xf32>) -> tensor<4xf32>', T('4xf32'), 'erf', {}],
  [
    '%a: tensor<4xf32>',
    'stablehlo.add %a, %a {mhlo.frontend_attributes = {a = "b"}} : tensor<4xf32>',
    T('4xf32'),
    'add',
    {},
  ],
  [
    '%a: tensor<4xf32>',
    `"stablehlo.all_reduce"(%a) <{replica_groups = dense<[[0, 1], [2, -1]]> : tensor<2x2xi64>, channel_handle = #stablehlo.channel_handle<handle = 1, type = 0>, use_global_device_ids}> ${sum} : (tensor<4xf32>) -> tensor<4xf32>`,
    T('4xf32'),
    'all-reduce',
    { replicaGroups: [[0, 1], [2]], channelId: 1, channelType: 0, useGlobalDeviceIds: true },
  ],
  [
    '%a: tensor<2x4xf32>',
    '"stablehlo.all_gather"(%a) {all_gather_dim = 1 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x4xf32>) -> tensor<2x8xf32>',
    T('2x8xf32'),
    'all-gather',
    { replicaGroups: [[0, 1]], dimension: 1 },
  ],
  [
    '%a: tensor<2x4xf32>',
    '"stablehlo.all_to_all"(%a) {split_dimension = 1 : i64, concat_dimension = 0 : i64, split_count = 2 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2x4xf32>) -> tensor<4x2xf32>',
    T('4x2xf32'),
    'all-to-all',
    { replicaGroups: [[0, 1]], splitDimension: 1, concatDimension: 0, splitCount: 2 },
  ],
  [
    '%a: tensor<4xf32>',
    '"stablehlo.collective_permute"(%a) {source_target_pairs = dense<[[0, 1], [1, 0]]> : tensor<2x2xi64>} : (tensor<4xf32>) -> tensor<4xf32>',
    T('4xf32'),
    'collective-permute',
    {
      sourceTargetPairs: [
        [0, 1],
        [1, 0],
      ],
    },
  ],
  [
    '%a: tensor<4x4xf32>, %s: tensor<2x2xf32>, %z: tensor<f32>',
    `"stablehlo.select_and_scatter"(%a, %s, %z) <{window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 2>}> ({ ^bb0(%x: tensor<f32>, %y: tensor<f32>):
  %g = stablehlo.compare GE, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
  stablehlo.return %g : tensor<i1> }, ${sum.slice(1)} : (tensor<4x4xf32>, tensor<2x2xf32>, tensor<f32>) -> tensor<4x4xf32>`,
    T('4x4xf32'),
    'select-and-scatter',
    {
      ...WINDOW,
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [
    '%a: tensor<4xf32>',
    `"stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({ ^bb0(%x: tensor<f32>, %y: tensor<f32>):
  %g = stablehlo.compare LT, %x, %y, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
  stablehlo.return %g : tensor<i1> }) : (tensor<4xf32>) -> tensor<4xf32>`,
    T('4xf32'),
    'sort',
    { dimension: 0, stable: true },
  ],
  [
    '%a: tensor<2xf32>',
    'stablehlo.uniform_quantize %a : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 0.5:-3>>',
    T('2x!quant.uniform<i8:f32, 0.5:-3>'),
    'uniform-quantize',
    {},
  ],
  [
    '%a: tensor<?x3xf32>',
    'stablehlo.get_dimension_size %a, dim = 0 : (tensor<?x3xf32>) -> tensor<i32>',
    T('i32'),
    'get-dimension-size',
    { dimension: 0 },
  ],
  [
    '%a: tensor<?xf32>, %s: tensor<1xi32>',
    'stablehlo.real_dynamic_slice %a, %s, %s, %s : (tensor<?xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>',
    T('?xf32'),
    'real-dynamic-slice',
    {},
  ],
  [
    '%a: tensor<f32>, %s: tensor<2xi64>',
    'stablehlo.rng %a, %a, %s, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<3x4xf32>',
    T('3x4xf32'),
    'rng',
    { distribution: 'UNIFORM' },
  ],
  [
    '%x: tensor<2x3xf32>, %s: tensor<3xf32>',
    '"stablehlo.batch_norm_inference"(%x, %s, %s, %s, %s) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>',
    T('2x3xf32'),
    'batch-norm-inference',
    { epsilon: 0.001, featureIndex: 1 },
  ],
  ['', 'stablehlo.replica_id : tensor<ui32>', T('ui32'), 'replica-id', {}],
  ['%t: !stablehlo.token', 'stablehlo.after_all %t, %t : !stablehlo.token', '!stablehlo.token', 'after-all', {}],
];

describe('one operation', () => {
  test.each(rows)('(%s) %s', (args, op, types, name, attributes) => {
    const [i] = instructions(main(args, types, `%r = ${op}`, `return %r : ${types}`));
    expect(i!.opcode).toBe(name);
    expect(i!.attributes).toEqual(attributes);
  });
});

describe('several results', () => {
  test('one name for all, or one name each', () => {
    const top = (names: string, results: string) =>
      main(
        '%a: tensor<8xf32>',
        'tensor<2xf32>, tensor<2xi32>',
        `${names} = chlo.top_k(%a, k = 2) : tensor<8xf32> -> (tensor<2xf32>, tensor<2xi32>)`,
        `return ${results} : tensor<2xf32>, tensor<2xi32>`,
      );
    for (const text of [top('%t:2', '%t#0, %t#1'), top('%v, %i', '%v, %i')]) {
      const [i] = instructions(text);
      expect(i!.opcode).toBe('topk');
      expect(i!.attributes).toEqual({ k: 2, largest: true });
      expect(i!.results.map((r) => showType(r.type))).toEqual(['f32[2]', 's32[2]']);
    }
  });

  test('reducer with several operands', () => {
    const [, , i] = instructions(
      main(
        '%a: tensor<3x4xf32>, %b: tensor<3x4xi32>',
        'tensor<3xf32>, tensor<3xi32>',
        '%f = stablehlo.constant dense<0.0> : tensor<f32>',
        '%z = stablehlo.constant dense<0> : tensor<i32>',
        '%r:2 = stablehlo.reduce(%a init: %f), (%b init: %z) across dimensions = [1] : (tensor<3x4xf32>, tensor<3x4xi32>, tensor<f32>, tensor<i32>) -> (tensor<3xf32>, tensor<3xi32>)',
        ' reducer(%x: tensor<f32>, %y: tensor<f32>) (%i: tensor<i32>, %j: tensor<i32>)  {',
        '  %m = stablehlo.add %x, %y : tensor<f32>',
        '  %n = stablehlo.maximum %i, %j : tensor<i32>',
        '  stablehlo.return %m, %n : tensor<f32>, tensor<i32>',
        '}',
        'return %r#0, %r#1 : tensor<3xf32>, tensor<3xi32>',
      ),
    );
    expect(i!.called[0]!.parameters.map((p) => showType(p.result.type))).toEqual(['f32[]', 's32[]', 'f32[]', 's32[]']);
    expect(i!.attributes).toEqual({ dimensions: [1] });
  });

  test('tuples are taken apart', () => {
    const all = instructions(
      main(
        '%a: tensor<2xf32>, %b: tensor<3xi32>',
        'tensor<3xi32>, tensor<2xf32>',
        '%t = stablehlo.tuple %a, %b : tuple<tensor<2xf32>, tensor<3xi32>>',
        '%c = stablehlo.custom_call @pair(%t) : (tuple<tensor<2xf32>, tensor<3xi32>>) -> tuple<tensor<2xf32>, tuple<tensor<3xi32>>>',
        '%i = stablehlo.get_tuple_element %c[1] : (tuple<tensor<2xf32>, tuple<tensor<3xi32>>>) -> tuple<tensor<3xi32>>',
        '%j = "stablehlo.get_tuple_element"(%i) <{index = 0 : i32}> : (tuple<tensor<3xi32>>) -> tensor<3xi32>',
        '%k = stablehlo.get_tuple_element %t[0] : (tuple<tensor<2xf32>, tensor<3xi32>>) -> tensor<2xf32>',
        'return %j, %k : tensor<3xi32>, tensor<2xf32>',
      ),
    );
    expect(all.map((i) => i.opcode)).toEqual(['custom-call']);
    expect(all[0]!.operands.length).toBe(2);
    expect(all[0]!.results.length).toBe(2);
  });
});

describe('calls', () => {
  test('forward references and both spellings', () => {
    const text = `module @m attributes {mhlo.num_replicas = 1 : i32} {
      func.func public @main(%a: tensor<2xf32> {jax.arg_info = "x"}) -> (tensor<2xf32> {jax.result_info = ""}) {
        %0 = call @twice(%a) : (tensor<2xf32>) -> tensor<2xf32>
        %1 = "func.call"(%0) <{callee = @twice}> : (tensor<2xf32>) -> tensor<2xf32>
        func.return %1 : tensor<2xf32>
      }
      func.func private @twice(%a: tensor<2xf32>) -> tensor<2xf32> {
        %0 = stablehlo.add %a, %a : tensor<2xf32>
        return %0 : tensor<2xf32>
      }
    }`;
    const [first, second] = instructions(text);
    expect(first!.called[0]).toBe(second!.called[0]);
    expect(first!.called[0]!.name).toBe('twice');
    expect(first!.parent.argumentAttributes).toEqual([{ 'jax.arg_info': 'x' }]);
  });

  test('a composite calls what it means', () => {
    const [i] = instructions(
      `func.func @main(%a: tensor<f32>) -> tensor<f32> {
        %0 = stablehlo.composite "my.op" %a {composite_attributes = {n = 2 : i64, e = 1.5 : f32}, decomposition = @impl, version = 3 : i32} : (tensor<f32>) -> tensor<f32>
        return %0 : tensor<f32>
      }
      func.func private @impl(%a: tensor<f32>) -> tensor<f32> { return %a : tensor<f32> }`,
    );
    expect(i!.attributes).toEqual({ name: 'my.op', attributes: { n: 2, e: { '#': 'f32', value: 1.5 } }, version: 3 });
    expect(i!.called[0]!.name).toBe('impl');
  });

  test('a custom call keeps all that it says', () => {
    const [i] = instructions(
      main(
        '%a: tensor<3x3xf32>',
        'tensor<3x3xf32>',
        '%0 = stablehlo.custom_call @lapack(%a) {api_version = 4 : i32, backend_config = {uplo = 76 : ui8}, has_side_effect = true, operand_layouts = [dense<[0, 1]> : tensor<2xindex>], output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [], operand_index = 0, operand_tuple_indices = []>], result_layouts = [dense<[0, 1]> : tensor<2xindex>], sdy.sharding_rule = #sdy.op_sharding_rule<([i, j])->([k, l]) {i=3, j=3, k=3, l=3}, custom>} : (tensor<3x3xf32>) -> tensor<3x3xf32>',
        'return %0 : tensor<3x3xf32>',
      ),
    );
    expect(i!.attributes).toEqual({
      target: 'lapack',
      hasSideEffect: true,
      config: { uplo: { '#': 'ui8', value: 76 } },
      apiVersion: 4,
      operandLayouts: [[0, 1]],
      resultLayouts: [[0, 1]],
      aliases: [{ outputTupleIndices: [], operandIndex: 0, operandTupleIndices: [] }],
      extra: {
        'sdy.sharding_rule': {
          '#': 'text',
          value: '#sdy.op_sharding_rule<([i, j])->([k, l]) {i=3, j=3, k=3, l=3}, custom>',
        },
      },
    });
  });
});

describe('what stands around', () => {
  test('locations, aliases, comments and types by alias', () => {
    const [i] = instructions(
      `#loc1 = loc("a.py":3:4)
       !vec = tensor<4xf32>
       #dims = array<i64: 0>
       module @m { // a comment
         func.func @main(%a: !vec loc("x")) -> !vec {
           %0 = "stablehlo.reverse"(%a) <{dimensions = #dims}> : (!vec) -> !vec loc(#loc3)
           return %0 : !vec loc(unknown)
         } loc(#loc1)
       } loc(#loc)
       #loc = loc(unknown)
       #loc2 = loc("jit(f)/rev"(#loc1))
       #loc3 = loc(#loc2)`,
    );
    expect(i!.location).toEqual({ line: 6, column: 12, note: 'jit(f)/rev' });
    expect(i!.attributes).toEqual({ dimensions: [0] });
  });

  test('the generic form of everything', () => {
    const [i] = instructions(
      `"builtin.module"() <{sym_name = "m"}> ({
        "func.func"() <{function_type = (tensor<2xf32>) -> tensor<2xf32>, sym_name = "main", sym_visibility = "public"}> ({
        ^bb0(%arg0: tensor<2xf32>):
          %0 = "stablehlo.negate"(%arg0) : (tensor<2xf32>) -> tensor<2xf32>
          "func.return"(%0) : (tensor<2xf32>) -> ()
        }) : () -> ()
      }) {a.b = 1 : i64} : () -> ()`,
    );
    expect(i!.opcode).toBe('negate');
  });

  test.each([
    ['tensor<i1>', 'pred[]'],
    ['tensor<?x2xi4>', 's4[?,2]'],
    ['tensor<2xui2>', 'u2[2]'],
    ['tensor<0x3xf8E4M3B11FNUZ>', 'f8e4m3b11fnuz[0,3]'],
    ['tensor<f8E8M0FNU>', 'f8e8m0fnu[]'],
    ['tensor<f4E2M1FN>', 'f4e2m1fn[]'],
    ['tensor<2xcomplex<f64>>', 'c128[2]'],
    ['tensor<?x3xf32, #stablehlo.bounds<5, ?>>', 'f32[?,3]'],
    ['!stablehlo.token', 'token[]'],
    ['tensor<2x!quant.uniform<i8:f32, 0.5:-3>>', 's8:f32[2]'],
    ['tensor<2x!quant.uniform<u8<0:100>:f32:0, {0.5:3, 1.5}>>', 'u8:f32[2]'],
  ])('%s is %s', (text, shown) => {
    const source = main(`%a: ${text}`, text, `return %a : ${text}`);
    expect(instructions(source)).toEqual([]);
    const [i] = instructions(
      main(`%a: ${text}`, text, `%r = stablehlo.optimization_barrier %a : ${text}`, `return %r : ${text}`),
    );
    expect(showType(i!.result.type)).toBe(shown);
  });
});
