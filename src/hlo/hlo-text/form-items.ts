/** Attributes in HLO's spelling and in canonical form, each read and written by one item. */
import type {
  Attributes,
  AttributeValue,
  ConvolutionAttributes,
  PadAttributes,
  SliceAttributes,
  WindowAttributes,
} from '../attributes.js';
import { defaultCompareType } from '../stablehlo/form-items.js';
import type { ValueType } from '../types.js';
import { algorithmName, algorithmOf } from './dot-algorithms.js';
import { stringToHlo } from './scanner.js';
import { dimensionLabelsToHlo, groupsToHlo, listToHlo, paddingToHlo, windowToHlo } from './value-syntax.js';
import type { AttributeValues } from './values.js';

export interface Typed {
  readonly operands: readonly ValueType[];
  readonly results: readonly ValueType[];
}

type Draft = { [key: string]: AttributeValue };

/** Reads some of HLO's attributes into canonical ones, and writes them (`name=value` each). */
export interface Item {
  read(a: AttributeValues, into: Draft, types: Typed): void;
  write(attributes: Attributes, types: Typed): string | readonly string[] | undefined;
}

const rankOf = (t: ValueType | undefined): number => (t?.kind === 'tensor' ? t.dims.length : 0);

function item<T extends AttributeValue>(
  key: string,
  name: string,
  read: (a: AttributeValues) => T | undefined,
  show: (v: T) => string,
  missing: { readonly or: T | undefined } | 'required',
): Item {
  return {
    read(a, into) {
      const v = read(a) ?? (missing === 'required' ? a.missing(name) : missing.or);
      if (v !== undefined) into[key] = v;
    },
    write(attributes) {
      const v = attributes[key] as T | undefined;
      const silent = v === undefined || (missing !== 'required' && v === missing.or);
      return silent ? undefined : `${name}=${show(v)}`;
    },
  };
}

type Missing<T> = { readonly or: T | undefined } | 'required';

export const integers = (key: string, name: string, missing: Missing<readonly number[]> = 'required'): Item =>
  item(key, name, (a) => a.integers(name), listToHlo, missing);
/** Left out where empty. */
export const someIntegers = (key: string, name: string): Item => ({
  read: (a, into) => {
    into[key] = a.integers(name) ?? [];
  },
  write: (attributes) => {
    const list = attributes[key] as readonly number[] | undefined;
    return list?.length ? `${name}=${listToHlo(list)}` : undefined;
  },
});
export const integer = (key: string, name: string, missing: Missing<number> = 'required'): Item =>
  item(key, name, (a) => a.integer(name), String, missing);
export const flag = (key: string, name: string, or: boolean | undefined = false): Item =>
  item(key, name, (a) => a.flag(name), String, { or });
export const float = (key: string, name: string): Item => item(key, name, (a) => a.float(name), String, 'required');
export const string = (key: string, name: string): Item =>
  item(key, name, (a) => a.string(name), stringToHlo, { or: '' });
/** `words` maps HLO's words to canonical ones; `or` is what an absent attribute means. Always written: XLA wants it. */
export function word(key: string, name: string, words: { readonly [hlo: string]: string }, or?: string): Item {
  const back = Object.fromEntries(Object.entries(words).map(([hlo, canonical]) => [canonical, hlo]));
  const read = (a: AttributeValues): string | undefined => {
    const given = a.word(name);
    if (given === undefined) return or;
    if (!Object.hasOwn(words, given)) a.fail(`'${name}' must be one of ${Object.keys(words).join(', ')}, not ${given}`);
    return words[given];
  };
  return item(key, name, read, (v: string) => back[v] ?? v, 'required');
}
export const same = (...words: string[]) => Object.fromEntries(words.map((w) => [w, w]));

/** One dimension that HLO writes as a list. */
export const oneDimension = (key: string, name = 'dimensions', missing: Missing<number> = 'required'): Item =>
  item(
    key,
    name,
    (a) => {
      const list = a.integers(name);
      if (list && list.length !== 1) a.fail(`'${name}' must hold one dimension`);
      return list?.[0];
    },
    (v: number) => `{${v}}`,
    missing,
  );

export const slice: Item = {
  read(a, into) {
    Object.assign(into, a.slices('slice') ?? a.missing('slice'));
  },
  write(attributes) {
    const { starts, limits, strides } = attributes as SliceAttributes;
    const ranges = starts.map((s, d) => `[${s}:${limits[d]}${strides[d] === 1 ? '' : `:${strides[d]}`}]`);
    return `slice={${ranges.join(', ')}}`;
  },
};

export const padding: Item = {
  read(a, into, { operands }) {
    const none = { low: [], high: [], interior: [] };
    Object.assign(into, a.padding('padding') ?? (rankOf(operands[0]) === 0 ? none : a.missing('padding')));
  },
  write(attributes) {
    const { low, high, interior } = attributes as PadAttributes;
    return low.length === 0 ? undefined : `padding=${paddingToHlo(low, high, interior)}`;
  },
};

export const compareType: Item = {
  read(a, into, { operands }) {
    const given = a.word('type');
    const types = ['FLOAT', 'TOTALORDER', 'SIGNED', 'UNSIGNED'];
    if (given !== undefined && !types.includes(given))
      a.fail(`'type' must be one of ${types.join(', ')}, not ${given}`);
    into.type = given ?? defaultCompareType(operands[0]);
  },
  write: ({ type }, { operands }) => (type === defaultCompareType(operands[0]) ? undefined : `type=${type}`),
};

