/** Custom calls: an op of ours by its target, or a foreign function with what the text says of it. */
import type { Attributes, AttributeValue } from '../attributes.js';
import { layoutFor, relaid } from '../column-major.js';
import { camelCase, foreignMap, plainMap } from '../stablehlo/foreign.js';
import type { Bound } from '../stablehlo/scope.js';
import type { Builder, Frame } from './build.js';
import { dictionaryOf, readDictionary } from './control.js';
import type { HloScanner } from './scanner.js';
import { type LeafShape, leafShapes, leafTypes, type Shape } from './shapes.js';
import type { InstructionSyntax } from './syntax.js';
import { integerList } from './value-syntax.js';
import type { AttributeValues } from './values.js';

/** Ops of ours that HLO has no word for are custom calls to `thimble.name`. */
export const OWN_TARGET = 'thimble.';

export const VERSIONS = [
  'API_VERSION_UNSPECIFIED',
  'API_VERSION_ORIGINAL',
  'API_VERSION_STATUS_RETURNING',
  'API_VERSION_STATUS_RETURNING_UNIFIED',
  'API_VERSION_TYPED_FFI',
];

export function customCall(b: Builder, i: InstructionSyntax, frame: Frame, operands: readonly Bound[]): Bound {
  const { registry } = b;
  const a = b.attributes(i);
  const target = a.string('custom_call_target') ?? a.missing('custom_call_target');
  const values = b.values(i, frame, operands);
  const own = target.startsWith(OWN_TARGET) ? registry.opcode(target.slice(OWN_TARGET.length)) : undefined;
  const known = registry.fromCustomCallTarget(target) ?? (own !== undefined && registry.find(own) ? own : undefined);
  const { regions, customCall: form } = registry.get(known ?? registry.fromHlo('custom-call')!);
  const called = regions === 0 ? [] : (i.callees.get('called_computations') ?? []).map((use) => b.region(use));
  if (known === undefined) {
    const attributes = foreignCall(a, target, i.shape);
    a.refuseUnread();
    return b.add(i, frame, registry.fromHlo('custom-call')!, { operands: values, attributes, called });
  }
  try {
    registry.checkCustomCallTarget(
      known,
      target,
      values.map((v) => v.type),
    );
  } catch (e) {
    b.fail(i, (e as Error).message);
  }
  const config = a.value('backend_config', (s) => configOf(s, (d) => plainMap(d)));
  const given = typeof config === 'string' ? (config === '' ? {} : { config }) : (config ?? {});
  const attributes = form?.read?.(given, leafTypes(i.shape)) ?? given;
  if (form?.columnMajor === undefined) return b.add(i, frame, known, { operands: values, attributes, called });
  const relayout = { registry, into: frame.computation, location: b.s.location(i.offset) };
  const types = values.map((v) => v.type);
  const laid = a.shapes('operand_layout_constraints')?.flatMap(leafShapes) ?? [];
  const made = leafShapes(i.shape);
  const taken = values.map((v, k) => relaid(relayout, v, laid[k]?.layout, layoutFor(form, types, v.type)));
  return b.add(i, frame, known, { operands: taken, attributes, called }, i.shape, (v, k) =>
    relaid(relayout, v, layoutFor(form, types, v.type), made[k]?.layout),
  );
}

function foreignCall(a: AttributeValues, target: string, shape: Shape): Attributes {
  const version = a.word('api_version');
  if (version !== undefined && !VERSIONS.includes(version)) a.fail(`api_version ${version} is not known`);
  const operands = a.shapes('operand_layout_constraints');
  const frontend = a.frontend();
  const extra: { [key: string]: AttributeValue } = {};
  const own: { [key: string]: string } = {};
  for (const [key, text] of frontend) {
    if (key.startsWith(OWN_TARGET)) Object.assign(extra, dictionaryOf(a, text));
    else own[key] = text;
  }
  if (Object.keys(own).length > 0) extra['mhlo.frontend_attributes'] = own;
  const aliases = a.value('output_to_operand_aliasing', readAliases);
  const config = a.value('backend_config', (s) => configOf(s, (d) => foreignMap(d)));
  a.word('custom_call_schedule');
  const attributes: { [key: string]: AttributeValue } = {
    target,
    hasSideEffect: a.flag('custom_call_has_side_effect') ?? false,
    config: config ?? '',
    apiVersion: version === undefined ? 1 : VERSIONS.indexOf(version),
  };
  if (operands) {
    attributes.operandLayouts = operands.flatMap(leafShapes).map(layoutOf);
    attributes.resultLayouts = leafShapes(shape).map(layoutOf);
  }
  if (aliases?.length) attributes.aliases = aliases;
  if (Object.keys(extra).length > 0) attributes.extra = extra;
  return attributes;
}

const layoutOf = ({ type, layout }: LeafShape): readonly number[] => {
  if (layout || type.kind !== 'tensor') return layout ?? [];
  return type.dims.map((_, d) => type.dims.length - 1 - d);
};

/** A string, JSON as its text, or an MLIR dictionary. */
function configOf(s: HloScanner, read: (d: ReturnType<typeof readDictionary>) => Attributes): string | Attributes {
  if (s.at('"')) return s.string('a configuration');
  s.skip();
  const from = s.pos;
  s.expect('{', 'before a configuration');
  const isDictionary = !s.at('"');
  if (!isDictionary) {
    s.skipBalanced('this configuration');
    return s.bytes.toString('utf8', from, s.pos);
  }
  s.pos = from;
  return read(readDictionary(s));
}

/** `{{0}: (1, {}), …}` */
function readAliases(s: HloScanner): Attributes[] {
  return s.list('{', '}', 'among aliases', () => {
    const outputTupleIndices = integerList(s, 'output_to_operand_aliasing');
    s.expect(':', 'in an alias');
    s.expect('(', 'in an alias');
    const operandIndex = s.expectedDigits('the number of an operand');
    s.expect(',', 'in an alias');
    const operandTupleIndices = integerList(s, 'output_to_operand_aliasing');
    s.expect(')', 'after an alias');
    return { outputTupleIndices, operandIndex, operandTupleIndices };
  });
}

/** Attributes of a user's op in HLO's own spelling: numbers, words, strings, lists of numbers. */
export function plainAttributes(a: AttributeValues): Attributes {
  const out: { [key: string]: AttributeValue } = {};
  for (const [name] of [...a.unread()]) {
    out[camelCase(name)] = a.value(name, (s): AttributeValue => {
      if (s.at('"')) return s.string('a string');
      if (s.at('{')) return integerList(s, name);
      if (s.atNumber) return Number(s.number('a number'));
      const word = s.name('a value');
      return word === 'true' || word === 'false' ? word === 'true' : word;
    });
  }
  return out;
}
