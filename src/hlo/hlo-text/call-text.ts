/** Composites, custom calls and a user's attributes as HLO text. */
import type { Attributes, AttributeValue, CompositeAttributes, CustomCallAttributes } from '../attributes.js';
import { layoutFor } from '../column-major.js';
import type { Instruction, Value } from '../graph.js';
import type { OpDefinition } from '../registry.js';
import { foreignMapToText, snakeCase, typedAttributes } from '../stablehlo/foreign.js';
import { OWN_TARGET, VERSIONS } from './custom-calls.js';
import { stringToHlo } from './scanner.js';
import { typeToHlo } from './shapes.js';
import { listToHlo } from './value-syntax.js';

export function compositeToHlo(attributes: Attributes): string[] {
  const a = attributes as CompositeAttributes;
  const fields = [
    `composite.attributes=${foreignMapToText(a.attributes)}`,
    `composite.name=${stringToHlo(a.name)}`,
    `composite.version="${a.version}"`,
  ];
  return ['is_composite=true', `frontend_attributes=${listToHlo(fields)}`];
}

const called = (names: readonly string[]): string[] =>
  names.length > 0 ? [`called_computations={${names.join(', ')}}`] : [];

/** A custom call that nobody but its target knows. */
export function foreignCallToHlo(i: Instruction, operands: string, names: readonly string[]): string {
  const a = i.attributes as CustomCallAttributes;
  const parts = [`custom-call(${operands})`, `custom_call_target=${stringToHlo(a.target)}`, ...called(names)];
  if (a.operandLayouts) {
    const shape = (v: Value, k: number) => typeToHlo(v.type, a.operandLayouts![k]);
    parts.push(`operand_layout_constraints=${listToHlo(i.operands.map(shape))}`);
  }
  if (a.hasSideEffect) parts.push('custom_call_has_side_effect=true');
  if (a.aliases?.length) {
    const alias = (x: Attributes) =>
      `${listToHlo(x.outputTupleIndices as number[])}: (${x.operandIndex}, ${listToHlo(x.operandTupleIndices as number[])})`;
    parts.push(`output_to_operand_aliasing={${a.aliases.map(alias).join(', ')}}`);
  }
  if (a.apiVersion !== 1) parts.push(`api_version=${VERSIONS[a.apiVersion] ?? VERSIONS[0]}`);
  const extra = Object.entries(a.extra ?? {}).flatMap(([key, v]) => frontendToHlo(key, v));
  if (extra.length > 0) parts.push(`frontend_attributes=${listToHlo(extra)}`);
  if (typeof a.config !== 'string') parts.push(`backend_config=${foreignMapToText(a.config)}`);
  else if (a.config !== '') parts.push(`backend_config=${stringToHlo(a.config)}`);
  return parts.join(', ');
}

/** Frontend attributes as they came; what else StableHLO had, as an MLIR dictionary of one entry. */
function frontendToHlo(key: string, v: AttributeValue): string[] {
  if (key !== 'mhlo.frontend_attributes') return [`${OWN_TARGET}${key}=${stringToHlo(foreignMapToText({ [key]: v }))}`];
  return Object.entries(v as { readonly [k: string]: AttributeValue }).map(
    ([k, text]) => `${k}=${stringToHlo(`${text}`)}`,
  );
}

/** An op that HLO has no word for: a custom call to its target, or to its name among ours. */
export function ownCallToHlo(
  i: Instruction,
  d: OpDefinition,
  target: string,
  operands: string,
  names: readonly string[],
): string {
  const entries = Object.entries(typedAttributes(i.attributes, d)).filter(([, v]) => v !== undefined);
  const config = foreignMapToText(Object.fromEntries(entries.map(([k, v]) => [snakeCase(k), v])));
  const { customCall: form = {} } = d;
  const { columnMajor, apiVersion = 1 } = form;
  const types = i.operands.map((v) => v.type);
  const shapes = i.operands.map((v) => typeToHlo(v.type, layoutFor(form, types, v.type)));
  return [
    `custom-call(${operands})`,
    `custom_call_target=${stringToHlo(target)}`,
    ...called(names),
    ...(columnMajor !== undefined ? [`operand_layout_constraints=${listToHlo(shapes)}`] : []),
    ...(apiVersion === 1 ? [] : [`api_version=${VERSIONS[apiVersion]}`]),
    ...(d.traits.includes('side-effect') ? ['custom_call_has_side_effect=true'] : []),
    ...(entries.length > 0 ? [`backend_config=${config}`] : []),
  ].join(', ');
}

/** Attributes of a user's op in HLO's own spelling; undefined where one has none. */
export function plainToHlo(attributes: Attributes): string[] | undefined {
  const parts: string[] = [];
  for (const [key, v] of Object.entries(attributes)) {
    if (v === undefined) continue;
    const list = Array.isArray(v) && v.every(Number.isSafeInteger);
    const number = typeof v === 'number' && Number.isFinite(v);
    if (!list && !number && typeof v !== 'string' && typeof v !== 'boolean') return undefined;
    const text = list ? listToHlo(v as number[]) : typeof v === 'string' ? stringToHlo(v) : `${v}`;
    parts.push(`${snakeCase(key)}=${text}`);
  }
  return parts;
}
