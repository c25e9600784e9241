/** MLIR text to syntax: modules, functions, regions, and operations in the generic form. */
import type { ValueType } from '../types.js';
import { AttributeReader } from './attribute-reader.js';
import { PrettyParser } from './pretty-parser.js';
import type { Scanner } from './scanner.js';
import type {
  AttrMap,
  Binding,
  BlockArgument,
  FunctionSyntax,
  ModuleSyntax,
  OperationSyntax,
  RegionSyntax,
  Use,
} from './syntax.js';
import { TypeReader } from './types-text.js';

export class Parser {
  readonly types: TypeReader;
  readonly attributes: AttributeReader;
  private readonly pretty: PrettyParser;
  private readonly functions: FunctionSyntax[] = [];
  private name = 'module';
  private moduleAttributes: AttrMap = new Map();

  constructor(readonly s: Scanner) {
    this.types = new TypeReader(s);
    this.attributes = new AttributeReader(s, this.types);
    this.pretty = new PrettyParser(this);
  }

  /** The whole text: a module, or functions without one. */
  module(): ModuleSyntax {
    const { s } = this;
    let wrapped = false;
    while (!s.atEnd) {
      const at = s.pos;
      if (this.definition()) continue;
      if (s.atWord('func.func') || s.at('"func.func"')) this.functions.push(this.function());
      else if (this.moduleHeader()) {
        if (wrapped || this.functions.length > 0) {
          s.fail(
            'a second module',
            at,
            'one text is one module; programs separated by `// -----` are read by parseStablehloPrograms',
          );
        }
        wrapped = true;
        this.moduleBody(at);
      } else s.fail(`expected 'module' or 'func.func', found ${s.found()}`, at, 'is this StableHLO text?');
    }
    if (!wrapped && this.functions.length === 0) s.fail(`expected 'module' or 'func.func', found ${s.found()}`);
    this.attributes.checkResources();
    return {
      name: this.name,
      attributes: this.moduleAttributes,
      functions: this.functions,
      locations: this.attributes.locations,
    };
  }

  /** An alias or the resource section, if one stands here. */
  private definition(): boolean {
    const { s } = this;
    if (s.at('#')) this.attributes.defineAlias();
    else if (s.at('!')) this.types.defineAlias();
    else if (s.at('{-#')) this.attributes.resourceSection();
    else return this.mesh();
    return true;
  }

  /** Up to the `{` of the body. */
  private moduleHeader(): boolean {
    const { s } = this;
    if (s.eat('"builtin.module"')) {
      s.expect('(', 'after "builtin.module"');
      s.expect(')', 'after "builtin.module"');
      if (s.at('<')) this.moduleNamed(this.attributes.properties());
      s.expect('(', 'before the region of a module');
      return true;
    }
    if (!s.eatWord('module') && !s.eatWord('builtin.module')) return false;
    if (s.at('@')) this.name = s.sigil('@', 'the name of the module');
    if (s.eatWord('attributes')) this.moduleAttributes = this.attributes.optionalDictionary();
    return true;
  }

  private moduleNamed(properties: AttrMap): void {
    const name = properties.get('sym_name');
    if (name?.kind === 'string') this.name = name.value;
  }

  private moduleBody(at: number): void {
    const { s } = this;
    s.expect('{', 'before the body of a module');
    this.blockLabel();
    while (!s.eat('}')) {
      if (s.atEnd) s.fail("the module is never closed with '}'", at);
      if (s.atWord('func.func') || s.at('"func.func"')) this.functions.push(this.function());
      else if (!this.mesh()) s.fail(`expected 'func.func' or '}' in a module, found ${s.found()}`);
    }
    if (s.eat(')')) {
      if (s.at('{')) this.moduleAttributes = this.attributes.optionalDictionary();
      s.expect(':', 'before the type of a module');
      this.functionType();
    }
    this.attributes.location();
  }

  /** `sdy.mesh @mesh = <["x"=2]>`: where replicas stand, which is nothing to a graph of one device. */
  private mesh(): boolean {
    if (this.s.at('"sdy.mesh"')) {
      this.operation();
      return true;
    }
    if (!this.s.eatWord('sdy.mesh')) return false;
    this.s.sigil('@', 'the name of a mesh');
    this.s.expect('=', 'after the name of a mesh');
    this.attributes.value();
    this.attributes.optionalDictionary();
    return true;
  }

  private function(): FunctionSyntax {
    const { s } = this;
    if (s.at('"')) return this.genericFunction();
    const offset = s.pos;
    s.expectWord('func.func', 'before a function');
    for (const visibility of ['public', 'private', 'nested']) s.eatWord(visibility);
    const name = s.sigil('@', 'the name of a function');
    const argumentAttributes: AttrMap[] = [];
    const args = s.list('(', ')', 'in the arguments of a function', () => {
      const argument = this.blockArgument();
      argumentAttributes.push(this.attributes.optionalDictionary());
      this.attributes.location();
      return argument;
    });
    const resultAttributes: AttrMap[] = [];
    const result = () => {
      const type = this.types.value();
      resultAttributes.push(this.attributes.optionalDictionary());
      return type;
    };
    let resultTypes: ValueType[] = [];
    if (s.eat('->')) {
      resultTypes = s.at('(') ? s.list('(', ')', 'in the results of a function', result) : [this.types.value()];
    }
    if (s.eatWord('attributes')) this.attributes.optionalDictionary();
    if (!s.at('{'))
      s.fail(
        `expected '{' before the body of @${name}, found ${s.found()}`,
        s.pos,
        'functions without a body cannot run',
      );
    const body = this.region(args);
    this.attributes.location();
    return { name, offset, body, argumentAttributes, resultTypes, resultAttributes };
  }

