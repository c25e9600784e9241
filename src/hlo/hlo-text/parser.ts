/** HLO text to syntax. */
import { FrameTables } from './frames.js';
import type { HloScanner } from './scanner.js';
import { ShapeReader } from './shapes.js';
import type { ComputationSyntax, InstructionSyntax, ModuleSyntax, Range, Use } from './syntax.js';

/** Attributes that name computations, in the order in which an instruction calls them. */
export const CALLEES = [
  'condition',
  'body',
  'select',
  'scatter',
  'to_apply',
  'calls',
  'true_computation',
  'false_computation',
  'branch_computations',
  'called_computations',
  'decomposition',
] as const;
const CALLEE_NAMES: ReadonlySet<string> = new Set(CALLEES);

const NO_ATTRIBUTES: ReadonlyMap<string, Range> = new Map();
const NO_CALLEES: ReadonlyMap<string, readonly Use[]> = new Map();

export class Parser {
  readonly shapes: ShapeReader;

  constructor(readonly s: HloScanner) {
    this.shapes = new ShapeReader(s);
  }

  module(): ModuleSyntax {
    const { s } = this;
    s.expectWord('HloModule', 'at the beginning');
    const name = s.name('the name of the module');
    const attributes = this.attributes(undefined);
    const frames = new FrameTables();
    const computations: ComputationSyntax[] = [];
    while (!s.atEnd) {
      if (s.atWord('HloModule')) s.fail('a second module', s.pos, 'one text is one module');
      if (!frames.section(s)) computations.push(this.computation());
    }
    return { name, attributes, computations, frames };
  }

  /** `, name=value …`; those that name computations go to `callees`. */
  private attributes(callees: Map<string, readonly Use[]> | undefined): ReadonlyMap<string, Range> {
    const { s } = this;
    let attributes: Map<string, Range> | undefined;
    while (s.eat(',')) {
      s.skip();
      const at = s.pos;
      const name = s.name('the name of an attribute');
      if (attributes?.has(name) || callees?.has(name)) s.fail(`the attribute '${name}' is given twice`, at);
      s.expect('=', `after '${name}'`);
      if (callees && CALLEE_NAMES.has(name)) {
        callees.set(name, s.at('{') ? s.list('{', '}', `in '${name}'`, () => this.use()) : [this.use()]);
      } else (attributes ??= new Map()).set(name, s.valueRange());
    }
    return attributes ?? NO_ATTRIBUTES;
  }

  private use(): Use {
    const { s } = this;
    s.skip();
    const offset = s.pos;
    return { name: s.name('a name'), offset };
  }

  private computation(): ComputationSyntax {
    const { s } = this;
    const isEntry = s.eatWord('ENTRY');
    s.skip();
    const offset = s.pos;
    const name = s.name('the name of a computation');
    const signature = s.at('(') ? this.signature() : undefined;
    s.expect('{', `before the instructions of ${name}`);
    const instructions: InstructionSyntax[] = [];
    while (!s.eat('}')) {
      if (s.atEnd) s.fail(`the computation ${name} is never closed with '}'`, offset);
      instructions.push(this.instruction());
    }
    this.attributes(undefined);
    return { name, offset, isEntry, signature, instructions };
  }

  /** `(a: f32[4], b: s32[]) -> f32[4]` */
  private signature(): ComputationSyntax['signature'] {
    const { s } = this;
    const parameters = s.list('(', ')', 'in the parameters of a computation', () => {
      s.name('the name of a parameter');
      s.expect(':', 'after the name of a parameter');
      return this.shapes.shape();
    });
    s.expect('->', 'before the result of a computation');
    return { parameters, result: this.shapes.shape() };
  }

  private instruction(): InstructionSyntax {
    const { s } = this;
    s.skip();
    const offset = s.pos;
    const isRoot = s.eatWord('ROOT');
    const name = s.name('the name of an instruction');
    s.expect('=', 'after the name of an instruction');
    const shape = this.shapes.shape();
    const op = s.plainName() ?? s.fail(`expected an opcode, found ${s.found()}`);
    const leaf = op === 'constant' || op === 'parameter';
    const payload = leaf ? this.payload(op) : undefined;
    const operands = leaf ? [] : this.operands(op);
    const callees = new Map<string, readonly Use[]>();
    const attributes = this.attributes(callees);
    return {
      name,
      offset,
      isRoot,
      shape,
      op,
      operands,
      payload,
      attributes,
      callees: callees.size > 0 ? callees : NO_CALLEES,
    };
  }

  /** Each operand is a name, perhaps with its shape in front. */
  private operands(op: string): Use[] {
    const { s } = this;
    return s.list('(', ')', `in the operands of ${op}`, () => {
      s.skip();
      if (s.bytes[s.pos] === 37) return this.use();
      const offset = s.pos;
      if (!s.at('(')) {
        const name = s.name('the name of an operand');
        if (s.bytes[s.pos] !== 91) return { name, offset };
      }
      s.pos = offset;
      this.shapes.shape();
      return this.use();
    });
  }

  private payload(op: string): Range {
    const { s } = this;
    s.expect('(', `after '${op}'`);
    const from = s.pos;
    const { bytes } = s;
    let depth = 0;
    let i = from;
    for (; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (c === 40) depth++;
      else if (c === 41 && depth-- === 0) break;
    }
    if (i >= bytes.length) s.fail(`this ${op} is never closed with ')'`, from - 1);
    s.pos = i + 1;
    return { from, to: i };
  }
}
