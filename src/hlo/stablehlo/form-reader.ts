/** What the readers of pretty forms share: the parts of an operation, and the types at its end. */
import { showType, type ValueType } from '../types.js';
import type { TypeStyle } from './forms.js';
import type { Parser } from './parser.js';
import type { Scanner } from './scanner.js';
import { type Attr, type AttrMap, type Binding, NO_ATTRIBUTES, type RegionSyntax, type Use } from './syntax.js';

/** What a form reads, filled in step by step. */
export interface Draft {
  readonly name: string;
  readonly offset: number;
  readonly bindings: readonly Binding[];
  operands: Use[];
  attributes: AttrMap;
  regions: RegionSyntax[];
  operandTypes: readonly ValueType[] | undefined;
  resultTypes: readonly ValueType[];
}

/** Sets an attribute of a draft. */
export function set(d: Draft, name: string, value: Attr): void {
  if (d.attributes === NO_ATTRIBUTES) d.attributes = new Map();
  (d.attributes as Map<string, Attr>).set(name, value);
}

export class FormReader {
  constructor(protected readonly p: Parser) {}

  protected operandList(d: Draft): void {
    d.operands = this.p.s.list('(', ')', `in the operands of ${d.name}`, () => this.p.use());
  }

  protected attributeDictionary(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    if (s.at('<{')) this.merge(d, attributes.properties());
    this.merge(d, attributes.optionalDictionary());
  }

  protected merge(d: Draft, entries: AttrMap): void {
    for (const [k, v] of entries) set(d, k, v);
  }

  /** What comes after `:`: a function type, `T, T -> T`, or a list that the style explains. */
  protected typeList(d: Draft, style: TypeStyle): void {
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
