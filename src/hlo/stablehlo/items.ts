/**
 * Items of an op's attribute dictionary: how each is read into canonical attributes and written again, in the generic
 * spelling (`array<i64: 0, 1>`) and in the bare one of pretty forms (`[0, 1]`).
 */
import type { Attributes, AttributeValue } from '../attributes.js';
import type { Literal } from '../literal.js';
import type { ValueType } from '../types.js';
import { literalToText, payloadToText } from './dense-text.js';
import { foreign, foreignToText, stringToText } from './foreign.js';
import type { Attr, AttrMap } from './syntax.js';
import { floatToText } from './types-text.js';

/** What reading an attribute may ask for; `fail` throws with the place of the operation. */
export interface Reading {
  readonly operands: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly attributes: AttrMap;
  fail(sentence: string): never;
}

type Draft = { [key: string]: AttributeValue };

export interface Item {
  /** MLIR's name. */
  readonly name: string;
  read(a: Attr | undefined, c: Reading, into: Draft): void;
  /** Undefined: left out. */
  attr(attributes: Attributes): string | undefined;
  bare(attributes: Attributes): string | undefined;
}

interface Kind<T extends AttributeValue> {
  /** Undefined: the attribute is not of this kind. */
  read(a: Attr, c: Reading): T | undefined;
  attr(v: T): string;
  bare(v: T): string;
  /** For messages. */
  readonly what: string;
}

type Missing<T> = ((c: Reading) => T | undefined) | 'required';

function item<T extends AttributeValue>(key: string, name: string, kind: Kind<T>, missing: Missing<T>): Item {
  const write = (spell: (v: T) => string) => (attributes: Attributes) => {
    const v = attributes[key] as T | undefined;
    return v === undefined ? undefined : spell(v);
  };
  return {
    name,
    read(a, c, into) {
      if (a === undefined && missing === 'required') c.fail(`the attribute '${name}' is missing`);
      const v = a === undefined ? (missing as (c: Reading) => T | undefined)(c) : kind.read(a, c);
      if (a !== undefined && v === undefined) c.fail(`the attribute '${name}' must be ${kind.what}`);
      if (v !== undefined) into[key] = v;
    },
    attr: write(kind.attr),
    bare: write(kind.bare),
  };
}

const list = (values: readonly unknown[]): string => `[${values.join(', ')}]`;

/** Integers of `array<i64: …>`, `dense<…>` or a list. */
function integersOf(a: Attr): number[] | undefined {
  if (a.kind === 'numbers') return a.values.every((v) => typeof v === 'number') ? (a.values as number[]) : undefined;
  if (a.kind === 'elements') return smallData(a.literal)?.map(Number);
  if (a.kind !== 'list') return undefined;
  const values = a.items.map((i) => (i.kind === 'number' ? Number(i.value) : Number.NaN));
  return values.every(Number.isInteger) ? values : undefined;
}

/** Attributes hold lists of dimensions and groups of replicas: what is larger is none. */
const LARGEST = 1 << 20;

function smallData(l: Literal): (number | bigint)[] | undefined {
  const size = l.type.dims.reduce((a, b) => a * b, 1);
  return size <= LARGEST ? Array.from<number | bigint>(l.tensor().data) : undefined;
}

const integerList: Kind<readonly number[]> = {
  read: integersOf,
  attr: (v) => (v.length === 0 ? 'array<i64>' : `array<i64: ${v.join(', ')}>`),
  bare: list,
  what: 'a list of integers',
};

export const integers = (key: string, name: string, missing: Missing<readonly number[]> = 'required'): Item =>
  item(key, name, integerList, missing);

/** As a field of a structure: no type, and left out where empty. */
export function integerField(key: string, name: string): Item {
  const inner = item(key, name, integerList, () => []);
  const bare = (attributes: Attributes) =>
    (attributes[key] as readonly number[] | undefined)?.length ? inner.bare(attributes) : undefined;
  return { ...inner, attr: bare, bare };
}

const integerKind = (type: string): Kind<number> => ({
  read: (a) => (a.kind === 'number' && Number.isSafeInteger(Number(a.value)) ? Number(a.value) : undefined),
  attr: (v) => `${v} : ${type}`,
  bare: (v) => `${v}`,
  what: 'an integer',
});

export const integer = (key: string, name: string, missing: Missing<number> = 'required', type = 'i64'): Item =>
  item(key, name, integerKind(type), missing);

