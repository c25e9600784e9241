import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import {
  type Buffer,
  INDEX,
  type Kernel,
  type Let,
  type LoopType,
  type Operation,
  type Stmt,
} from '../../../src/emitters/loop/ir.js';
import { verifyKernel } from '../../../src/emitters/loop/verify.js';

const buffer = (
  id: number,
  element: Buffer['element'],
  access: Buffer['access'],
  space: Buffer['space'] = 'global',
) => ({
  id,
  name: `b${id}`,
  element,
  count: 64,
  access,
  space,
});
const BUFFERS = [buffer(0, 'f32', 'read'), buffer(1, 'f32', 'write'), buffer(2, 's8', 'readwrite', 'local')];

const kernel = (body: readonly Stmt[], buffers: readonly Buffer[] = BUFFERS): Kernel => ({
  name: 'k',
  buffers,
  tasks: 4,
  task: 0,
  body,
  valueCount: 40,
});
const let_ = (id: number, type: LoopType, operation: Operation): Let => ({ kind: 'let', id, type, operation });
const type = (element: LoopType['element'], lanes = 1): LoopType => ({ element, lanes });
const f32 = type('f32');
const pred = type('pred');
const s32 = type('s32');

/** Values of several types to try operations on. */
const GIVEN: Stmt[] = [
  let_(1, f32, { op: 'const', value: 1 }),
  let_(2, type('f32', 4), { op: 'const', value: 1 }),
  let_(3, s32, { op: 'const', value: 1 }),
  let_(4, pred, { op: 'const', value: 1 }),
  let_(5, type('pred', 4), { op: 'const', value: 1 }),
  let_(6, type('s64', 4), { op: 'const', value: 1 }),
  let_(7, type('f64'), { op: 'const', value: 1 }),
  let_(8, type('s8'), { op: 'const', value: 1 }),
];
const problemsOf = (...body: Stmt[]) => verifyKernel(kernel([...GIVEN, ...body])).join('\n');
const problemOf = (t: LoopType, operation: Operation) => problemsOf(let_(20, t, operation));

describe('a correct kernel', () => {
  it('has no problems', () => {
    const b = new KernelBuilder('k', 4);
    const data = b.buffer('data', 'f16', 64, 'read');
    const out = b.buffer('out', 'f32', 64, 'readwrite');
    const [sum] = b.loop('i', b.index(0), b.index(4), 1, [b.constant(f32, 0)], (i, [s]) => [
      b.binary('add', s!, b.load(data, i)),
    ]);
    b.if(b.compare('lt', b.task, b.index(2)), () => b.store(out, b.task, sum!));
    expect(verifyKernel(b.finish())).toEqual([]);
    expect(problemsOf()).toBe('');
  });
});

describe('scopes', () => {
  const loop = (body: Stmt[], carried: Extract<Stmt, { kind: 'for' }>['carried'] = [], step = 1): Stmt => ({
    kind: 'for',
    iv: 30,
    label: 'i',
    lo: 0,
    hi: 0,
    step,
    carried,
    body,
  });
  const negate = (id: number, a: number) => let_(id, f32, { op: 'neg', a });

  it('forbid reads before the definition, and of what is never defined', () => {
    expect(problemsOf(negate(20, 21), negate(21, 1))).toContain('value 21 is read before it is defined');
    expect(problemsOf(negate(20, 20))).toContain('value 20 is read before it is defined');
    expect(problemsOf(negate(20, 39))).toContain('value 39 is read before it is defined');
  });
  it('forbid second definitions and ids out of range', () => {
    expect(problemsOf(negate(20, 1), negate(20, 1))).toContain('value 20 is defined twice');
    expect(problemsOf(negate(0, 1))).toContain('value 0 is defined twice');
    expect(problemsOf(negate(40, 1))).toContain('value 40 is outside 0 … 39');
    expect(problemsOf(negate(-1, 1))).toContain('value -1 is outside 0 … 39');
  });
  it('end with their block', () => {
    const outside = 'value 20 is read outside the block that defines it';
    expect(problemsOf(loop([negate(20, 1)]), negate(21, 20))).toContain(outside);
    expect(problemsOf(loop([negate(20, 1)]), { ...loop([negate(21, 20)]), iv: 31 } as Stmt)).toContain(outside);
    const branches: Stmt = { kind: 'if', cond: 4, then: [negate(20, 1)], else: [negate(21, 20)] };
    expect(problemsOf(branches)).toContain(outside);
    expect(problemsOf(loop([]), let_(21, INDEX, { op: 'neg', a: 30 }))).toContain('value 30 is read outside the block');
  });
  it('hold for carried values', () => {
    const carried = { init: 1, param: 20, next: 21, result: 22, type: f32 };
    expect(problemsOf(loop([negate(21, 20)], [carried]), negate(23, 22))).toBe('');
    expect(problemsOf(loop([negate(21, 20)], [carried]), negate(23, 20))).toContain('value 20 is read outside');
    expect(problemsOf(loop([negate(21, 22)], [carried]))).toContain('value 22 is read before it is defined');
    expect(problemsOf(loop([], [carried]))).toContain('value 21 is read before it is defined');
    expect(problemsOf(loop([], [{ ...carried, next: 3 }]))).toContain('the next value is s32, not f32');
    expect(problemsOf(loop([negate(21, 20)], [{ ...carried, init: 3 }]))).toContain(
      'the initial value is s32, not f32',
    );
  });
  it('have loops that advance, between indices, and branches on one pred', () => {
    expect(problemsOf(loop([], [], 0))).toContain('a loop cannot step by 0');
    expect(problemsOf(loop([], [], -2))).toContain('a loop cannot step by -2');
    expect(problemsOf({ ...loop([]), hi: 3 } as Stmt)).toContain('the upper bound is s32, not s64');
    expect(problemsOf({ ...loop([]), lo: 6 } as Stmt)).toContain('the lower bound is s64x4, not s64');
    expect(problemsOf({ ...loop([]), unroll: 0 } as Stmt)).toContain('cannot be unrolled 0 times');
    expect(problemsOf({ kind: 'if', cond: 5, then: [], else: [] })).toContain('the condition is predx4, not pred');
  });
});

