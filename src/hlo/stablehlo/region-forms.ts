/** The pretty forms that hold regions. */
import { type Draft, FormReader, set } from './form-reader.js';
import type { Scanner } from './scanner.js';
import { type BlockArgument, NO_ATTRIBUTES, type RegionSyntax, type Use } from './syntax.js';

export class RegionForms extends FormReader {
  /** `(%x init: %i), (%y init: %j) applies op across dimensions = [0] : …`, or with `reducer(…) (…) {…}`. */
  reduce(d: Draft): void {
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
    set(d, 'dimensions', attributes.value());
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
    const common = { offset, attributes: NO_ATTRIBUTES, regions: [], note: undefined };
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
  while(d: Draft): void {
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

  /**
   * Of the dialect that divides tensors among devices: `%x <@mesh, […]> : T`, `(%x) in_shardings=[…] … (%y: U) {…} : …`.
   * How they are divided is passed over.
   */
  sharding(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    if (s.at('<')) attributes.value();
    if (s.at('(')) this.operandList(d);
    else d.operands.push(this.p.use());
    for (;;) {
      if (s.at('<')) attributes.value();
      else if (s.word() === undefined) break;
      else if (s.eat('=')) attributes.clause();
    }
    if (s.at('(')) {
      const args = s.list('(', ')', `in the arguments of ${d.name}`, () => this.typedArgument());
      d.regions.push(this.p.region(args));
    }
    this.attributeDictionary(d);
    this.typeList(d, d.bindings.length > 0 ? 'same' : 'operands');
  }

  /** `(%x, …) inits(%i, …) dimension=0 attributes {…} {…} : …` */
  scan(d: Draft): void {
    const { attributes } = this.p;
    const s: Scanner = this.p.s;
    this.operandList(d);
    const inputs = d.operands.length;
    s.expectWord('inits', 'after the operands of a scan');
    const inits = s.list('(', ')', 'in the initial values of a scan', () => this.p.use());
    d.operands.push(...inits);
    set(d, 'operand_segment_sizes', { kind: 'numbers', values: [inputs, inits.length], type: 'i32' });
    s.expectWord('dimension', 'in a scan');
    s.expect('=', "after 'dimension'");
    set(d, 'dimension', attributes.value());
    if (s.eatWord('attributes')) this.merge(d, attributes.optionalDictionary());
    d.regions.push(this.p.region());
    this.typeList(d, 'function');
  }
}
