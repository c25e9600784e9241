/** Attributes in MLIR text, as they stand there. */
import { Literal } from '../literal.js';
import { DYNAMIC, showType, type TensorType } from '../types.js';
import { bytesLiteral, hexBytes, literalOf, skipPayload } from './dense.js';
import type { Scanner } from './scanner.js';
import { type Attr, type AttrMap, NO_ATTRIBUTES } from './syntax.js';
import type { TypeReader } from './types-text.js';

interface Resource {
  readonly from: number;
  readonly to: number;
}

const UNIT: Attr = { kind: 'opaque', text: 'unit' };
/** Dialects whose attributes are read as structures; those of others are kept as text. */
const STRUCTURED = /^(?:stablehlo|chlo|mhlo)(?:\.|$)/;

export class AttributeReader {
  private readonly aliases = new Map<string, { readonly attr: Attr; readonly nodes: number }>();
  private readonly resources = new Map<string, Resource>();
  private readonly wanted: { readonly name: string; readonly type: TensorType; readonly offset: number }[] = [];
  /** Texts of `#loc…` definitions. */
  readonly locations = new Map<string, string>();

  constructor(
    private readonly s: Scanner,
    private readonly types: TypeReader,
  ) {}

  /** `#name = attribute`; the `#` comes next. */
  defineAlias(): void {
    const { s } = this;
    const name = s.sigil('#', 'the name of an attribute alias');
    s.expect('=', 'after the name of an attribute alias');
    if (s.atWord('loc')) {
      this.locations.set(name, this.location() ?? '');
      return;
    }
    const before = s.nodes;
    this.aliases.set(name, { attr: this.value(), nodes: s.nodes - before });
  }

  /** `loc(…)` where it stands, as text without `loc`; undefined where none does. */
  location(): string | undefined {
    const { s } = this;
    if (!s.at('loc(')) return undefined;
    s.pos += 4;
    const from = s.pos;
    s.skipBalanced('this location');
    return s.bytes.toString('utf8', from, s.pos - 1);
  }

  /** `{…}` where it stands; else an empty map. */
  optionalDictionary(): AttrMap {
    return this.s.at('{') ? this.dictionary('{', '}') : NO_ATTRIBUTES;
  }

  private dictionary(open: string, close: string): AttrMap {
    const { s } = this;
    const entries = new Map<string, Attr>();
    s.nested(() =>
      s.list(open, close, 'in a list of attributes', () => {
        s.skip();
        const at = s.pos;
        const key = s.at('"') ? s.string('the name of an attribute') : s.expectedWord('the name of an attribute');
        if (entries.has(key)) s.fail(`the attribute '${key}' is given twice`, at);
        entries.set(key, s.eat('=') ? this.value() : UNIT);
      }),
    );
    return entries;
  }

  /** `<{…}>`, the properties of the generic form. */
  properties(): AttrMap {
    const { s } = this;
    s.expect('<', 'before properties');
    const entries = this.dictionary('{', '}');
    s.expect('>', 'after properties');
    return entries;
  }

  value(): Attr {
    const { s } = this;
    s.skip();
    s.count();
    const at = s.pos;
    switch (String.fromCharCode(s.bytes[at] ?? 0)) {
      case '"':
        return { kind: 'string', value: s.string('a string') };
      case '[':
        return { kind: 'list', items: s.nested(() => s.list('[', ']', 'in a list', () => this.value())) };
      case '{':
        return { kind: 'dictionary', entries: this.dictionary('{', '}') };
      case '<':
        return this.struct(at);
      case '@':
        return this.symbol();
      case '#':
        return this.hash(at);
      case '!':
        return { kind: 'type', type: this.types.value() };
      case '(':
        return this.functionType(at);
    }
    if (s.atNumber) return this.number();
    const word = s.word();
    return word === undefined ? s.fail(`expected an attribute, found ${s.found()}`, at) : this.keyword(word, at);
  }

  private symbol(): Attr {
    const { s } = this;
    s.skip();
    const offset = s.pos;
    let name = s.sigil('@', 'the name of a symbol');
    while (s.eat('::')) name += `::@${s.sigil('@', 'the name of a symbol')}`;
    return { kind: 'symbol', name, offset };
  }

  /** The value of a clause of a pretty form: as `value`, but a `:` after a number is the operation's. */
  clause(): Attr {
    return this.s.atNumber ? this.number(false) : this.value();
  }

  private number(typed = true): Attr {
    const { s } = this;
    const text = s.number('a number');
    const fractional = /[.eE]/.test(text) && !text.startsWith('0x') && !text.startsWith('-0x');
    const type = typed && s.eat(':') ? s.expectedWord('the type of a number') : fractional ? 'f64' : 'i64';
    const negativeHex = text.startsWith('-0x');
    const plain = negativeHex ? -Number(text.slice(1)) : Number(text);
    if (fractional || Number.isSafeInteger(plain)) return { kind: 'number', value: plain, type };
    return { kind: 'number', value: negativeHex ? -BigInt(text.slice(1)) : BigInt(text), type };
  }

