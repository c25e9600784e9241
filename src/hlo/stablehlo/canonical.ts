/** An operation's attributes in canonical form. */
import type { Attributes, AttributeValue } from '../attributes.js';
import { foreignMap, plain, plainMap, type SymbolIndex } from './foreign.js';
import { type Form, formOf } from './forms.js';
import { integers, type Reading } from './items.js';
import type { Attr, AttrMap } from './syntax.js';

/** Of an op with a form: as the form says. Of another: all that are not discardable, plainly. */
export function canonicalAttributes(name: string, c: Reading, symbol: SymbolIndex): Attributes {
  const form = formOf(name);
  return form ? itemsOf(form, c.attributes, c) : plainMap(c.attributes, symbol);
}

function itemsOf(form: Form, given: AttrMap, c: Reading): Attributes {
  const attributes: { [key: string]: AttributeValue } = {};
  for (const item of form.items) item.read(given.get(item.name), c, attributes);
  return attributes;
}

const text = (a: Attr | undefined): string | undefined => (a?.kind === 'string' ? a.value : undefined);

/** The target of a custom call. */
export const targetOf = (c: Reading): string =>
  text(c.attributes.get('call_target_name')) ?? c.fail("the attribute 'call_target_name' is missing");

/** Attributes of an op that a custom call stands for: its configuration, plainly, and the op's own beside it. */
export function customOpAttributes(c: Reading, symbol: SymbolIndex, beside: readonly string[] = []): Attributes {
  const own = new Map([...c.attributes].filter(([k]) => beside.includes(k)));
  return { ...configAttributes(c, symbol), ...plainMap(own, symbol) };
}

function configAttributes(c: Reading, symbol: SymbolIndex): Attributes {
  const config = configOf(c.attributes);
  if (config?.kind === 'dictionary') {
    const form = formOf(`@${targetOf(c)}`);
    return form ? itemsOf(form, config.entries, c) : plainMap(config.entries, symbol);
  }
  const given = text(config);
  return given ? { config: given } : {};
}

/** JAX's typed calls keep their configuration beside an empty one; ops of MHLO that became calls, their attributes. */
function configOf(attributes: AttrMap): Attr | undefined {
  const typed = ['mhlo.backend_config', 'mhlo.attributes'].map((name) => attributes.get(name));
  return typed.find((a) => a?.kind === 'dictionary') ?? attributes.get('backend_config');
}

const CUSTOM_CALL = new Set([
  'call_target_name',
  'has_side_effect',
  'backend_config',
  'mhlo.backend_config',
  'api_version',
  'operand_layouts',
  'result_layouts',
  'output_operand_aliases',
  'called_computations',
]);

/** `CustomCallAttributes` */
export function customCallAttributes(c: Reading): Attributes {
  const { attributes } = c;
  const config = configOf(attributes);
  const version = attributes.get('api_version');
  const extra = foreignMap(new Map([...attributes].filter(([k]) => !CUSTOM_CALL.has(k))));
  const effect = attributes.get('has_side_effect');
  const aliases = attributes.get('output_operand_aliases');
  return dropUndefined({
    target: targetOf(c),
    hasSideEffect: effect?.kind === 'bool' && effect.value,
    config: config?.kind === 'dictionary' ? foreignMap(config.entries) : (text(config) ?? ''),
    apiVersion: version?.kind === 'number' ? Number(version.value) : 1,
    operandLayouts: layouts(c, 'operand_layouts'),
    resultLayouts: layouts(c, 'result_layouts'),
    aliases: aliases?.kind === 'list' && aliases.items.length > 0 ? aliases.items.map((a) => plain(a)) : undefined,
    extra: Object.keys(extra).length > 0 ? extra : undefined,
  });
}

/** Layouts of the operands or the results of a custom call, where it has some. */
export const layoutsOf = (c: Reading, name: 'operand_layouts' | 'result_layouts') =>
  layouts(c, name) as readonly (readonly number[])[] | undefined;

function layouts(c: Reading, name: string): AttributeValue {
  const a = c.attributes.get(name);
  if (a === undefined) return undefined;
  if (a.kind !== 'list') c.fail(`the attribute '${name}' must be a list of layouts`);
  const one = integers('layout', name);
  return a.items.map((i) => {
    const into: { [key: string]: AttributeValue } = {};
    one.read(i, c, into);
    return into.layout;
  });
}

/** `CompositeAttributes` */
export function compositeAttributes(c: Reading, symbol: SymbolIndex): Attributes {
  const { attributes } = c;
  const inner = attributes.get('composite_attributes');
  const version = attributes.get('version');
  return {
    name: text(attributes.get('name')) ?? c.fail("the attribute 'name' is missing"),
    attributes: inner?.kind === 'dictionary' ? foreignMap(inner.entries, symbol) : {},
    version: version?.kind === 'number' ? Number(version.value) : 0,
  };
}

const dropUndefined = (a: Attributes): Attributes =>
  Object.fromEntries(Object.entries(a).filter(([, v]) => v !== undefined));
