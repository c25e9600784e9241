/** The pretty forms, each without results in front. Undefined: this instruction has none, and is printed generically. */
import type { Attributes, AttributeValue } from '../attributes.js';
import type { Literal } from '../literal.js';
import { sameType } from '../types.js';
import { literalToText } from './dense-text.js';
import { entryToText, foreignMapToText, foreignToText, stringToText, symbolToText } from './foreign.js';
import type { Syntax } from './forms.js';
import type { Written } from './written.js';

export type PrettyWriter = (w: Written) => string | undefined;

export const PRETTY: { readonly [S in Syntax]: PrettyWriter } = {
  list: writeList,
  slice: writeSlice,
  constant: writeConstant,
  reduce: writeReduce,
  while: writeWhile,
  convolution: writeConvolution,
  custom_call: writeCustomCall,
  composite: writeComposite,
  scan: writeScan,
  sharding: () => undefined,
};

const numbers = (v: AttributeValue): readonly number[] => v as readonly number[];
export const bracketed = (values: readonly unknown[]): string => `[${values.join(', ')}]`;

function writeList(w: Written): string | undefined {
  const { form, operands, i } = w;
  const parts: string[] = [];
  const positional = (form.positional ?? []).map((name) => w.bare(name) ?? '');
  const constants = positional.some((p) => p.startsWith('dense'));
  if (!constants && positional.length > 0) parts.push(positional[0]!);
  parts.push(...operands);
  if (constants) parts.push(...positional);
  else parts.push(...positional.slice(1));
  parts.push(...(CLAUSES[w.name]?.(i.attributes) ?? []));
  for (const [word, name] of form.clauses ?? []) {
    const value = w.bare(name);
    if (value !== undefined) parts.push(`${word} = ${value}`);
  }
  const list = parts.join(', ');
  const written = [...(form.clauses ?? []).map((c) => c[1]), ...(form.positional ?? []), ...(HIDDEN[w.name] ?? [])];
  if (!typesDetermined(w)) return undefined;
  const shown = form.parentheses ? `(${list})` : list === '' ? '' : ` ${list}`;
  return `${w.name}${shown}${w.dictionary(written)}${w.types()}`;
}

/** Whether the style of types that the form has says all. */
function typesDetermined({ i, form }: Written): boolean {
  const [first] = i.operands;
  if (form.types === 'results') return i.operands.every((v, k) => i.results[k] && sameType(v.type, i.results[k].type));
  if (form.types !== 'operands') return true;
  const { value } = i.attributes;
  return value === undefined || (first !== undefined && sameType((value as Literal).type, first.type));
}

/** Clauses that stand for several attributes, or for one in another way. */
const CLAUSES: { readonly [name: string]: (a: Attributes) => string[] } = {
  'stablehlo.dot_general': (a) => [
    ...(numbers(a.lhsBatch).length > 0
      ? [`batching_dims = ${bracketed(numbers(a.lhsBatch))} x ${bracketed(numbers(a.rhsBatch))}`]
      : []),
    `contracting_dims = ${bracketed(numbers(a.lhsContracting))} x ${bracketed(numbers(a.rhsContracting))}`,
  ],
  'stablehlo.reduce_precision': (a) => [`format = e${a.exponentBits}m${a.mantissaBits}`],
};
const HIDDEN: { readonly [name: string]: readonly string[] } = {
  'stablehlo.dot_general': ['dot_dimension_numbers'],
  'stablehlo.reduce_precision': ['exponent_bits', 'mantissa_bits'],
};

function writeSlice(w: Written): string {
  const { starts, limits, strides } = w.i.attributes;
  const ranges = numbers(starts).map((start, d) => {
    const stride = numbers(strides)[d];
    return `${start}:${numbers(limits)[d]}${stride === 1 ? '' : `:${stride}`}`;
  });
  return `${w.name} ${w.operands[0]} ${bracketed(ranges)}${w.types()}`;
}

function writeConstant({ i, name }: Written): string | undefined {
  const value = i.attributes.value as Literal;
  return sameType(value.type, i.result.type) ? `${name} ${literalToText(value)}` : undefined;
}

function writeReduce(w: Written): string | undefined {
  const { i, operands } = w;
  const captures = (i.attributes.captures as number | undefined) ?? 0;
  if (captures > 0) return undefined;
  const half = operands.length / 2;
  const pairs = operands.slice(0, half).map((x, k) => `(${x} init: ${operands[half + k]})`);
  const names = i.called[0]!.parameters.map(() => w.newName());
  const types = i.called[0]!.parameters.map((p) => w.typeText(p.result.type));
  const body = w.region(i.called[0]!, names);
  const args = pairs.map((_, k) => `(${names[k]}: ${types[k]}, ${names[half + k]}: ${types[half + k]})`);
  const across = ` across dimensions = ${w.bare('dimensions')}`;
  return `${w.name}${pairs.join(', ')}${across}${w.types()}\n${w.indent} reducer${args.join(' ')} ${body}`;
}

function writeWhile(w: Written): string {
  const { i, operands } = w;
  const names = operands.map(() => w.newName());
  const inits = names.map((n, k) => `${n} = ${operands[k]}`);
  const types = operands.length > 0 ? w.types() : '';
  const [condition, body] = i.called.map((c) => w.region(c, names));
  return `${w.name}(${inits.join(', ')})${types}\n${w.indent}cond ${condition} do ${body}`;
}

