/** Operations in the pretty forms that StableHLO prints. */
import { integerAttr } from './attribute-reader.js';
import { RETURNS } from './call-order.js';
import { type Draft, FormReader, set } from './form-reader.js';
import { type Form, formOf, type Syntax } from './forms.js';
import type { Parser } from './parser.js';
import { RegionForms } from './region-forms.js';
import type { Scanner } from './scanner.js';
import { type Attr, type Binding, NO_ATTRIBUTES, type OperationSyntax } from './syntax.js';

const numbersAttr = (values: readonly number[]): Attr => ({ kind: 'numbers', values, type: 'i64' });

export class PrettyParser extends FormReader {
  private readonly regions: RegionForms;

  constructor(p: Parser) {
    super(p);
    this.regions = new RegionForms(p);
  }

  operation(bindings: readonly Binding[], offset: number): OperationSyntax {
    const s: Scanner = this.p.s;
    const at = s.pos;
    const name = s.expectedWord('an operation');
    const d: Draft = {
      name,
      offset,
      bindings,
      operands: [],
      attributes: NO_ATTRIBUTES,
      regions: [],
      operandTypes: undefined,
      resultTypes: [],
    };
    if (RETURNS.has(name)) this.returns(d);
    else if (name === 'call' || name === 'func.call') this.call(d);
    else if (name === 'stablehlo.get_tuple_element') this.tupleElement(d);
    else if (name.includes('.')) this.formed(d, formOf(name));
    else
      s.fail(
        `expected an operation, found '${name}'`,
        at,
        'operations are written dialect.name, such as stablehlo.add',
      );
    return { ...d, note: this.p.attributes.location() };
  }

  private readonly syntaxes: { readonly [S in Syntax]: (d: Draft, form?: Form) => void } = {
    list: (d, form) => this.list(d, form),
    slice: (d) => this.slice(d),
    reduce: (d) => this.regions.reduce(d),
    while: (d) => this.regions.while(d),
    convolution: (d) => this.convolution(d),
    custom_call: (d) => this.customCall(d),
    composite: (d) => this.composite(d),
    constant: (d) => this.constant(d),
    scan: (d) => this.regions.scan(d),
    sharding: (d) => this.regions.sharding(d),
  };

  private formed(d: Draft, form: Form | undefined): void {
    this.syntaxes[form?.syntax ?? 'list'](d, form);
  }

  private returns(d: Draft): void {
    const s: Scanner = this.p.s;
    this.attributeDictionary(d);
    if (!s.at('%')) {
      d.operandTypes = [];
      return;
    }
    do d.operands.push(this.p.use());
    while (s.eat(','));
    this.typeList(d, 'operands');
  }

