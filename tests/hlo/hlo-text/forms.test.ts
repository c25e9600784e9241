import { describe, expect, test } from 'vitest';
import { showType } from '../../../src/hlo/types.js';
import { body, entry, read, SUM } from './read.js';

const WINDOW = { size: [2, 2], strides: [1, 1], baseDilations: [1, 1], windowDilations: [1, 1] };
const MAX = 'max {\n x = f32[] parameter(0)\n y = f32[] parameter(1)\n ROOT m = f32[] maximum(x, y)\n}\n';
const GE = 'ge {\n x = f32[] parameter(0)\n y = f32[] parameter(1)\n ROOT c = pred[] compare(x, y), direction=GE\n}\n';

/** Shapes of the parameters a, b, c; the operation; canonical name, attributes and result types. */
type Row = [parameters: string[], op: string, name: string, attributes: object, result: string, others?: string];

const rows: Row[] = [
  [['f32[3]', 'f32[3]'], 'f32[3]{0} add(a, b)', 'add', {}, 'f32[3]'],
  [['f32[3]', 'f32[3]'], 'f32[3]{0} add(f32[3]{0} %a, f32[3] %b), metadata={op_name="x/y"}', 'add', {}, 'f32[3]'],
  [['f32[3]'], 'f32[2,3]{1,0} broadcast(a), dimensions={1}', 'broadcast', { dimensions: [1] }, 'f32[2,3]'],
  [['f32[]'], 'f32[2,3]{1,0} broadcast(a), dimensions={}', 'broadcast', { dimensions: [] }, 'f32[2,3]'],
  [['f32[2,3]'], 'f32[3,2]{0,1} transpose(a), dimensions={1,0}', 'transpose', { permutation: [1, 0] }, 'f32[3,2]'],
  [['f32[2,3]'], 'f32[6]{0} reshape(a)', 'reshape', {}, 'f32[6]'],
  [['f32[4]'], 'f32[4]{0} reverse(a), dimensions={0}', 'reverse', { dimensions: [0] }, 'f32[4]'],
  [
    ['f32[4,6]'],
    'f32[2,3]{1,0} slice(a), slice={[1:3], [0:6:2]}',
    'slice',
    { starts: [1, 0], limits: [3, 6], strides: [1, 2] },
    'f32[2,3]',
  ],
  [
    ['f32[4,6]', 'f32[]'],
    'f32[6,10]{1,0} pad(a, b), padding=1_1_0x0_-1_1',
    'pad',
    { low: [1, 0], high: [1, -1], interior: [0, 1] },
    'f32[6,10]',
  ],
  [['f32[2]', 'f32[3]'], 'f32[5]{0} concatenate(a, b), dimensions={0}', 'concatenate', { dimension: 0 }, 'f32[5]'],
  [[], 's32[2,4]{1,0} iota(), iota_dimension=1', 'iota', { dimension: 1 }, 's32[2,4]'],
  [
    ['s32[3]', 's32[3]'],
    'pred[3]{0} compare(a, b), direction=LT',
    'compare',
    { direction: 'LT', type: 'SIGNED' },
    'pred[3]',
  ],
  [
    ['f32[3]', 'f32[3]'],
    'pred[3]{0} compare(a, b), direction=LT, type=TOTALORDER',
    'compare',
    { direction: 'LT', type: 'TOTALORDER' },
    'pred[3]',
  ],
  [['pred[3]', 'f32[3]', 'f32[3]'], 'f32[3]{0} select(a, b, c)', 'select', {}, 'f32[3]'],
  [['f32[3]'], 'bf16[3]{0} convert(a)', 'convert', {}, 'bf16[3]'],
  [['f32[3]'], 'u32[3]{0} bitcast-convert(a)', 'bitcast-convert', {}, 'u32[3]'],
  [
    ['f32[3]'],
    'f32[3]{0} reduce-precision(a), exponent_bits=8, mantissa_bits=7',
    'reduce-precision',
    { exponentBits: 8, mantissaBits: 7 },
    'f32[3]',
  ],
  [['f32[3]', 'f32[3]'], 'c64[3]{0} complex(a, b)', 'complex', {}, 'c64[3]'],
  [
    ['f32[2,4,5]', 'f32[2,5,6]'],
    'f32[2,4,6]{2,1,0} dot(a, b), lhs_batch_dims={0}, lhs_contracting_dims={2}, rhs_batch_dims={0}, rhs_contracting_dims={1}, operand_precision={highest,default}',
    'dot',
    {
      lhsBatch: [0],
      rhsBatch: [0],
      lhsContracting: [2],
      rhsContracting: [1],
      precision: ['HIGHEST', 'DEFAULT'],
    },
    'f32[2,4,6]',
  ],
  [
    ['bf16[4,5]', 'bf16[5,6]'],
    'f32[4,6]{1,0} dot(a, b), lhs_contracting_dims={1}, rhs_contracting_dims={0}, algorithm=dot_bf16_bf16_f32_x3',
    'dot',
    {
      lhsBatch: [],
      rhsBatch: [],
      lhsContracting: [1],
      rhsContracting: [0],
      algorithm: {
        lhsPrecisionType: 'bf16',
        rhsPrecisionType: 'bf16',
        accumulationType: 'f32',
        lhsComponentCount: 1,
        rhsComponentCount: 1,
        numPrimitiveOperations: 3,
        allowImpreciseAccumulation: false,
      },
    },
    'f32[4,6]',
  ],
  [
    ['f32[1,8,8,4]', 'f32[3,3,2,6]'],
    'f32[1,4,8,6]{3,2,1,0} convolution(a, b), window={size=3x3 stride=2x1 pad=1_1x2_0 rhs_reversal=1x0}, dim_labels=b01f_01io->b01f, feature_group_count=2',
    'convolution',
    {
      dims: {
        lhsBatch: 0,
        lhsFeature: 3,
        lhsSpatial: [1, 2],
        rhsInputFeature: 2,
        rhsOutputFeature: 3,
        rhsSpatial: [0, 1],
        resultBatch: 0,
        resultFeature: 3,
        resultSpatial: [1, 2],
      },
      strides: [2, 1],
      padding: [
        [1, 1],
        [2, 0],
      ],
      lhsDilation: [1, 1],
      rhsDilation: [1, 1],
      reversal: [true, false],
      featureGroupCount: 2,
      batchGroupCount: 1,
    },
    'f32[1,4,8,6]',
  ],
  [
    ['f32[8,16]', 's32[4,1]'],
    'f32[4,16]{1,0} gather(a, b), offset_dims={1}, collapsed_slice_dims={0}, start_index_map={0}, index_vector_dim=1, slice_sizes={1,16}, indices_are_sorted=true',
    'gather',
    {
      offsetDims: [1],
      collapsedSliceDims: [0],
      operandBatchingDims: [],
      startIndicesBatchingDims: [],
      startIndexMap: [0],
      indexVectorDim: 1,
      sliceSizes: [1, 16],
      indicesAreSorted: true,
    },
    'f32[4,16]',
  ],
  [
    ['f32[8]', 's32[4,1]', 'f32[4]'],
    'f32[8]{0} scatter(a, b, c), update_window_dims={}, inserted_window_dims={0}, scatter_dims_to_operand_dims={0}, index_vector_dim=1, unique_indices=true, to_apply=sum',
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
    'f32[8]',
    SUM,
  ],
  [
    ['f32[8]', 's32[]'],
    'f32[3]{0} dynamic-slice(a, b), dynamic_slice_sizes={3}',
    'dynamic-slice',
    { sizes: [3] },
    'f32[3]',
  ],
  [['f32[8]', 'f32[2]', 's32[]'], 'f32[8]{0} dynamic-update-slice(a, b, c)', 'dynamic-update-slice', {}, 'f32[8]'],
  [
    ['f32[4,6]', 'f32[]'],
    'f32[4]{0} reduce(a, b), dimensions={1}, to_apply=sum',
    'reduce',
    { dimensions: [1] },
    'f32[4]',
    SUM,
  ],
  [
    ['f32[4,6]', 'f32[]'],
    'f32[4,5]{1,0} reduce-window(a, b), window={size=2x2 pad=1_0x0_0}, to_apply=max',
    'reduce-window',
    {
      ...WINDOW,
      padding: [
        [1, 0],
        [0, 0],
      ],
    },
    'f32[4,5]',
    MAX,
  ],
  [
    ['f32[4,4]', 'f32[2,2]', 'f32[]'],
    'f32[4,4]{1,0} select-and-scatter(a, b, c), window={size=2x2 stride=2x2}, select=ge, scatter=sum',
    'select-and-scatter',
    {
      ...WINDOW,
      strides: [2, 2],
      padding: [
        [0, 0],
        [0, 0],
      ],
    },
    'f32[4,4]',
    GE + SUM,
  ],
  [
    ['f32[4,6]'],
    'f32[4,6]{1,0} sort(a), dimensions={1}, is_stable=true, to_apply=ge',
    'sort',
    { dimension: 1, stable: true },
    'f32[4,6]',
    GE,
  ],
  [
    ['c64[4,6]'],
    'c64[4,6]{1,0} fft(a), fft_type=IFFT, fft_length={6}',
    'fft',
    { type: 'IFFT', length: [6] },
    'c64[4,6]',
  ],
  [['f32[4,4]'], 'f32[4,4]{1,0} cholesky(a), lower=true', 'cholesky', { lower: true }, 'f32[4,4]'],
  [
    ['f32[4,4]', 'f32[4,2]'],
    'f32[4,2]{1,0} triangular-solve(a, b), left_side=true, lower=true, transpose_a=TRANSPOSE',
    'triangular-solve',
    { leftSide: true, lower: true, unitDiagonal: false, transposeA: 'TRANSPOSE' },
    'f32[4,2]',
  ],
  [['f32[]', 'f32[]'], 'f32[4]{0} rng(a, b), distribution=rng_uniform', 'rng', { distribution: 'UNIFORM' }, 'f32[4]'],
  [
    ['f32[4]'],
    'f32[4]{0} exponential(a), result_accuracy={tolerance={atol=0,rtol=0.5,ulps=2}}',
    'exponential',
    { resultAccuracy: { atol: 0, rtol: 0.5, ulps: 2, mode: 'TOLERANCE' } },
    'f32[4]',
  ],
  [
    ['f32[4]'],
    'f32[4]{0} all-reduce(a), channel_id=3, replica_groups={{0,1},{2,3}}, use_global_device_ids=true, to_apply=sum',
    'all-reduce',
    {
      replicaGroups: [
        [0, 1],
        [2, 3],
      ],
      channelId: 3,
      useGlobalDeviceIds: true,
    },
    'f32[4]',
    SUM,
  ],
  [
    ['f32[4]'],
    'f32[8]{0} all-gather(a), replica_groups=[2,2]<=[2,2]T(1,0), dimensions={0}',
    'all-gather',
    {
      replicaGroups: [
        [0, 2],
        [1, 3],
      ],
      dimension: 0,
    },
    'f32[8]',
  ],
  [
    ['f32[4]'],
    'f32[4]{0} collective-permute(a), source_target_pairs={{0,1},{1,0}}',
    'collective-permute',
    {
      sourceTargetPairs: [
        [0, 1],
        [1, 0],
      ],
    },
    'f32[4]',
  ],
  [
    ['f32[4]'],
    'f32[4]{0} map(a), dimensions={0}, to_apply=neg',
    'map',
    { dimensions: [0] },
    'f32[4]',
    'neg {\n x = f32[] parameter(0)\n ROOT n = f32[] negate(x)\n}\n',
  ],
  [['f32[<=8]'], 's32[] get-dimension-size(a), dimensions={0}', 'get-dimension-size', { dimension: 0 }, 's32[]'],
  [['f32[4]'], 'f32[4]{0} erf(a)', 'erf', {}, 'f32[4]'],
  [
    ['f32[2]', 's8[4]'],
    'f32[2]{0} custom-call(a, b), custom_call_target="foo", custom_call_has_side_effect=true, api_version=API_VERSION_TYPED_FFI, backend_config={n = 78 : ui8}, output_to_operand_aliasing={{}: (0, {})}, operand_layout_constraints={f32[2]{0}, s8[4]{0}}',
    'custom-call',
    {
      target: 'foo',
      hasSideEffect: true,
      config: { n: { '#': 'ui8', value: 78 } },
      apiVersion: 4,
      operandLayouts: [[0], [0]],
      resultLayouts: [[0]],
      aliases: [{ outputTupleIndices: [], operandIndex: 0, operandTupleIndices: [] }],
    },
    'f32[2]',
  ],
  [
    ['f32[2]'],
    'f32[2]{0} custom-call(a), custom_call_target="bar", backend_config="a\\"b\\n"',
    'custom-call',
    { target: 'bar', hasSideEffect: false, config: 'a"b\n', apiVersion: 1 },
    'f32[2]',
  ],
];