describe('types', () => {
  it.each<[string, LoopType, Operation]>([
    ['the operand is f64, not f32', f32, { op: 'add', a: 1, b: 7 }],
    ['the operand is f32x4, not f32', f32, { op: 'add', a: 1, b: 2 }],
    ['the operand is f32, not f32x4', type('f32', 4), { op: 'neg', a: 1 }],
    ['sqrt does not work on s32', s32, { op: 'sqrt', a: 3 }],
    ['and does not work on f32', f32, { op: 'and', a: 1, b: 1 }],
    ['add does not work on pred', pred, { op: 'add', a: 4, b: 4 }],
    ['shl does not work on f32', f32, { op: 'shl', a: 1, b: 1 }],
    ['copysign does not work on s32', s32, { op: 'copysign', a: 3, b: 3 }],
    ['popcnt does not work on f32', f32, { op: 'popcnt', a: 1 }],
    ['fma does not work on s32', s32, { op: 'fma', a: 3, b: 3, c: 3 }],
    ['the operand is f64, not f32', f32, { op: 'fma', a: 1, b: 1, c: 7 }],
    ['the condition is pred, not predx4', type('f32', 4), { op: 'select', cond: 4, a: 2, b: 2 }],
    ['the operand is s32, not f32', f32, { op: 'select', cond: 4, a: 1, b: 3 }],
    ['the second operand is s32, not f32', pred, { op: 'cmp', how: 'lt', a: 1, b: 3 }],
    ['the result is pred, not predx4', pred, { op: 'cmp', how: 'lt', a: 2, b: 2 }],
    ['the operand has 1 lanes, the result 4', type('f32', 4), { op: 'convert', a: 3 }],
    ['f64 and s32 differ in width', s32, { op: 'bitcast', a: 7 }],
    ['pred and s8 differ in width, or one is pred', type('s8'), { op: 'bitcast', a: 4 }],
    ['f64 is no float type narrower than f32', f32, { op: 'roundTo', a: 1, to: 'f64' }],
    ['s8 is no float type narrower than f32', f32, { op: 'roundTo', a: 1, to: 's8' }],
    ['the operand is f32x4, not f32', type('f32', 8), { op: 'splat', a: 2 }],
    ['lanes does not work on pred', type('pred', 4), { op: 'lanes' }],
    ['the operand has only 4 lanes', type('f32', 2), { op: 'part', a: 2, from: 3 }],
    ['the operand holds f32, the result s32', s32, { op: 'part', a: 2, from: 0 }],
    ['the pattern gives 1 lanes, the type has 2', type('f32', 2), { op: 'shuffle', a: 2, b: 2, pattern: [0] }],
    ['the pattern leaves lanes 0 … 7', f32, { op: 'shuffle', a: 2, b: 2, pattern: [8] }],
    ['1.5 is no s32', s32, { op: 'const', value: 1.5 }],
    ['128 is no s8', type('s8'), { op: 'const', value: 128 }],
    ['-1 is no u64', type('u64'), { op: 'const', value: -1n }],
    ['9007199254740992 is no s64', INDEX, { op: 'const', value: 2 ** 53 }],
    ['2 is no pred', pred, { op: 'const', value: 2 }],
    ['1 is no f32', f32, { op: 'const', value: 1n }],
    ['f16 is no type of values', { element: 'f16' as 'f32', lanes: 1 }, { op: 'const', value: 1 }],
    ['a value cannot have 0 lanes', type('f32', 0), { op: 'const', value: 1 }],
  ])('%s', (problem, t, operation) => {
    expect(problemOf(t, operation)).toContain(problem);
  });
});