  private keyword(word: string, at: number): Attr {
    const { s } = this;
    if (word === 'true' || word === 'false') return { kind: 'bool', value: word === 'true' };
    if (word === 'unit') return UNIT;
    if (word === 'tensor' || word === 'tuple') {
      s.pos = at;
      return { kind: 'type', type: this.types.value() };
    }
    if (word === 'array' && s.at('<')) return this.array();
    if (word === 'dense' && s.at('<')) return this.dense();
    if (word === 'dense_resource' && s.at('<')) return this.denseResource();
    if (s.bytes[s.pos] === 60 || (word === 'loc' && s.at('('))) {
      s.pos++;
      s.skipBalanced(`'${word}'`);
      return { kind: 'opaque', text: s.bytes.toString('utf8', at, s.pos) };
    }
    return { kind: 'word', value: word, text: word };
  }

  private functionType(at: number): Attr {
    const { s } = this;
    const types = () => s.list('(', ')', 'in a function type', () => this.types.value());
    types();
    s.expect('->', 'in a function type');
    if (s.at('(')) types();
    else this.types.value();
    return { kind: 'opaque', text: s.bytes.toString('utf8', at, s.pos) };
  }

  private array(): Attr {
    const { s } = this;
    s.expect('<', "after 'array'");
    const type = s.expectedWord('the element type of an array');
    const values: (number | boolean)[] = [];
    if (s.eat(':')) {
      do {
        if (s.eatWord('true')) values.push(true);
        else if (s.eatWord('false')) values.push(false);
        else values.push(Number(s.number('a number')));
      } while (s.eat(','));
    }
    s.expect('>', 'after an array');
    return { kind: 'numbers', values, type };
  }

  private tensorType(): TensorType {
    const { s } = this;
    s.expect(':', 'before the type of a constant');
    s.skip();
    const at = s.pos;
    const type = this.types.value();
    return type.kind === 'tensor' ? type : s.fail(`a constant is a tensor, not ${showType(type)}`, at);
  }

  private dense(): Attr {
    const { s } = this;
    s.expect('<', "after 'dense'");
    const { from, to } = skipPayload(s);
    return { kind: 'elements', literal: literalOf(s, from, to, this.tensorType()) };
  }

  private denseResource(): Attr {
    const { s } = this;
    s.expect('<', "after 'dense_resource'");
    s.skip();
    const offset = s.pos;
    const name = s.at('"') ? s.string('the name of a resource') : s.expectedWord('the name of a resource');
    s.expect('>', 'after the name of a resource');
    const type = this.tensorType();
    this.wanted.push({ name, type, offset });
    const literal = Literal.lazy(type, () => this.resourceLiteral(name, type).tensor().data);
    return { kind: 'elements', literal };
  }

  private resourceLiteral(name: string, type: TensorType): Literal {
    const { s } = this;
    const { from, to } = this.resources.get(name)!;
    // The first four bytes are the alignment of the data that follow.
    const data = from + 10;
    return bytesLiteral(s, from, (to - data) / 2, () => hexBytes(s, data, to), type);
  }

  private hash(at: number): Attr {
    const { s } = this;
    const name = s.sigil('#', 'the name of an attribute');
    if (s.bytes[s.pos] === 60) {
      if (!STRUCTURED.test(name)) return this.opaque(at);
      return name.includes('.') ? this.struct(at, name) : this.dialectStruct(at, name);
    }
    const alias = this.aliases.get(name);
    if (alias) {
      s.count(alias.nodes);
      return alias.attr;
    }
    if (name.includes('.') || this.locations.has(name)) return { kind: 'opaque', text: `#${name}` };
    return s.fail(
      `the attribute #${name} is not defined`,
      at,
      'an alias is defined before its use: `#name = attribute`',
    );
  }

  private opaque(at: number): Attr {
    const { s } = this;
    s.expect('<', 'in an attribute');
    s.skipBalanced('this attribute');
    return { kind: 'opaque', text: s.bytes.toString('utf8', at, s.pos) };
  }

  /** `#stablehlo<precision HIGH>` is `#stablehlo.precision<HIGH>`. */
  private dialectStruct(at: number, dialect: string): Attr {
    const { s } = this;
    s.expect('<', 'in an attribute');
    const name = s.expectedWord('the name of an attribute');
    if (s.at('<')) {
      const inner = this.struct(at, `${dialect}.${name}`);
      s.expect('>', 'after an attribute');
      return inner;
    }
    const value = s.expectedWord(`a value of ${name}`);
    s.expect('>', 'after an attribute');
    return { kind: 'word', value, text: `#${dialect}<${name} ${value}>` };
  }