describe('one operation, its canonical attributes, and back', () => {
  test.each(rows)('%j: %s', (parameters, op, name, attributes, result, others = '') => {
    const lines = parameters.map((shape, k) => `${'abc'[k]} = ${shape} parameter(${k})`);
    const m = read(entry([...lines, `ROOT r = ${op}`], others));
    const [i, ...more] = body(m);
    expect(more).toEqual([]);
    expect(i!.opcode).toBe(name);
    expect(i!.attributes).toEqual(attributes);
    expect(showType(i!.result.type)).toBe(result.replace('<=8', '?'));
  });
});

test('results of several', () => {
  const m = read(
    entry([
      'a = f32[8,16]{1,0} parameter(0)',
      't = (f32[8,4]{1,0}, s32[8,4]{1,0}) topk(a), k=4, largest=true',
      'v = f32[8,4]{1,0} get-tuple-element(t), index=0',
      'k = s32[8,4]{1,0} get-tuple-element(t), index=1',
      'ROOT r = (s32[8,4]{1,0}, /*index=1*/f32[8,4]{1,0}) tuple(k, v)',
    ]),
  );
  expect(m.entry.results.map((v) => v.index)).toEqual([1, 0]);
});

test("XLA's call of top-k is top-k", () => {
  const m = read(
    entry(
      [
        'a = f32[7,9]{1,0} parameter(0)',
        'ROOT t = (f32[7,3]{1,0}, s32[7,3]{1,0}) custom-call(a), custom_call_target="TopK", called_computations={%ge}',
      ],
      GE,
    ),
  );
  expect(body(m)[0]!.opcode).toBe('topk');
  expect(body(m)[0]!.attributes).toEqual({ k: 3, largest: true });
});

test('the origin: the name of the operation, or its place by the tables of frames', () => {
  const text = `HloModule m

FileNames
1 "a.py"

FunctionNames
1 "f"

FileLocations
1 {file_name_id=1 function_name_id=1 line=31 end_line=31 column=10 end_column=18}

StackFrames
1 {file_location_id=1 parent_frame_id=1}


ENTRY %main (a: f32[2]) -> f32[2] {
  %a = f32[2]{0} parameter(0)
  %b = f32[2]{0} negate(%a), metadata={op_type="neg" op_name="jit(f)/neg" stack_frame_id=1}
  %c = f32[2]{0} abs(%b), metadata={stack_frame_id=1}
  ROOT %d = f32[2]{0} negate(%c), metadata={op_type="x" source_file="b.py" source_line=7}
}, execution_thread="main"
`;
  expect(body(read(text)).map((i) => i.location?.note)).toEqual(['jit(f)/neg', 'a.py:31', 'b.py:7']);
  expect(body(read(text))[0]!.location).toMatchObject({ line: 18, column: 3 });
});