describe('memory', () => {
  it.each<[string, LoopType, Operation]>([
    ['b1 is for writing only', f32, { op: 'load', buffer: 1, index: 0 }],
    ['there is no buffer 7', f32, { op: 'load', buffer: 7, index: 0 }],
    ["the buffer's elements load as f32, not f64", type('f64'), { op: 'load', buffer: 0, index: 0 }],
    ["the buffer's elements load as s8, not s32", s32, { op: 'load', buffer: 2, index: 0 }],
    ['the index is s32, not s64', f32, { op: 'load', buffer: 0, index: 3 }],
    ['the mask is pred, not predx4', type('f32', 4), { op: 'load', buffer: 0, index: 0, mask: 4 }],
    ['the index is s64, not s64x4', type('f32', 4), { op: 'gather', buffer: 0, index: 0 }],
    ['the index is f32x4, not s64x4', type('f32', 4), { op: 'gather', buffer: 0, index: 2 }],
    ['b1 is for writing only', type('f32', 4), { op: 'gather', buffer: 1, index: 6 }],
  ])('%s', (problem, t, operation) => {
    expect(problemOf(t, operation)).toContain(problem);
  });
  it.each<[string, Stmt]>([
    ['b0 is for reading only', { kind: 'store', buffer: 0, index: 0, value: 1 }],
    ['the stored value is s32, not f32', { kind: 'store', buffer: 1, index: 0, value: 3 }],
    ['the stored value is f32, not s8', { kind: 'store', buffer: 2, index: 0, value: 1 }],
    ['the index is s64x4, not s64', { kind: 'store', buffer: 1, index: 6, value: 2 }],
    ['the mask is predx4, not pred', { kind: 'store', buffer: 1, index: 0, value: 1, mask: 5 }],
    ['b0 is for reading only', { kind: 'scatter', buffer: 0, index: 6, value: 2 }],
    ['the index is s64, not s64x4', { kind: 'scatter', buffer: 1, index: 0, value: 2 }],
    ['there is no buffer 3', { kind: 'scatter', buffer: 3, index: 6, value: 2 }],
  ])('%s', (problem, statement) => {
    expect(problemsOf(statement)).toContain(problem);
  });
  it('has buffers in order, with sizes', () => {
    const check = (...buffers: Buffer[]) => verifyKernel(kernel([], buffers)).join('\n');
    expect(check({ ...BUFFERS[0]!, id: 1 })).toContain('buffer b0 has id 1 at place 0');
    expect(check({ ...BUFFERS[0]!, count: -1 })).toContain('buffer b0 cannot have -1 elements');
    expect(check(buffer(0, 'f32', 'read', 'local'))).toContain('local buffer b0 must be readwrite, not read');
    expect(check(buffer(0, 'f32', 'readwrite', 'local'), buffer(1, 'f32', 'read'))).toContain(
      "buffer b1 is a parameter but stands behind one of the kernel's own",
    );
    expect(verifyKernel({ ...kernel([]), tasks: -1 })).toEqual(['kernel k: -1 is no number of tasks']);
  });
});

describe('problems', () => {
  const wrong = kernel([...GIVEN, let_(20, f32, { op: 'add', a: 1, b: 7 })]);
  it('come with the statement as it prints', () => {
    expect(verifyKernel(wrong)).toEqual(['kernel k: the operand is f64, not f32, in: %1 f32 = add 1.0, 1.0']);
  });
  it('keep the interpreter from running the kernel', () => {
    expect(() => runKernel(wrong, [new Float32Array(64), new Float32Array(64)])).toThrow('the operand is f64, not f32');
  });
});
