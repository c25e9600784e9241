/** Element rules as loop IR, in vectors: well-formed, and bit-equal to the same rules run on numbers. */
import { describe, expect, test } from 'vitest';
import { ELEMENTWISE } from '../../../rules-db/emit/elementwise/index.js';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import { Lane, LoopScalars } from '../../../src/emitters/stitch/loop-scalars.js';
import { type ElementType, OpRegistry, tensorType } from '../../../src/hlo/index.js';
import { OPS } from '../../../src/hlo/ops/index.js';
import { type EmitRule, ruleSet } from '../../../src/rules/index.js';
import { compileRule } from '../../../src/rules/scalar-code.js';

const set = ruleSet({ ops: new OpRegistry(OPS), rules: ELEMENTWISE });
const byName = new Map(ELEMENTWISE.map((r) => [r.op, r]));
const COUNT = 64;
const BINARY = new Set(['atan2', 'power', 'zeta', 'polygamma']);

/** Values over the whole range, in a fixed order. */
function inputs(type: 'f32' | 'f64', seed: number): Float32Array | Float64Array {
  const special = [0, -0, 1, -1, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e-45, 3.5];
  const out = type === 'f32' ? new Float32Array(COUNT) : new Float64Array(COUNT);
  for (let i = 0; i < COUNT; i++) {
    const x = Math.sin((i + 1) * (seed + 12.9898)) * 43758.5453;
    out[i] = special[i] ?? (x - Math.round(x)) * 10 ** ((i % 12) - 4);
  }
  return out;
}

function asKernel(rule: EmitRule, type: ElementType, arity: number, lanes: number) {
  const b = new KernelBuilder(rule.op, COUNT / lanes);
  const operands = Array.from({ length: arity }, (_, i) => b.buffer(`x${i}`, type, COUNT, 'read'));
  const result = b.buffer('y', type, COUNT, 'write');
  const at = b.binary('mul', b.task, b.index(lanes));
  const args = operands.map((buffer) => new Lane(b.load(buffer, at, lanes)));
  const view = { operands: operands.map(() => tensorType(type)), results: [tensorType(type)], attributes: {} };
  const value = rule.element!(new LoopScalars(b, set), args, view);
  b.store(result, at, value.id);
  return { kernel: b.finish(), view };
}

const functions = ELEMENTWISE.filter((r) => r.accuracy);
describe.each(['f32', 'f64'] as const)('%s', (type) => {
  test.each(functions.map((r) => [r.op, r] as const))('%s', (op, rule) => {
    const arity = BINARY.has(op) ? 2 : 1;
    const { kernel, view } = asKernel(rule, type, arity, 8);
    const args = Array.from({ length: arity }, (_, i) => inputs(type, i));
    const out = type === 'f32' ? new Float32Array(COUNT) : new Float64Array(COUNT);
    runKernel(kernel, [...args, out]);
    const f = compileRule(rule, view, (name) => byName.get(name));
    const want = out.slice().map((_, i) => f(...args.map((a) => a[i]!)) as number);
    expect([...out]).toEqual([...want]);
  });
});