  private call(d: Draft): void {
    const s: Scanner = this.p.s;
    s.skip();
    set(d, 'callee', { kind: 'symbol', offset: s.pos, name: s.sigil('@', 'the name of a function') });
    this.operandList(d);
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  private tupleElement(d: Draft): void {
    const s: Scanner = this.p.s;
    d.operands.push(this.p.use());
    s.expect('[', 'before the index of a tuple element');
    set(d, 'index', integerAttr(s.expectedDigits('the index of a tuple element')));
    s.expect(']', 'after the index of a tuple element');
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  private constant(d: Draft): void {
    const s: Scanner = this.p.s;
    if (s.at('(')) {
      this.operandList(d);
      this.attributeDictionary(d);
      this.typeList(d, 'function');
      return;
    }
    this.attributeDictionary(d);
    s.skip();
    const at = s.pos;
    const value = this.p.attributes.value();
    if (value.kind !== 'elements') s.fail(`expected dense<…> after ${d.name}`, at);
    set(d, 'value', value);
    d.operandTypes = [];
    d.resultTypes = [value.literal.type];
  }

  /** Operands and clauses with commas between, attributes, types. */
  private list(d: Draft, form: Form | undefined): void {
    const s: Scanner = this.p.s;
    const parentheses = s.eat('(');
    const positional = [...(form?.positional ?? [])];
    const ends = () => s.at(':') || s.at('{') || s.at('<{') || s.at(')');
    if (!ends()) {
      do this.listEntry(d, form, positional);
      while (s.eat(','));
    }
    if (parentheses) s.expect(')', `after the operands of ${d.name}`);
    this.attributeDictionary(d);
    // A constant among the operands has given their type.
    if (d.operandTypes && !s.at(':')) return;
    this.typeList(d, form?.types ?? (d.bindings.length > 0 ? 'same' : 'operands'));
  }

  private listEntry(d: Draft, form: Form | undefined, positional: string[]): void {
    const s: Scanner = this.p.s;
    if (s.at('%')) {
      d.operands.push(this.p.use());
      return;
    }
    s.skip();
    const at = s.pos;
    const word = s.word();
    if (word !== undefined && s.eat('=')) {
      this.clause(d, form, word);
      return;
    }
    s.pos = at;
    const name = positional.shift();
    if (name === undefined) s.fail(`expected an operand or ':' in ${d.name}, found ${s.found()}`, at);
    const value = this.p.attributes.value();
    set(d, name, value);
    if (value.kind === 'elements') d.operandTypes = [value.literal.type];
  }

  private clause(d: Draft, form: Form | undefined, word: string): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    if (word === 'batching_dims' || word === 'contracting_dims') {
      this.dotDimensions(d, word === 'batching_dims' ? 'batching_dimensions' : 'contracting_dimensions');
      return;
    }
    if (word === 'format') {
      s.skip();
      const at = s.pos;
      const bits = /^e(\d{1,4})m(\d{1,4})$/.exec(s.expectedWord('a float format such as e8m23'));
      if (!bits) s.fail('expected a float format such as e8m23', at);
      set(d, 'exponent_bits', integerAttr(Number(bits[1])));
      set(d, 'mantissa_bits', integerAttr(Number(bits[2])));
      return;
    }
    const name = form?.clauses?.find(([w]) => w === word)?.[1] ?? word;
    set(d, name, attributes.clause());
  }

  /** `[0] x [1]` */
  private dotDimensions(d: Draft, suffix: string): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    const entries = new Map<string, Attr>();
    entries.set(`lhs_${suffix}`, attributes.value());
    s.expect('x', 'between the dimensions of the operands');
    entries.set(`rhs_${suffix}`, attributes.value());
    const before = d.attributes.get('dot_dimension_numbers');
    const all = before?.kind === 'struct' ? new Map([...before.entries, ...entries]) : entries;
    set(d, 'dot_dimension_numbers', { kind: 'struct', entries: all, text: '' });
  }

  /** `%x [0:2, 0:8:2]` */
  private slice(d: Draft): void {
    const s: Scanner = this.p.s;
    d.operands.push(this.p.use());
    const [starts, limits, strides]: [number[], number[], number[]] = [[], [], []];
    s.list('[', ']', 'in the ranges of a slice', () => {
      starts.push(s.expectedDigits('the start of a range'));
      s.expect(':', 'in the range of a slice');
      limits.push(s.expectedDigits('the limit of a range'));
      strides.push(s.eat(':') ? s.expectedDigits('the stride of a range') : 1);
    });
    set(d, 'start_indices', numbersAttr(starts));
    set(d, 'limit_indices', numbersAttr(limits));
    set(d, 'strides', numbersAttr(strides));
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `(%x, %w) dim_numbers = […]x[…]->[…], window = {stride = [1, 1], …} {…} : …` */
  private convolution(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    this.operandList(d);
    s.expectWord('dim_numbers', 'in a convolution');
    s.expect('=', "after 'dim_numbers'");
    set(d, 'dimension_numbers', { kind: 'struct', entries: attributes.convolutionDimensions(), text: '' });
    if (s.eat(',')) {
      s.expectWord('window', 'in a convolution');
      s.expect('=', "after 'window'");
      s.skip();
      const at = s.pos;
      for (const [key, value] of attributes.optionalDictionary()) {
        const name = WINDOW.get(key);
        if (name === undefined) s.fail(`a window has no '${key}'; it has ${[...WINDOW.keys()].join(', ')}`, at);
        set(d, name, value);
      }
    }
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `@target(%a, …) {…} : …` */
  private customCall(d: Draft): void {
    const s: Scanner = this.p.s;
    set(d, 'call_target_name', { kind: 'string', value: s.sigil('@', 'the target of a custom call') });
    this.operandList(d);
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `"name" %a, … {…} : …` */
  private composite(d: Draft): void {
    const s: Scanner = this.p.s;
    set(d, 'name', { kind: 'string', value: s.string('the name of a composite') });
    if (s.at('%')) {
      do d.operands.push(this.p.use());
      while (s.eat(','));
    }
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }
}

const WINDOW: ReadonlyMap<string, string> = new Map([
  ['stride', 'window_strides'],
  ['pad', 'padding'],
  ['lhs_dilate', 'lhs_dilation'],
  ['rhs_dilate', 'rhs_dilation'],
  ['reverse', 'window_reversal'],
]);
