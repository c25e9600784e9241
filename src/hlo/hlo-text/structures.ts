/** Instructions that hold the program together: what each becomes in a graph without tuples, layouts and fusions. */
import type { Value } from '../graph.js';
import { Literal } from '../literal.js';
import type { Bound } from '../stablehlo/scope.js';
import { storageOf } from '../tensor.js';
import { ELEMENT, isComplex, type TensorType, tensorType } from '../types.js';
import { bitcastSteps, type Laid } from './bitcast.js';
import type { Builder, Frame } from './build.js';
import { CONTROL } from './control.js';
import { customCall } from './custom-calls.js';
import { readLiteral } from './literals.js';
import type { LeafShape, Shape } from './shapes.js';
import type { InstructionSyntax } from './syntax.js';

/** Gives what an instruction's name stands for. */
export type Structure = (b: Builder, i: InstructionSyntax, frame: Frame, operands: readonly Bound[]) => Bound;

/** The only operand. */
export function only(b: Builder, i: InstructionSyntax, operands: readonly Bound[]): Bound {
  const [x] = operands;
  if (x === undefined || operands.length !== 1) b.fail(i, `it takes 1 operand, but ${operands.length} are given`);
  return x;
}

const constant: Structure = (b, i, frame) => {
  const { shape } = i;
  if (shape.kind !== 'leaf' || shape.type.kind !== 'tensor' || shape.type.dims.some((d) => d < 0)) {
    return b.fail(i, 'a constant is a tensor of static sizes');
  }
  b.attributes(i).refuseUnread();
  const value = readLiteral(b.s, i.payload!, shape.type);
  return b.build(i, frame, b.registry.opcode('constant'), { operands: [], attributes: { value } }).result;
};

const tuple: Structure = (_, __, ___, operands) => operands;

const element: Structure = (b, i, _, operands) => {
  const x = only(b, i, operands);
  const a = b.attributes(i);
  const index = a.integer('index') ?? a.missing('index');
  a.refuseUnread();
  if (!Array.isArray(x)) return b.fail(i, 'the operand is no tuple');
  return x[index] ?? b.fail(i, `the tuple has no element ${index}; it has ${x.length}`);
};

/** Where something lies, how it is laid out and who computes it is nothing to a graph. */
const same: Structure = (b, i, _, operands) => only(b, i, operands);

const fusion: Structure = (b, i, frame, operands) => {
  const [callee] = i.callees.get('calls') ?? b.attributes(i).missing('calls');
  return b.inline(callee!, frame, operands, i);
};

/** The same bytes under another shape and layout. */
const bitcast: Structure = (b, i, frame, operands) => {
  const x = only(b, i, operands);
  const to = i.shape;
  if (Array.isArray(x)) return x;
  const value = b.here(frame, x as Value);
  if (to.kind === 'tuple' || to.type.kind !== 'tensor' || value.type.kind !== 'tensor') return x;
  const from = frame.names.get(i.operands[0]!.name)!.shape;
  const layout = from.kind === 'leaf' ? from.layout : undefined;
  b.attributes(i).refuseUnread();
  return changed(b, i, frame, value, { dims: value.type.dims, layout }, to as TensorShape);
};

type TensorShape = LeafShape & { readonly type: TensorType };

function changed(b: Builder, i: InstructionSyntax, frame: Frame, x: Value, from: Laid, to: TensorShape): Value {
  const source = x.tensorType;
  const target: Laid = { dims: to.type.dims, layout: to.layout };
  if ([...source.dims, ...to.type.dims].some((d) => d < 0)) b.fail(i, 'a bitcast needs static sizes');
  if (source.element === to.type.element) return moved(b, i, frame, x, from, target);
  const [wide, narrow] = [ELEMENT[source.element].bits, ELEMENT[to.type.element].bits];
  if (wide === narrow && isComplex(source.element) === isComplex(to.type.element)) {
    const y = moved(b, i, frame, x, from, target);
    return b.build(i, frame, b.registry.opcode('bitcast-convert'), { operands: [y], declared: [to.type] }).result;
  }
  // Widths differ: through memory order on both sides.
  const memory = (l: Laid): Laid => ({
    dims: l.layout ? [...l.layout].reverse().map((d) => l.dims[d]!) : l.dims,
    layout: undefined,
  });
  const flat = moved(b, i, frame, x, from, memory(from));
  const type = tensorType(to.type.element, memory(target).dims);
  const y = b.build(i, frame, b.registry.opcode('bitcast'), { operands: [flat], declared: [type] }).result;
  return moved(b, i, frame, y, memory(target), target);
}

