/** The module's header: what it says of arguments and results, in the attributes that StableHLO has for it. */
import type { Attributes, AttributeValue } from '../attributes.js';
import { ALIASING_OUTPUT as ALIAS } from '../donation.js';
import type { Module } from '../graph.js';
import { foreignMapToText } from '../stablehlo/foreign.js';
import { dictionaryOf } from './control.js';
import { type HloScanner, stringToHlo } from './scanner.js';
import { type LeafShape, leafShapes, type Shape, ShapeReader, typeToHlo } from './shapes.js';
import type { ComputationSyntax, ModuleSyntax } from './syntax.js';
import { integerList, listToHlo } from './value-syntax.js';
import { AttributeValues } from './values.js';

/** The function that runs, whatever the text calls it. */
export const ENTRY_NAME = 'main';

const DONOR = 'jax.buffer_donor';
const LAYOUT = 'mhlo.layout_mode';
const FRONTEND = 'mhlo.frontend_attributes';
const COUNTS = [
  ['replica_count', 'mhlo.num_replicas'],
  ['num_partitions', 'mhlo.num_partitions'],
] as const;
/** Frontend attributes that hold what HLO's header has no place for, as MLIR's dictionaries. */
const KEPT = 'thimble.';

const i32 = (value: number): AttributeValue => ({ '#': 'i32', value });
const numberOf = (v: AttributeValue): number | undefined => {
  const n = typeof v === 'object' && v !== null && '#' in v ? (v as { value: AttributeValue }).value : v;
  return typeof n === 'number' ? n : undefined;
};

/** `{0, 1}` of a shape, as the number of a leaf. */
function leafAt(shape: Shape, path: readonly number[]): number | undefined {
  let at = 0;
  let here = shape;
  for (const k of path) {
    if (here.kind !== 'tuple' || k >= here.elements.length || k < 0) return undefined;
    for (const e of here.elements.slice(0, k)) at += leafShapes(e).length;
    here = here.elements[k]!;
  }
  return here.kind === 'leaf' ? at : undefined;
}

/** Sets the attributes of the module, its entry's arguments and results, and its functions. */
export function boundaryOf(syntax: ModuleSyntax, entry: ComputationSyntax, module: Module, s: HloScanner): void {
  const a = new AttributeValues(s, syntax.attributes, 0, 'HloModule');
  const attributes: { [key: string]: AttributeValue } = {};
  for (const [name, key] of COUNTS) {
    const n = a.integer(name);
    if (n !== undefined) attributes[key] = i32(n);
  }
  const kept = new Map<string, Attributes>();
  const frontend: { [key: string]: string } = {};
  for (const [key, text] of a.frontend()) {
    if (key.startsWith(KEPT)) kept.set(key.slice(KEPT.length), dictionaryOf(a, text));
    else frontend[key] = text;
  }
  if (Object.keys(frontend).length > 0) attributes[FRONTEND] = frontend;
  module.attributes = { ...attributes, ...kept.get('module') };
  for (const c of module.computations.values()) {
    c.argumentAttributes = c.parameters.map((_, k) => kept.get(`${c.name}.argument.${k}`) ?? {});
    c.resultAttributes = c.results.map((_, k) => kept.get(`${c.name}.result.${k}`) ?? {});
  }
  entryLayouts(a, module, s);
  aliases(a, entry, module, s);
}

function add(module: Module, argument: number, more: Attributes): void {
  const c = module.entry;
  c.argumentAttributes = c.argumentAttributes.map((own, k) => (k === argument ? { ...own, ...more } : own));
}

/** `entry_computation_layout={(f32[4,8]{0,1})->f32[4]{0}}`: layouts other than row-major are told. */
function entryLayouts(a: AttributeValues, module: Module, s: HloScanner): void {
  const reader = new ShapeReader(s);
  const read = a.value('entry_computation_layout', () => {
    s.expect('{', 'in the layout of the entry');
    const parameters = s.list('(', ')', 'in the layout of the entry', () => reader.shape());
    s.expect('->', 'in the layout of the entry');
    const result = reader.shape();
    s.expect('}', 'after the layout of the entry');
    return { parameters: parameters.flatMap(leafShapes), results: leafShapes(result) };
  });
  if (!read) return;
  const c = module.entry;
  if (read.parameters.length !== c.parameters.length || read.results.length !== c.results.length) {
    a.fail('entry_computation_layout does not fit the entry');
  }
  const mode = ({ layout }: LeafShape): Attributes => (layout ? { [LAYOUT]: `{${layout}}` } : {});
  for (const [k, p] of read.parameters.entries()) add(module, k, mode(p));
  c.resultAttributes = c.resultAttributes.map((own, k) => ({ ...own, ...mode(read.results[k]!) }));
}