  /** `"func.func"() <{sym_name = "main", …}> ({…}) : () -> ()` */
  private genericFunction(): FunctionSyntax {
    const { s } = this;
    const op = this.operation();
    const name = op.attributes.get('sym_name');
    const [body] = op.regions;
    if (name?.kind !== 'string' || !body)
      return s.fail('a func.func needs the attribute sym_name and one region', op.offset);
    const dictionaries = (key: string): AttrMap[] => {
      const a = op.attributes.get(key);
      return a?.kind === 'list' ? a.items.map((i) => (i.kind === 'dictionary' ? i.entries : new Map())) : [];
    };
    return {
      name: name.value,
      offset: op.offset,
      body,
      argumentAttributes: dictionaries('arg_attrs'),
      resultTypes: body.operations.at(-1)?.operandTypes ?? [],
      resultAttributes: dictionaries('res_attrs'),
    };
  }

  private blockArgument(): BlockArgument {
    const { s } = this;
    s.skip();
    const offset = s.pos;
    const name = s.sigil('%', 'the name of an argument');
    s.expect(':', 'before the type of an argument');
    return { name, type: this.types.value(), offset };
  }

  /** `^bb0(%a: T, …):` if one stands here. */
  private blockLabel(): BlockArgument[] {
    const { s } = this;
    if (!s.at('^')) return [];
    s.sigil('^', 'the name of a block');
    const args = s.at('(')
      ? s.list('(', ')', 'in the arguments of a block', () => {
          const a = this.blockArgument();
          this.attributes.location();
          return a;
        })
      : [];
    s.expect(':', 'after the label of a block');
    return args;
  }

  /** `{ … }` of one block; `args` are those that the form around it gives. */
  region(args: readonly BlockArgument[] = []): RegionSyntax {
    const { s } = this;
    return s.nested(() => {
      s.expect('{', 'before a region');
      const offset = s.pos - 1;
      const labelled = this.blockLabel();
      const operations: OperationSyntax[] = [];
      while (!s.eat('}')) {
        if (s.atEnd) s.fail("this region is never closed with '}'", offset);
        if (s.at('^'))
          s.fail(
            'regions of several blocks are not supported',
            s.pos,
            'use stablehlo.case and stablehlo.while for control flow',
          );
        operations.push(this.operation());
      }
      return { arguments: [...args, ...labelled], operations, offset };
    });
  }

  operation(): OperationSyntax {
    const { s } = this;
    s.skip();
    const start = s.pos;
    const bindings = this.bindings();
    s.skip();
    const offset = bindings.length > 0 ? start : s.pos;
    return s.at('"') ? this.generic(bindings, offset) : this.pretty.operation(bindings, offset);
  }

  /** `%a, %b:2 =`, or nothing. */
  private bindings(): Binding[] {
    const { s } = this;
    const bindings: Binding[] = [];
    if (!s.at('%')) return bindings;
    do {
      s.skip();
      const offset = s.pos;
      const name = s.sigil('%', 'the name of a value');
      const count = s.eat(':') ? s.expectedDigits('the number of results') : 1;
      if (count > 1 << 16) s.fail('an operation has at most 65536 results', offset);
      bindings.push({ name, count, offset });
    } while (s.eat(','));
    s.expect('=', 'after the names of results');
    return bindings;
  }

  use(): Use {
    const { s } = this;
    s.skip();
    const offset = s.pos;
    const name = s.sigil('%', 'the name of a value');
    if (s.bytes[s.pos] !== 35) return { name, index: undefined, offset };
    s.pos++;
    return { name, index: s.expectedDigits('the number of a result'), offset };
  }

  /** `(T, …) -> T` or `(T, …) -> (T, …)` */
  functionType(): { operands: ValueType[]; results: ValueType[] } {
    const { s } = this;
    const types = () => s.list('(', ')', 'in a function type', () => this.types.value());
    const operands = types();
    s.expect('->', 'in a function type');
    return { operands, results: s.at('(') ? types() : [this.types.value()] };
  }

  private generic(bindings: readonly Binding[], offset: number): OperationSyntax {
    const { s } = this;
    const name = s.string('the name of an operation');
    const operands = s.list('(', ')', `in the operands of ${name}`, () => this.use());
    if (s.at('[')) s.fail('operations with successors are not supported');
    const properties = s.at('<') ? this.attributes.properties() : undefined;
    const regions = s.at('(') ? s.list('(', ')', `in the regions of ${name}`, () => this.region()) : [];
    const attributes = this.attributes.optionalDictionary();
    s.expect(':', `before the type of ${name}`);
    const type = this.functionType();
    return {
      name,
      offset,
      bindings,
      operands,
      attributes: properties ? new Map([...attributes, ...properties]) : attributes,
      regions,
      operandTypes: type.operands,
      resultTypes: type.results,
      note: this.attributes.location(),
    };
  }
}
