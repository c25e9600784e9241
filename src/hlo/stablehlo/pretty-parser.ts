/** Operations in the pretty forms that StableHLO prints. */
import { showType, type ValueType } from '../types.js';
import { integerAttr } from './attribute-reader.js';
import { RETURNS } from './call-order.js';
import { type Form, formOf, type Syntax, type TypeStyle } from './forms.js';
import type { Parser } from './parser.js';
import type { Scanner } from './scanner.js';
import type { Attr, AttrMap, Binding, BlockArgument, OperationSyntax, RegionSyntax, Use } from './syntax.js';

/** What a form reads, filled in step by step. */
interface Draft {
  readonly name: string;
  readonly offset: number;
  readonly bindings: readonly Binding[];
  operands: Use[];
  readonly attributes: Map<string, Attr>;
  regions: RegionSyntax[];
  operandTypes: readonly ValueType[] | undefined;
  resultTypes: readonly ValueType[];
}

const numbersAttr = (values: readonly number[]): Attr => ({ kind: 'numbers', values, type: 'i64' });

export class PrettyParser {
  constructor(private readonly p: Parser) {}

  operation(bindings: readonly Binding[], offset: number): OperationSyntax {
    const s: Scanner = this.p.s;
    const at = s.pos;
    const name = s.expectedWord('an operation');
    const d: Draft = {
      name,
      offset,
      bindings,
      operands: [],
      attributes: new Map(),
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
    reduce: (d) => this.reduce(d),
    while: (d) => this.while(d),
    convolution: (d) => this.convolution(d),
    custom_call: (d) => this.customCall(d),
    composite: (d) => this.composite(d),
    constant: (d) => this.constant(d),
    scan: (d) => this.scan(d),
  };

  private formed(d: Draft, form: Form | undefined): void {
    this.syntaxes[form?.syntax ?? 'list'](d, form);
  }

  private operandList(d: Draft): void {
    d.operands = this.p.s.list('(', ')', `in the operands of ${d.name}`, () => this.p.use());
  }

  private attributeDictionary(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    if (s.at('<{')) this.merge(d, attributes.properties());
    this.merge(d, attributes.optionalDictionary());
  }

  private merge(d: Draft, entries: AttrMap): void {
    for (const [k, v] of entries) d.attributes.set(k, v);
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
    d.attributes.set('callee', { kind: 'symbol', offset: s.pos, name: s.sigil('@', 'the name of a function') });
    this.operandList(d);
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  private tupleElement(d: Draft): void {
    const s: Scanner = this.p.s;
    d.operands.push(this.p.use());
    s.expect('[', 'before the index of a tuple element');
    d.attributes.set('index', integerAttr(s.expectedDigits('the index of a tuple element')));
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
    d.attributes.set('value', value);
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
    d.attributes.set(name, value);
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
      d.attributes.set('exponent_bits', integerAttr(Number(bits[1])));
      d.attributes.set('mantissa_bits', integerAttr(Number(bits[2])));
      return;
    }
    const name = form?.clauses?.find(([w]) => w === word)?.[1] ?? word;
    d.attributes.set(name, attributes.clause());
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
    d.attributes.set('dot_dimension_numbers', { kind: 'struct', entries: all, text: '' });
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
    d.attributes.set('start_indices', numbersAttr(starts));
    d.attributes.set('limit_indices', numbersAttr(limits));
    d.attributes.set('strides', numbersAttr(strides));
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `(%x init: %i), (%y init: %j) applies op across dimensions = [0] : …`, or with `reducer(…) (…) {…}`. */
  private reduce(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    const inits: Use[] = [];
    do {
      s.expect('(', 'before an operand of a reduction');
      d.operands.push(this.p.use());
      s.expectWord('init', 'after an operand of a reduction');
      s.expect(':', "after 'init'");
      inits.push(this.p.use());
      s.expect(')', 'after an initial value');
    } while (s.eat(','));
    const count = d.operands.length;
    d.operands.push(...inits);
    const applied = s.eatWord('applies') ? s.expectedWord('the name of an operation') : undefined;
    s.expectWord('across', 'in a reduction');
    s.expectWord('dimensions', "after 'across'");
    s.expect('=', "after 'dimensions'");
    d.attributes.set('dimensions', attributes.value());
    this.attributeDictionary(d);
    this.typeList(d, 'function');
    if (applied === undefined) d.regions.push(this.reducer(count));
    else if (count === 1) d.regions.push(this.appliedRegion(d, applied));
    else s.fail('only a reduction of one operand can be written with `applies`', d.offset);
  }

  private reducer(count: number): RegionSyntax {
    const s: Scanner = this.p.s;
    s.expectWord('reducer', 'after the type of a reduction');
    const left: BlockArgument[] = [];
    const right: BlockArgument[] = [];
    for (let i = 0; i < count; i++) {
      s.expect('(', 'before the arguments of a reducer');
      left.push(this.typedArgument());
      s.expect(',', 'between the arguments of a reducer');
      right.push(this.typedArgument());
      s.expect(')', 'after the arguments of a reducer');
    }
    return this.p.region([...left, ...right]);
  }

  private typedArgument(): BlockArgument {
    const s: Scanner = this.p.s;
    s.skip();
    const offset = s.pos;
    const name = s.sigil('%', 'the name of an argument');
    s.expect(':', 'before the type of an argument');
    const type = this.p.types.value();
    this.p.attributes.location();
    return { name, type, offset };
  }

  /** The region that `applies op` stands for. */
  private appliedRegion(d: Draft, name: string): RegionSyntax {
    const { offset } = d;
    const type = d.operandTypes?.[1];
    if (!type) this.p.s.fail('a reduction takes an operand and an initial value', offset);
    const argument = (n: string): BlockArgument => ({ name: n, type, offset });
    const use = (n: string): Use => ({ name: n, index: undefined, offset });
    const common = { offset, attributes: new Map(), regions: [], note: undefined };
    return {
      arguments: [argument('lhs'), argument('rhs')],
      offset,
      operations: [
        {
          ...common,
          name,
          bindings: [{ name: 'result', count: 1, offset }],
          operands: [use('lhs'), use('rhs')],
          operandTypes: [type, type],
          resultTypes: [type],
        },
        {
          ...common,
          name: 'stablehlo.return',
          bindings: [],
          operands: [use('result')],
          operandTypes: [type],
          resultTypes: [],
        },
      ],
    };
  }

  /** `(%i = %a, …) : T, … cond {…} do {…}` */
  private while(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    const names: { name: string; offset: number }[] = [];
    s.list('(', ')', 'in the operands of a loop', () => {
      s.skip();
      names.push({ offset: s.pos, name: s.sigil('%', 'the name of a value') });
      s.expect('=', 'after the name of a value');
      d.operands.push(this.p.use());
    });
    if (names.length > 0) this.typeList(d, 'results');
    else d.operandTypes = [];
    if (d.resultTypes.length !== names.length) {
      s.fail(`a loop of ${names.length} values has ${d.resultTypes.length} types`, d.offset);
    }
    if (s.eatWord('attributes')) this.merge(d, attributes.optionalDictionary());
    const args = names.map((n, i) => ({ ...n, type: d.resultTypes[i]! }));
    s.expectWord('cond', 'before the condition of a loop');
    d.regions.push(this.p.region(args));
    s.expectWord('do', 'before the body of a loop');
    d.regions.push(this.p.region(args));
  }

  /** `(%x, %w) dim_numbers = […]x[…]->[…], window = {stride = [1, 1], …} {…} : …` */
  private convolution(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    this.operandList(d);
    s.expectWord('dim_numbers', 'in a convolution');
    s.expect('=', "after 'dim_numbers'");
    d.attributes.set('dimension_numbers', { kind: 'struct', entries: attributes.convolutionDimensions(), text: '' });
    if (s.eat(',')) {
      s.expectWord('window', 'in a convolution');
      s.expect('=', "after 'window'");
      s.skip();
      const at = s.pos;
      for (const [key, value] of attributes.optionalDictionary()) {
        const name = WINDOW.get(key);
        if (name === undefined) s.fail(`a window has no '${key}'; it has ${[...WINDOW.keys()].join(', ')}`, at);
        d.attributes.set(name, value);
      }
    }
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `@target(%a, …) {…} : …` */
  private customCall(d: Draft): void {
    const s: Scanner = this.p.s;
    d.attributes.set('call_target_name', { kind: 'string', value: s.sigil('@', 'the target of a custom call') });
    this.operandList(d);
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `"name" %a, … {…} : …` */
  private composite(d: Draft): void {
    const s: Scanner = this.p.s;
    d.attributes.set('name', { kind: 'string', value: s.string('the name of a composite') });
    if (s.at('%')) {
      do d.operands.push(this.p.use());
      while (s.eat(','));
    }
    this.attributeDictionary(d);
    this.typeList(d, 'function');
  }

  /** `(%x, …) inits(%i, …) dimension=0 attributes {…} {…} : …` */
  private scan(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    this.operandList(d);
    const inputs = d.operands.length;
    s.expectWord('inits', 'after the operands of a scan');
    const inits = s.list('(', ')', 'in the initial values of a scan', () => this.p.use());
    d.operands.push(...inits);
    d.attributes.set('operand_segment_sizes', { kind: 'numbers', values: [inputs, inits.length], type: 'i32' });
    s.expectWord('dimension', 'in a scan');
    s.expect('=', "after 'dimension'");
    d.attributes.set('dimension', attributes.value());
    if (s.eatWord('attributes')) this.merge(d, attributes.optionalDictionary());
    d.regions.push(this.p.region());
    this.typeList(d, 'function');
  }

  /** What comes after `:`: a function type, `T, T -> T`, or a list that the style explains. */
  private typeList(d: Draft, style: TypeStyle): void {
    const { types } = this.p;
    const s: Scanner = this.p.s;
    s.expect(':', `before the type of ${d.name}`);
    s.skip();
    const at = s.pos;
    if (s.at('(')) {
      const type = this.p.functionType();
      d.operandTypes = type.operands;
      d.resultTypes = type.results;
      return;
    }
    const listed = [types.value()];
    while (s.eat(',')) listed.push(types.value());
    if (s.eat('->')) {
      d.operandTypes = listed;
      d.resultTypes = s.at('(') ? s.list('(', ')', 'in result types', () => types.value()) : [types.value()];
      return;
    }
    this.explain(d, style, listed, at);
  }

  private explain(d: Draft, style: TypeStyle, listed: readonly ValueType[], at: number): void {
    const [first, second] = listed as readonly [ValueType, ValueType?];
    const each = listed.length === 1 ? d.operands.map(() => first) : listed;
    const wrong = (expected: string): never =>
      this.p.s.fail(`${d.name} is followed by ${expected}, found ${listed.map(showType).join(', ')}`, at);
    if (style === 'operands') d.operandTypes = each;
    else if (style === 'results') {
      d.operandTypes = listed;
      d.resultTypes = listed;
    } else if (style === 'select') {
      if (listed.length !== 2) wrong("the predicate's type and the result's");
      const result = second ?? first;
      d.operandTypes = [first, result, result];
      d.resultTypes = [result];
    } else if (listed.length !== 1) wrong('one type or a function type');
    else {
      d.operandTypes = style === 'result' ? undefined : each;
      d.resultTypes = [first];
    }
  }
}

const WINDOW: ReadonlyMap<string, string> = new Map([
  ['stride', 'window_strides'],
  ['pad', 'padding'],
  ['lhs_dilate', 'lhs_dilation'],
  ['rhs_dilate', 'rhs_dilation'],
  ['reverse', 'window_reversal'],
]);
