/**
 * Attributes that no op of ours defines (function attributes, configurations of custom calls …), kept without loss:
 * i64 numbers, booleans, strings, lists and dictionaries as themselves, constants as `Literal`, tensor types as
 * `ValueType`; whatever else as `{ '#': kind, value? }`.
 */
import type { Attributes, AttributeValue } from '../attributes.js';
import { Literal } from '../literal.js';
import type { OpDefinition } from '../registry.js';
import type { ValueType } from '../types.js';
import { literalToText } from './dense-text.js';
import type { Attr, AttrMap } from './syntax.js';
import { floatToText, typeToText } from './types-text.js';

/** Gives the place among the called computations of a symbol that an attribute names; -1 where it stays a name. */
export type SymbolIndex = (name: string, offset: number) => number;
const keepNames: SymbolIndex = () => -1;

export function foreign(a: Attr, symbol: SymbolIndex = keepNames): AttributeValue {
  switch (a.kind) {
    case 'number':
      if (a.type === 'i64' || (a.type === 'f64' && !Number.isInteger(a.value))) return a.value;
      return { '#': a.type, value: a.value };
    case 'bool':
    case 'string':
      return a.value;
    case 'list':
      return a.items.map((i) => foreign(i, symbol));
    case 'dictionary':
      return foreignMap(a.entries, symbol);
    case 'numbers':
      return { '#': 'array', type: a.type, value: a.values };
    case 'elements':
      return a.literal;
    case 'type':
      return a.type;
    case 'symbol': {
      const k = symbol(a.name, a.offset);
      return k < 0 ? { '#': 'symbol', value: a.name } : { '#': 'called', value: k };
    }
    default:
      return { '#': 'text', value: a.text };
  }
}

export const foreignMap = (entries: AttrMap, symbol: SymbolIndex = keepNames): Attributes =>
  Object.fromEntries([...entries].map(([k, v]) => [k, foreign(v, symbol)]));

const isNumber = (v: AttributeValue): v is number | bigint => typeof v === 'number' || typeof v === 'bigint';

/** The same with plain numbers, lists and words: what the op of a user reads. */
export function plain(a: Attr, symbol: SymbolIndex = keepNames): AttributeValue {
  switch (a.kind) {
    case 'number':
      return a.value;
    case 'numbers':
      return a.values;
    case 'list':
      return a.items.map((i) => plain(i, symbol));
    case 'dictionary':
      return plainMap(a.entries, symbol);
    case 'word':
      return a.value;
    case 'struct':
      return plainMap(a.entries, symbol);
    case 'opaque':
      return a.text === 'unit' ? true : foreign(a, symbol);
    default:
      return foreign(a, symbol);
  }
}

/** Attributes of an op that a custom call stands for, those marked that are written as numbers of a type of their own. */
export const typedAttributes = (attributes: Attributes, d: OpDefinition): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([k, value]): [string, AttributeValue] => {
      const type = d.customCall?.attributeTypes?.[k];
      return [k, type !== undefined && typeof value === 'number' ? { '#': type, value } : value];
    }),
  );

export const camelCase = (name: string): string => name.replace(/_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** Names in camelCase; those of other dialects (with a point) are discardable and left out. */
export const plainMap = (entries: AttrMap, symbol: SymbolIndex = keepNames): Attributes =>
  Object.fromEntries([...entries].filter(([k]) => !k.includes('.')).map(([k, v]) => [camelCase(k), plain(v, symbol)]));

export const isTypeValue = (v: object): v is ValueType =>
  'kind' in v && (v.kind === 'tensor' || v.kind === 'token' || v.kind === 'tuple');

/** MLIR's spelling of a value that `foreign` or `plain` gave; `called` names the computations by index. */
export function foreignToText(v: AttributeValue, called: (index: number) => string = () => '@unknown'): string {
  if (typeof v === 'string') return stringToText(v);
  if (typeof v === 'boolean') return `${v}`;
  if (typeof v === 'bigint') return `${v} : i64`;
  if (typeof v === 'number') return Number.isInteger(v) && !Object.is(v, -0) ? `${v} : i64` : `${floatToText(v)} : f64`;
  if (v === undefined) return 'unit';
  if (v instanceof Literal) return literalToText(v);
  if (Array.isArray(v)) return `[${v.map((i: AttributeValue) => foreignToText(i, called)).join(', ')}]`;
  if (isTypeValue(v)) return typeToText(v);
  return taggedToText(v as { readonly [key: string]: AttributeValue }, called);
}

function taggedToText(v: { readonly [key: string]: AttributeValue }, called: (index: number) => string): string {
  const { '#': kind, value } = v;
  if (kind === undefined) return foreignMapToText(v, called);
  if (kind === 'text') return value as string;
  if (kind === 'symbol') return symbolToText(value as string);
  if (kind === 'called') return called(value as number);
  if (kind === 'array') {
    const values = value as readonly (number | boolean)[];
    const shown = values.map((x) => (typeof x === 'number' && /^b?f/.test(v.type as string) ? floatToText(x) : `${x}`));
    return values.length === 0 ? `array<${v.type}>` : `array<${v.type}: ${shown.join(', ')}>`;
  }
  if (!isNumber(value)) return stringToText(`${kind}`);
  const shown = /^(?:b?f|tf)/.test(`${kind}`) ? floatToText(Number(value)) : `${value}`;
  return `${shown} : ${kind}`;
}

export function foreignMapToText(map: Attributes, called?: (index: number) => string): string {
  const entries = Object.entries(map).filter(([, v]) => v !== undefined);
  return `{${entries.map(([k, v]) => entryToText(k, foreignToText(v, called))).join(', ')}}`;
}

/** `key = value`, or the key alone for a unit attribute. */
export function entryToText(key: string, value: string): string {
  const name = /^[A-Za-z_][\w$.]*$/.test(key) ? key : stringToText(key);
  return value === 'unit' ? name : `${name} = ${value}`;
}

export function stringToText(text: string): string {
  let out = '"';
  for (const byte of Buffer.from(text, 'utf8')) {
    if (byte === 34 || byte === 92) out += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 32 && byte < 127) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return `${out}"`;
}

export const symbolToText = (name: string): string =>
  /^[A-Za-z_][\w$.-]*(?:::@[A-Za-z_][\w$.-]*)*$/.test(name) ? `@${name}` : `@${stringToText(name)}`;