function writeConvolution(w: Written): string {
  const dims = w.i.attributes.dims as { readonly [key: string]: number | readonly number[] };
  const part = (side: string, letters: readonly [string, string][]) => {
    const list: (string | number)[] = [];
    (dims[`${side}Spatial`] as readonly number[]).forEach((d, k) => {
      list[d] = k;
    });
    for (const [key, letter] of letters) list[dims[`${side}${key}`] as number] = letter;
    return bracketed(Array.from(list, (x) => x ?? '?'));
  };
  const lhs = part('lhs', [
    ['Batch', 'b'],
    ['Feature', 'f'],
  ]);
  const rhs = part('rhs', [
    ['InputFeature', 'i'],
    ['OutputFeature', 'o'],
  ]);
  const result = part('result', [
    ['Batch', 'b'],
    ['Feature', 'f'],
  ]);
  const window = [
    ['stride', 'window_strides'],
    ['pad', 'padding'],
    ['lhs_dilate', 'lhs_dilation'],
    ['rhs_dilate', 'rhs_dilation'],
    ['reverse', 'window_reversal'],
  ].map(([word, name]) => `${word} = ${w.bare(name!)}`);
  const skip = ['dimension_numbers', 'window_strides', 'padding', 'lhs_dilation', 'rhs_dilation', 'window_reversal'];
  const head = `${w.name}(${w.operands.join(', ')}) dim_numbers = ${lhs}x${rhs}->${result}`;
  return `${head}, window = {${window.join(', ')}}${w.dictionary(skip)}${w.types()}`;
}

export const layoutText = (layout: readonly number[]): string =>
  layout.length === 0 ? 'dense<> : tensor<0xindex>' : `dense<${bracketed(layout)}> : tensor<${layout.length}xindex>`;

function writeCustomCall(w: Written): string {
  const { i } = w;
  const a = i.attributes;
  const layouts = (v: AttributeValue) => bracketed((v as readonly (readonly number[])[]).map(layoutText));
  const entries: string[] = [];
  if (a.hasSideEffect) entries.push('has_side_effect = true');
  if (typeof a.config === 'string') {
    if (a.config !== '') entries.push(`backend_config = ${stringToText(a.config)}`);
  } else {
    const key = a.apiVersion === 4 ? 'backend_config' : 'mhlo.backend_config';
    entries.push(`${key} = ${foreignMapToText(a.config as Attributes)}`);
  }
  if (a.apiVersion !== 1) entries.push(`api_version = ${a.apiVersion} : i32`);
  if (i.called.length > 0) entries.push(`called_computations = ${bracketed(i.called.map((_, k) => w.called(k)))}`);
  if (a.operandLayouts) entries.push(`operand_layouts = ${layouts(a.operandLayouts)}`);
  if (a.resultLayouts) entries.push(`result_layouts = ${layouts(a.resultLayouts)}`);
  if (a.aliases)
    entries.push(`output_operand_aliases = ${bracketed((a.aliases as readonly Attributes[]).map(aliasText))}`);
  for (const [k, v] of Object.entries((a.extra ?? {}) as Attributes)) entries.push(entryToText(k, foreignToText(v)));
  const target = symbolToText(a.target as string);
  return `${w.name} ${target}(${w.operands.join(', ')})${entries.length > 0 ? ` {${entries.join(', ')}}` : ''}${w.types()}`;
}

function aliasText(a: Attributes): string {
  const list = (v: AttributeValue) => bracketed(numbers(v ?? []));
  const fields = [
    `output_tuple_indices = ${list(a.outputTupleIndices)}`,
    `operand_index = ${a.operandIndex}`,
    `operand_tuple_indices = ${list(a.operandTupleIndices)}`,
  ];
  return `#stablehlo.output_operand_alias<${fields.join(', ')}>`;
}

function writeComposite(w: Written): string {
  const { name, attributes, version } = w.i.attributes as { name: string; attributes: Attributes; version: number };
  const entries = [`decomposition = ${w.called(0)}`];
  if (Object.keys(attributes).length > 0) {
    entries.unshift(`composite_attributes = ${foreignMapToText(attributes, (k) => w.called(k))}`);
  }
  if (version !== 0) entries.push(`version = ${version} : i32`);
  const operands = w.operands.length > 0 ? ` ${w.operands.join(', ')}` : '';
  return `${w.name} ${stringToText(name)}${operands} {${entries.join(', ')}}${w.types()}`;
}

function writeScan(w: Written): string | undefined {
  const { i } = w;
  const carries = i.attributes.carries as number;
  const captures = (i.attributes.captures as number | undefined) ?? 0;
  const own = w.operands.slice(0, w.operands.length - captures);
  const inputs = own.slice(0, own.length - carries);
  const inits = own.slice(own.length - carries);
  const { isReverse, isAssociative } = i.attributes;
  const given = [
    ...(isAssociative === undefined ? [] : [`is_associative = ${isAssociative}`]),
    ...(isReverse ? ['is_reverse = true'] : []),
  ];
  const attributes = given.length > 0 ? ` attributes {${given.join(', ')}}` : '';
  const body = w.region(i.called[0]!);
  const type = w.functionType(captures);
  return `${w.name}(${inputs.join(', ')}) inits(${inits.join(', ')}) dimension=${w.bare('dimension')}${attributes} ${body} : ${type}`;
}