  /** `<key = value, …>` or `<WORD>`; the `<` comes next. */
  private struct(at: number, name = ''): Attr {
    const { s } = this;
    const open = s.pos;
    s.expect('<', 'in an attribute');
    if (name.endsWith('.conv') && !s.atWord('raw')) {
      const entries = this.convolutionDimensions();
      s.expect('>', 'after the dimension numbers of a convolution');
      return { kind: 'struct', entries, text: s.bytes.toString('utf8', at, s.pos) };
    }
    s.eatWord('raw');
    if (s.eat('>')) return { kind: 'struct', entries: new Map(), text: s.bytes.toString('utf8', at, s.pos) };
    const word = s.word();
    if (word !== undefined && s.eat('>'))
      return { kind: 'word', value: word, text: s.bytes.toString('utf8', at, s.pos) };
    if (word === undefined || !s.at('=')) {
      s.pos = open;
      return this.opaque(at);
    }
    s.pos = open + 1;
    s.eatWord('raw');
    const entries = new Map<string, Attr>();
    s.nested(() => {
      do {
        const key = s.expectedWord('the name of a field');
        s.expect('=', `after '${key}'`);
        entries.set(key, this.value());
      } while (s.eat(','));
    });
    s.expect('>', 'after an attribute');
    return { kind: 'struct', entries, text: s.bytes.toString('utf8', at, s.pos) };
  }

  /** `[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]` */
  convolutionDimensions(): AttrMap {
    const { s } = this;
    const entries = new Map<string, Attr>();
    const part = (prefix: string, letters: readonly [string, string, string, string]) => {
      const [first, firstName, second, secondName] = letters;
      const spatial: number[] = [];
      let index = 0;
      const at = s.pos;
      s.list('[', ']', 'in the dimension numbers of a convolution', () => {
        const i = index++;
        s.skip();
        const here = s.pos;
        if (s.eat('?')) return;
        const n = s.digits();
        if (n !== undefined) {
          if (n > 64) s.fail('a convolution has at most 64 spatial dimensions', here);
          spatial[n] = i;
          return;
        }
        const letter = s.expectedWord(`a spatial dimension, '${first}' or '${second}'`);
        if (letter !== first && letter !== second) s.fail(`expected '${first}', '${second}' or a number`, here);
        entries.set(`${prefix}_${letter === first ? firstName : secondName}_dimension`, integerAttr(i));
      });
      if (spatial.includes(undefined as unknown as number)) s.fail('a spatial dimension is missing', at);
      entries.set(`${prefix}_spatial_dimensions`, { kind: 'list', items: spatial.map(integerAttr) });
    };
    part('input', ['b', 'batch', 'f', 'feature']);
    s.expect('x', 'in the dimension numbers of a convolution');
    part('kernel', ['i', 'input_feature', 'o', 'output_feature']);
    s.expect('->', 'in the dimension numbers of a convolution');
    part('output', ['b', 'batch', 'f', 'feature']);
    return entries;
  }

  /** `{-# dialect_resources: { builtin: { name: "0x…" } } #-}` */
  resourceSection(): void {
    const { s } = this;
    s.expect('{-#', 'before the resources');
    const group = (read: (key: string) => void) =>
      s.list('{', '}', 'among the resources', () => {
        const key = s.at('"') ? s.string('a name') : s.expectedWord('a name');
        s.expect(':', `after '${key}'`);
        read(key);
      });
    while (!s.eat('#-}')) {
      const section = s.expectedWord("'dialect_resources' or '#-}'");
      s.expect(':', `after '${section}'`);
      group(() => group((key) => this.resource(key)));
      s.eat(',');
    }
  }

  private resource(key: string): void {
    const { s } = this;
    if (!s.at('"')) {
      this.value();
      return;
    }
    const from = s.pos + 1;
    const to = s.stringEnd(s.pos);
    s.pos = to + 1;
    this.resources.set(key, { from, to });
  }

  /** Once all is read: every resource that was named must be there and have the right size. */
  checkResources(): void {
    for (const { name, type, offset } of this.wanted) {
      const r = this.resources.get(name);
      if (!r) {
        this.s.fail(`the resource '${name}' is not in this text`, offset, 'resources stand at the end, in {-# … #-}');
      }
      if (this.s.text(r.from, r.from + 2) !== '0x' || r.to - r.from < 10 || (r.to - r.from) % 2 !== 0) {
        this.s.fail('a resource is "0x", eight digits of alignment, and its bytes', r.from);
      }
      if (type.dims.includes(DYNAMIC)) this.s.fail(`a constant needs static sizes, not ${showType(type)}`, offset);
      this.resourceLiteral(name, type);
    }
  }
}

export const integerAttr = (value: number): Attr => ({ kind: 'number', value, type: 'i64' });