/** As a field of a structure. */
export function numberField(key: string, name: string, missing: Missing<number> = () => 0): Item {
  const inner = item(key, name, integerKind('i64'), missing);
  return { ...inner, attr: inner.bare };
}

const floatKind: Kind<number> = {
  read: (a) => (a.kind === 'number' ? Number(a.value) : undefined),
  attr: (v) => `${floatToText(v)} : f32`,
  bare: (v) => floatToText(v),
  what: 'a number',
};
export const float = (key: string, name: string): Item => item(key, name, floatKind, 'required');

/** As a field of a structure; absent where the text leaves it out. */
export function floatField(key: string, name: string): Item {
  const inner = item(key, name, floatKind, () => undefined);
  return { ...inner, attr: inner.bare };
}

const booleanKind: Kind<boolean> = {
  read: (a) => (a.kind === 'bool' ? a.value : a.kind === 'opaque' && a.text === 'unit' ? true : undefined),
  attr: String,
  bare: String,
  what: 'true or false',
};
export const flag = (key: string, name: string, missing: Missing<boolean> = () => false): Item =>
  item(key, name, booleanKind, missing);

/** Given or not, with no value: true where given, else absent. */
export function unit(key: string, name: string): Item {
  const inner = item(key, name, booleanKind, () => undefined);
  const write = (attributes: Attributes) => (attributes[key] ? 'unit' : undefined);
  return { ...inner, attr: write, bare: write };
}

const stringKind: Kind<string> = {
  read: (a) => (a.kind === 'string' ? a.value : undefined),
  attr: stringToText,
  bare: stringToText,
  what: 'a string',
};
export const string = (key: string, name: string, missing: Missing<string> = 'required'): Item =>
  item(key, name, stringKind, missing);

/** One of `values`; `enumeration` is MLIR's name of it, with its dialect. */
export function word(
  key: string,
  name: string,
  enumeration: readonly [dialect: string, name: string],
  values: readonly string[],
  missing: Missing<string> = 'required',
): Item {
  const read = (a: Attr) => (a.kind === 'word' && values.includes(a.value) ? a.value : undefined);
  const kind: Kind<string> = {
    read,
    attr: (v) => `#${enumeration[0]}<${enumeration[1]} ${v}>`,
    bare: (v) => v,
    what: `one of ${values.join(', ')}`,
  };
  return item(key, name, kind, missing);
}

const literalKind: Kind<Literal> = {
  read: (a) => (a.kind === 'elements' ? a.literal : undefined),
  attr: literalToText,
  bare: payloadToText,
  what: 'a constant, dense<…> : tensor<…>',
};
export const literal = (key: string, name: string): Item => item(key, name, literalKind, 'required');

type Rows = readonly (readonly number[])[];

/** Rows of `dense<[[…], …]>` or of a list of lists. */
function rowsOf(a: Attr): number[][] | undefined {
  if (a.kind === 'list') {
    const rows = a.items.map(integersOf);
    return rows.every((r) => r !== undefined) ? rows : undefined;
  }
  if (a.kind !== 'elements' || a.literal.type.dims.length !== 2) return undefined;
  const [n, width] = a.literal.type.dims as readonly [number, number];
  const all = smallData(a.literal)?.map(Number);
  if (!all || n > LARGEST) return undefined;
  return Array.from({ length: n }, (_, i) => all.slice(i * width, (i + 1) * width));
}

const rowsText = (rows: Rows): string => list(rows.map(list));

function rowsAttr(rows: Rows, width = rows[0]?.length ?? 0): string {
  const type = `tensor<${rows.length}x${width}xi64>`;
  return rows.length === 0 || width === 0 ? `dense<> : ${type}` : `dense<${rowsText(rows)}> : ${type}`;
}

const pairsKind: Kind<Rows> = {
  read(a) {
    const rows = rowsOf(a);
    return rows?.every((r) => r.length === 2) ? rows : undefined;
  },
  attr: (v) => rowsAttr(v, 2),
  bare: rowsText,
  what: 'a list of pairs of integers',
};
export const pairs = (key: string, name: string, missing: Missing<Rows> = 'required'): Item =>
  item(key, name, pairsKind, missing);