export const precision: Item = {
  read(a, into) {
    const words = a.words('operand_precision')?.map((w) => w.toUpperCase());
    if (words?.some((w) => !['DEFAULT', 'HIGH', 'HIGHEST'].includes(w)))
      a.fail("'operand_precision' must hold default, high and highest");
    if (words?.some((w) => w !== 'DEFAULT')) into.precision = words;
  },
  write({ precision: p }) {
    const words = p as readonly string[] | undefined;
    return words && `operand_precision=${listToHlo(words.map((w) => w.toLowerCase()))}`;
  },
};

export const algorithm: Item = {
  read(a, into) {
    const name = a.word('algorithm');
    if (name === undefined || name === 'dot_any') return;
    into.algorithm = algorithmOf(name) ?? a.fail(`the algorithm ${name} is not known`);
  },
  write: ({ algorithm: a }) => (a === undefined ? undefined : `algorithm=${algorithmName(a as Attributes)}`),
};

/** `mode` and tolerances of a function; absent where nothing in particular is asked for. */
export const accuracy: Item = {
  read(a, into) {
    const text = a.text('result_accuracy');
    if (text === undefined) return;
    const number = (name: string) => {
      const digits = new RegExp(`${name}=([\\d.eE+-]+)`).exec(text)?.[1];
      return digits === undefined ? undefined : Number(digits);
    };
    if (text.includes('tolerance')) {
      const [atol = 0, rtol = 0, ulps = 0] = ['atol', 'rtol', 'ulps'].map(number);
      into.resultAccuracy = { atol, rtol, ulps, mode: 'TOLERANCE' };
    } else if (/mode=highest/i.test(text)) into.resultAccuracy = { atol: 0, rtol: 0, ulps: 0, mode: 'HIGHEST' };
  },
  write({ resultAccuracy: r }) {
    if (r === undefined) return undefined;
    const { atol = 0, rtol = 0, ulps = 0, mode } = r as { [key: string]: unknown };
    if (mode !== 'TOLERANCE') return `result_accuracy={mode=${`${mode}`.toLowerCase()}}`;
    return `result_accuracy={tolerance={atol=${atol},rtol=${rtol},ulps=${ulps}}}`;
  },
};

export const dotFields = [
  someIntegers('lhsBatch', 'lhs_batch_dims'),
  someIntegers('rhsBatch', 'rhs_batch_dims'),
  someIntegers('lhsContracting', 'lhs_contracting_dims'),
  someIntegers('rhsContracting', 'rhs_contracting_dims'),
];

export const convolution: Item = {
  read(a, into) {
    const dims = a.dimensionLabels() ?? a.missing('dim_labels');
    const w = a.window(dims.lhsSpatial.length);
    Object.assign(into, {
      dims,
      strides: w.stride,
      padding: w.pad,
      lhsDilation: w.lhsDilate,
      rhsDilation: w.rhsDilate,
      reversal: w.reversal,
    });
  },
  write(attributes, { operands }) {
    const a = attributes as ConvolutionAttributes;
    const kernel = operands[1];
    const size = a.dims.rhsSpatial.map((d) => (kernel?.kind === 'tensor' ? kernel.dims[d]! : 1));
    const window = windowToHlo({
      size,
      stride: a.strides,
      pad: a.padding,
      lhsDilate: a.lhsDilation,
      rhsDilate: a.rhsDilation,
      reversal: a.reversal,
    });
    return [...(size.length > 0 ? [`window=${window}`] : []), `dim_labels=${dimensionLabelsToHlo(a.dims)}`];
  },
};

export const window: Item = {
  read(a, into, { operands }) {
    const w = a.window(rankOf(operands[0]));
    Object.assign(into, {
      size: w.size,
      strides: w.stride,
      baseDilations: w.lhsDilate,
      windowDilations: w.rhsDilate,
      padding: w.pad,
    });
  },
  write(attributes) {
    const a = attributes as WindowAttributes;
    const { size, strides: stride, padding: pad, baseDilations: lhsDilate, windowDilations: rhsDilate } = a;
    if (size.length === 0) return undefined;
    return `window=${windowToHlo({ size, stride, pad, lhsDilate, rhsDilate, reversal: [] })}`;
  },
};

export const replicas: Item = {
  read(a, into) {
    into.replicaGroups = a.groups('replica_groups') ?? [];
    const id = a.integer('channel_id');
    if (id !== undefined) into.channelId = id;
  },
  write({ replicaGroups, channelId }) {
    const groups = `replica_groups=${groupsToHlo((replicaGroups as readonly number[][] | undefined) ?? [])}`;
    return channelId === undefined ? groups : [`channel_id=${channelId}`, groups];
  },
};
export const globalIds: Item = {
  read(a, into) {
    if (a.flag('use_global_device_ids')) into.useGlobalDeviceIds = true;
  },
  write: (attributes) => (attributes.useGlobalDeviceIds ? 'use_global_device_ids=true' : undefined),
};
export const channel = integer('channelId', 'channel_id', { or: undefined });
export const pairs: Item = item(
  'sourceTargetPairs',
  'source_target_pairs',
  (a) => a.pairs('source_target_pairs'),
  (v) => groupsToHlo(v),
  { or: undefined },
);

/** HLO splits and joins along one dimension, into as many parts as a group has members; or each operand is a part. */
export const allToAll: Item = {
  read(a, into) {
    const dimension = a.integers('dimensions')?.[0];
    if (dimension === undefined) return;
    Object.assign(into, { splitDimension: dimension, concatDimension: dimension });
    const [group] = into.replicaGroups as readonly number[][];
    if (group) into.splitCount = group.length;
  },
  write: ({ splitDimension: d }) => (d === undefined ? undefined : `dimensions={${d}}`),
};