/** `input_output_alias={ {0}: (1, {}, may-alias) }` and `buffer_donor={ (0, {}) }` */
function aliases(a: AttributeValues, entry: ComputationSyntax, module: Module, s: HloScanner): void {
  const shapes: Shape[] = [];
  for (const i of entry.instructions) {
    if (i.op !== 'parameter') continue;
    const text = s.text(i.payload!.from, i.payload!.to);
    shapes[Number(text)] = i.shape;
  }
  const root = (entry.instructions.find((i) => i.isRoot) ?? entry.instructions.at(-1)!).shape;
  const argument = (): number => {
    s.expect('(', 'before the number of a parameter');
    const at = s.pos;
    const number = s.expectedDigits('the number of a parameter');
    const path = s.eat(',') ? integerList(s, 'a path in a tuple') : [];
    const inner = shapes[number] && leafAt(shapes[number], path);
    if (inner === undefined) return s.fail('the entry has no such parameter', at);
    return shapes.slice(0, number).reduce((n, p) => n + leafShapes(p).length, inner);
  };
  const close = () => {
    if (s.eat(',')) s.name("'may-alias' or 'must-alias'");
    s.expect(')', 'after an alias');
  };
  a.value('input_output_alias', () =>
    s.list('{', '}', 'among aliases', () => {
      const at = s.pos;
      const output = leafAt(root, integerList(s, 'the path of a result'));
      s.expect(':', 'in an alias');
      if (output === undefined) return s.fail('the entry has no such result', at);
      add(module, argument(), { [ALIAS]: i32(output) });
      close();
    }),
  );
  a.value('buffer_donor', () =>
    s.list('{', '}', 'among donors', () => {
      add(module, argument(), { [DONOR]: true });
      close();
    }),
  );
}

/** The header of a module that is printed. */
export function headerToHlo(module: Module, name: string): string {
  const c = module.computations.get(ENTRY_NAME)!;
  const parts = [`HloModule ${name}`];
  const rest: { [key: string]: AttributeValue } = { ...module.attributes };
  const frontend = (rest[FRONTEND] ?? {}) as { readonly [key: string]: string };
  const texts = Object.entries(frontend).map(([k, v]) => `${k}=${stringToHlo(`${v}`)}`);
  delete rest[FRONTEND];
  const alias = c.argumentAttributes.flatMap((own, k) => {
    const output = numberOf(own[ALIAS]);
    const path = c.results.length === 1 ? '{}' : `{${output}}`;
    return output === undefined ? [] : [`${path}: (${k}, {}, may-alias)`];
  });
  if (alias.length > 0) parts.push(`input_output_alias={ ${alias.join(', ')} }`);
  const donors = c.argumentAttributes.flatMap((own, k) => (own[DONOR] === true ? [`(${k}, {})`] : []));
  if (donors.length > 0) parts.push(`buffer_donor={ ${donors.join(', ')} }`);
  const shown = (own: Attributes | undefined, t: Parameters<typeof typeToHlo>[0]) => typeToHlo(t, layoutIn(own));
  const inputs = c.parameters.map((p, k) => shown(c.argumentAttributes[k], p.result.type));
  const outputs = c.results.map((v, k) => shown(c.resultAttributes[k], v.type));
  const result = outputs.length === 1 ? outputs[0] : `(${outputs.join(', ')})`;
  parts.push(`entry_computation_layout={(${inputs.join(', ')})->${result}}`);
  for (const [word, key] of COUNTS) {
    const n = numberOf(rest[key]);
    if (n === undefined) continue;
    parts.push(`${word}=${n}`);
    delete rest[key];
  }
  const keep = (key: string, attributes: Attributes) => {
    if (Object.keys(attributes).length > 0) texts.push(`${KEPT}${key}=${stringToHlo(foreignMapToText(attributes))}`);
  };
  keep('module', rest);
  for (const f of module.computations.values()) {
    const keepEach = (what: string, list: readonly Attributes[]) => {
      for (const [k, own] of list.entries()) keep(`${f.name}.${what}.${k}`, f === c ? unsaid(own) : own);
    };
    keepEach('argument', f.argumentAttributes);
    keepEach('result', f.resultAttributes);
  }
  if (texts.length > 0) parts.push(`frontend_attributes=${listToHlo(texts)}`);
  return parts.join(', ');
}

/** What the rest of the header does not say. */
function unsaid(own: Attributes): Attributes {
  const rest = { ...own };
  if (numberOf(rest[ALIAS]) !== undefined) delete rest[ALIAS];
  if (rest[DONOR] === true) delete rest[DONOR];
  if (layoutIn(rest)) delete rest[LAYOUT];
  return rest;
}

function layoutIn(own: Attributes | undefined): number[] | undefined {
  const mode = own?.[LAYOUT];
  const list = typeof mode === 'string' ? /^\{(\d+(?:,\d+)*)\}$/.exec(mode)?.[1] : undefined;
  return list?.split(',').map(Number);
}