function moved(b: Builder, i: InstructionSyntax, frame: Frame, x: Value, from: Laid, to: Laid): Value {
  const size = (l: Laid) => l.dims.reduce((n, d) => n * d, 1);
  if (size(from) !== size(to)) b.fail(i, 'the operand and the result hold different numbers of elements');
  return bitcastSteps(from, to).reduce((value, step) => {
    const declared = [tensorType(x.tensorType.element, step.dims)];
    const attributes = step.kind === 'transpose' ? { permutation: step.permutation } : {};
    return b.build(i, frame, b.registry.opcode(step.kind), { operands: [value], attributes, declared }).result;
  }, x);
}

/** `op-start` computes at once; its result waits for `op-done` under the instruction's name. */
const start =
  (op: string): Structure =>
  (b, i, frame, operands) => {
    const { shape } = i;
    const wrapped = i.callees.get('calls')?.[0];
    const inner: Shape = shape.kind === 'tuple' && !PLAIN_STARTS.has(op) ? (shape.elements[1] ?? shape) : shape;
    let result: Bound;
    const structure = STRUCTURES.get(op);
    if (wrapped) result = b.inline(wrapped, frame, operands, i);
    else if (structure) result = structure(b, { ...i, op, shape: inner }, frame, operands);
    else result = b.ordinary({ ...i, shape: inner }, frame, operands, op);
    frame.started.set(i.name, result);
    if (PLAIN_STARTS.has(op) || shape.kind !== 'tuple') return result;
    const first = op === 'copy' ? result : shape.elements[0]?.kind === 'tuple' ? operands : operands[0]!;
    return shape.elements.map((e, k) => (k === 0 ? first : k === 1 ? result : zeros(b, i, frame, e)));
  };

/** Their shape is the result's own. */
const PLAIN_STARTS: ReadonlySet<string> = new Set(['all-reduce']);

/** What the graph does not have (contexts of operations under way), as zeros. */
function zeros(b: Builder, i: InstructionSyntax, frame: Frame, shape: Shape): Bound {
  if (shape.kind === 'tuple') return shape.elements.map((e) => zeros(b, i, frame, e));
  if (shape.type.kind !== 'tensor') return b.fail(i, 'a token cannot wait in an operation under way');
  const zero = new (storageOf(shape.type.element))(isComplex(shape.type.element) ? 2 : 1);
  const value = Literal.splat(shape.type, zero);
  const made = b.build(i, frame, b.registry.opcode('constant'), { operands: [], attributes: { value } });
  b.contexts.push(made);
  return made.result;
}

const update: Structure = (b, i, frame, operands) => {
  const x = only(b, i, operands);
  const waiting = frame.started.get(i.operands[0]!.name);
  if (waiting !== undefined) frame.started.set(i.name, waiting);
  return x;
};

const done: Structure = (b, i, frame, operands) => {
  only(b, i, operands);
  return frame.started.get(i.operands[0]!.name) ?? b.fail(i, 'its operand is no operation that has started');
};

/** A transfer gives (data, context, token); what counts of it comes with its `-done`. */
const transfer: Structure = (b, i, frame, operands) => {
  const { shape } = i;
  if (shape.kind !== 'tuple' || shape.elements.length !== 3) return b.fail(i, 'its shape is (data, context, token)');
  const [data, context, token] = shape.elements as [Shape, Shape, Shape];
  const sends = i.op === 'send';
  const given: Shape = sends ? token : { kind: 'tuple', elements: [data, token] };
  const result = b.ordinary({ ...i, shape: given }, frame, operands);
  frame.started.set(i.name, result);
  const middle = zeros(b, i, frame, context);
  return sends ? [operands[0]!, middle, result] : [(result as Bound[])[0]!, middle, (result as Bound[])[1]!];
};

/** What an opcode stands for that is no op of its own: any op may be started, updated and done asynchronously. */
export function structureOf(op: string, isOp: (name: string) => boolean): Structure | undefined {
  const known = STRUCTURES.get(op);
  if (known) return known;
  const [, started = '', phase = ''] = /^(.+)-(start|update|done)$/.exec(op) ?? [];
  if (started !== 'async' && !STRUCTURES.has(started) && !isOp(started)) return undefined;
  return { start: start(started), update, done }[phase];
}

const STRUCTURES: ReadonlyMap<string, Structure> = new Map<string, Structure>([
  ['constant', constant],
  ['tuple', tuple],
  ['get-tuple-element', element],
  ['copy', same],
  ['domain', same],
  ['fusion', fusion],
  ['bitcast', bitcast],
  ['custom-call', customCall],
  ['send', transfer],
  ['recv', transfer],
  ['send-done', done],
  ['recv-done', done],
  ...CONTROL,
]);