/** Groups of replicas: rows of unequal length are padded with -1 in the text. */
const groupsKind: Kind<Rows> = {
  read: (a) => rowsOf(a)?.map((r) => r.filter((x) => x >= 0)),
  attr(v) {
    const width = Math.max(0, ...v.map((r) => r.length));
    return rowsAttr(
      v.map((r) => [...r, ...new Array<number>(width - r.length).fill(-1)]),
      width,
    );
  },
  bare: rowsText,
  what: 'groups of replicas, dense<[[…], …]>',
};
export const groups = (key: string, name: string): Item => item(key, name, groupsKind, () => []);

const booleansKind: Kind<readonly boolean[]> = {
  read(a) {
    if (a.kind === 'numbers') return a.values.map(Boolean);
    if (a.kind === 'elements') return smallData(a.literal)?.map(Boolean);
    if (a.kind !== 'list') return undefined;
    return a.items.map((i) => (i.kind === 'number' ? i.value !== 0 : i.kind === 'bool' && i.value));
  },
  attr: (v) => (v.length === 0 ? 'array<i1>' : `array<i1: ${v.join(', ')}>`),
  bare: list,
  what: 'a list of booleans',
};
export const booleans = (key: string, name: string, missing: Missing<readonly boolean[]>): Item =>
  item(key, name, booleansKind, missing);

const PRECISIONS = ['DEFAULT', 'HIGH', 'HIGHEST'];
const precisionsKind = (dialect: string): Kind<readonly string[]> => ({
  read(a) {
    if (a.kind !== 'list') return undefined;
    const words = a.items.map((i) => (i.kind === 'word' ? i.value : ''));
    return words.every((w) => PRECISIONS.includes(w)) ? words : undefined;
  },
  attr: (v) => list(v.map((p) => `#${dialect}<precision ${p}>`)),
  bare: list,
  what: 'a list of DEFAULT, HIGH and HIGHEST',
});
/** Left out where every entry is DEFAULT. */
export function precisions(key: string, name: string, dialect = 'stablehlo'): Item {
  const inner = item(key, name, precisionsKind(dialect), () => undefined);
  return {
    ...inner,
    read(a, c, into) {
      inner.read(a, c, into);
      if ((into[key] as readonly string[] | undefined)?.every((p) => p === 'DEFAULT')) delete into[key];
    },
  };
}

const foreignKind: Kind<AttributeValue> = {
  read: (a) => foreign(a),
  attr: foreignToText,
  bare: foreignToText,
  what: '',
};
/** Kept as it stands. */
export const kept = (key: string, name: string): Item => item(key, name, foreignKind, () => undefined);

/** A structure (`#stablehlo.gather<…>`) whose fields are attributes of the op; left out where `optional` and absent. */
export function structure(
  name: string,
  mlir: string,
  fields: readonly Item[],
  presence: 'required' | 'optional',
): Item {
  const bare = (attributes: Attributes) => {
    const shown = fields.flatMap((f) => {
      const text = f.bare(attributes);
      return text === undefined ? [] : [`${f.name} = ${text}`];
    });
    return presence === 'optional' && shown.length === 0 ? undefined : `<${shown.join(', ')}>`;
  };
  return {
    name,
    read(a, c, into) {
      if (a === undefined) {
        if (presence === 'required') c.fail(`the attribute '${name}' is missing`);
        return;
      }
      if (a.kind !== 'struct') return c.fail(`the attribute '${name}' must be #${mlir}<…>`);
      for (const f of fields) f.read(a.entries.get(f.name), c, into);
    },
    bare,
    attr(attributes) {
      const body = bare(attributes);
      return body === undefined ? undefined : `#${mlir}${body}`;
    },
  };
}

/** A structure that is one attribute, an object. */
export function object(key: string, inner: Item): Item {
  return {
    name: inner.name,
    read(a, c, into) {
      if (a === undefined) return inner.read(a, c, into);
      const fields: Draft = {};
      inner.read(a, c, fields);
      into[key] = fields;
    },
    attr: (attributes) => (attributes[key] ? inner.attr(attributes[key] as Attributes) : undefined),
    bare: (attributes) => (attributes[key] ? inner.bare(attributes[key] as Attributes) : undefined),
  };
}

const anyWordKind: Kind<string> = {
  read: (a) => (a.kind === 'word' ? a.value : undefined),
  attr: (v) => v,
  bare: (v) => v,
  what: 'a word',
};
/** Any word, as a field of a structure. */
export const wordField = (key: string, name: string): Item => item(key, name, anyWordKind, 'required');
