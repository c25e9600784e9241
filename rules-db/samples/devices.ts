/** Instances of ops that meet other processes: of one process, which is all that verification has. */
import { literalOf, type SampleRule, sample, tensorType } from '../../src/rules/index.js';
import { range } from './shapes.js';

const ALONE = { mode: 'flattened', replicaGroups: [[0]], processes: 1 };

const group = (op: string, more: { dimensions?: readonly string[]; combines?: boolean } = {}): SampleRule =>
  sample(op, ({ random, result }) => {
    const { dimensions = [], combines = false } = more;
    if (dimensions.length > 0 && result.dims.length === 0) return undefined;
    const operands = range(random.int(1, 2)).map(() => result);
    const scalar = tensorType(result.element);
    const own = dimensions.map((name) => [name, random.int(0, result.dims.length - 1)]);
    return {
      operands,
      results: operands,
      attributes: { ...ALONE, ...Object.fromEntries(own) },
      ...(combines ? { regions: [{ parameters: [scalar, scalar], results: [scalar] }] } : {}),
    };
  });

const identity = (op: string): SampleRule =>
  sample(op, ({ result }) => {
    if (result.element !== 'u32' || result.dims.length > 0) return undefined;
    return { operands: [], attributes: { replicas: 1, partitions: 1 } };
  });

export const DEVICE_SAMPLES: readonly SampleRule[] = [
  group('all-gather', { dimensions: ['dimension'] }),
  group('all-reduce', { combines: true }),
  group('reduce-scatter', { dimensions: ['dimension'], combines: true }),
  group('collective-reduce', { combines: true }),
  sample('all-to-all', ({ random, result }) => {
    const dimension = () => random.int(0, result.dims.length - 1);
    const splits = result.dims.length > 0 && random.chance(0.5);
    const own = splits ? { splitDimension: dimension(), concatDimension: dimension(), splitCount: 1 } : {};
    return { operands: [result], results: [result], attributes: { ...ALONE, ...own } };
  }),
  group('collective-broadcast'),
  sample('collective-permute', ({ random, result }) => {
    const sourceTargetPairs = random.chance(0.5) ? [[0, 0]] : [];
    return { operands: [result], results: [result], attributes: { ...ALONE, sourceTargetPairs } };
  }),
  sample('ragged-all-to-all', ({ random, result }) => {
    const [rows] = result.dims;
    if (rows === undefined) return undefined;
    const count = random.int(0, rows);
    const one = (n: number) => literalOf(tensorType('s32', [1]), n);
    const tables = [random.int(0, rows - count), count, random.int(0, rows - count), count].map(one);
    return { operands: [result, result, ...tables], attributes: ALONE };
  }),
  sample('sharding', ({ result }) => ({ operands: [result] })),
  sample('async-done', ({ result }) => ({ operands: [result] })),
  sample('print', ({ result }) => ({ operands: [result] })),
  sample('probe', ({ result }) => ({ operands: [result] })),
  identity('replica-id'),
  identity('partition-id'),
];
