/** Calls, loops and branches: the tuples that HLO passes to them become several values. */
import type { Attributes } from '../attributes.js';
import type { Value } from '../graph.js';
import { AttributeReader } from '../stablehlo/attribute-reader.js';
import { foreignMap } from '../stablehlo/foreign.js';
import { Scope } from '../stablehlo/scope.js';
import { TypeReader } from '../stablehlo/types-text.js';
import type { Builder } from './build.js';
import type { HloScanner } from './scanner.js';
import type { Structure } from './structures.js';
import type { InstructionSyntax, Use } from './syntax.js';
import type { AttributeValues } from './values.js';

function callee(b: Builder, i: InstructionSyntax, name: string): Use {
  const uses = i.callees.get(name) ?? b.attributes(i).missing(name);
  return uses.length === 1 ? uses[0]! : b.fail(i, `'${name}' must name one computation`);
}

const call: Structure = (b, i, frame, operands) => {
  const called = [b.functionOf(callee(b, i, 'to_apply'))];
  const a = b.attributes(i);
  const composite = a.flag('is_composite') === true;
  const attributes = composite ? compositeAttributes(a) : {};
  a.refuseUnread();
  const opcode = composite ? b.registry.opcode('composite') : b.registry.fromHlo('call')!;
  return b.add(i, frame, opcode, { operands: b.values(i, frame, operands), attributes, called });
};

/** Among `frontend_attributes`: the name, the version and, as an MLIR dictionary, the attributes. */
function compositeAttributes(a: AttributeValues): Attributes {
  const fields = a.frontend();
  const inner = fields.get('composite.attributes');
  return {
    name: fields.get('composite.name') ?? a.fail("'composite.name' is missing among the frontend attributes"),
    attributes: inner === undefined ? {} : dictionaryOf(a, inner),
    version: Number(fields.get('composite.version') ?? 0),
  };
}

/** An MLIR dictionary in a text of its own. */
export function dictionaryOf(a: AttributeValues, text: string): Attributes {
  return a.nestedText(text, (s) => foreignMap(readDictionary(s)));
}

export const readDictionary = (s: HloScanner) => new AttributeReader(s, new TypeReader(s)).optionalDictionary();

const loop: Structure = (b, i, frame, operands) => {
  const called = ['condition', 'body'].map((name) => b.region(callee(b, i, name)));
  b.attributes(i).refuseUnread();
  return b.add(i, frame, b.registry.fromHlo('while')!, { operands: b.values(i, frame, operands), called });
};

/**
 * Each of HLO's branches has an operand of its own. Here all take what any of them reads, each value once, in the order
 * of the first uses: as captures of StableHLO's regions.
 */
const conditional: Structure = (b, i, frame, operands) => {
  const [selector, ...given] = operands;
  const branches = i.callees.get('branch_computations') ?? [
    callee(b, i, 'true_computation'),
    callee(b, i, 'false_computation'),
  ];
  b.attributes(i).refuseUnread();
  if (selector === undefined || Array.isArray(selector)) return b.fail(i, 'the first operand selects the branch');
  if (given.length !== branches.length) {
    b.fail(i, `${branches.length} branches need an operand each, but ${given.length} are given`);
  }
  const parameter = b.registry.opcode('parameter');
  const around = new Scope(frame.computation);
  const captures: Value[] = [];
  const places = new Map<Value, number>();
  const scopes: Scope[] = [];
  const called = branches.map((use, k) =>
    b.region(use, (c, shapes) => {
      if (shapes.length > 1) b.fail(i, `the branch ${use.name} takes ${shapes.length} operands, where one is given`);
      for (const shape of shapes) b.expectFit(given[k]!, shape, i, `operand ${k + 1}`);
      const scope = new Scope(c, around, captures, places);
      scopes.push(scope);
      const capture = (v: Value) => scope.capture(b.here(frame, v), around, parameter) as Value;
      return { arguments: shapes.map(() => given[k]!), capture };
    }),
  );
  for (const scope of scopes) scope.parametersOfCaptures(parameter);
  const select = b.here(frame, selector as Value);
  const binary = select.type.kind === 'tensor' && select.type.element === 'pred';
  const opcode = binary ? b.registry.opcode('if') : b.registry.fromHlo('conditional')!;
  const attributes = captures.length > 0 ? { captures: captures.length } : {};
  return b.add(i, frame, opcode, { operands: [select, ...captures], attributes, called });
};

/** The barrier holds back every element. */
const barrier: Structure = (b, i, frame, operands) => {
  b.attributes(i).refuseUnread();
  return b.add(i, frame, b.registry.fromHlo(i.op)!, { operands: b.values(i, frame, operands) });
};

export const CONTROL: readonly (readonly [string, Structure])[] = [
  ['call', call],
  ['while', loop],
  ['conditional', conditional],
  ['opt-barrier', barrier],
];
