import { describe, expect, it } from 'vitest';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { runKernel } from '../../../src/emitters/loop/interpreter.js';
import {
  type BinaryOp,
  type CompareOp,
  type Kernel,
  type LaneType,
  laneTypeOf,
  type UnaryOp,
  type ValueId,
} from '../../../src/emitters/loop/ir.js';
import { storageOf, type TypedArray } from '../../../src/hlo/tensor.js';
import { ELEMENT, ELEMENT_TYPES, type ElementType } from '../../../src/hlo/types.js';
import { avx2Target, hostTarget, type TargetInfo } from '../../../src/rules/target.js';
import { StepTable } from '../../../src/runtime/driver-abi.js';
import { runSteps, withCode } from './harness.js';
import { difference, samples } from './values.js';

const LANE_TYPES: LaneType[] = ['pred', 's8', 's16', 's32', 's64', 'u8', 'u16', 'u32', 'u64', 'f32', 'f64'];
const FLOATS: LaneType[] = ['f32', 'f64'];
const INTEGERS = LANE_TYPES.filter((t) => ELEMENT[t].class === 'signed' || ELEMENT[t].class === 'unsigned');
const NUMBERS = [...INTEGERS, ...FLOATS];
const NARROW = ELEMENT_TYPES.filter((t) => ELEMENT[t].class === 'float' && ELEMENT[t].bits < 32);

interface Case {
  readonly name: string;
  readonly from: readonly ElementType[];
  readonly to: ElementType;
  readonly compute: (b: KernelBuilder, operands: readonly ValueId[]) => ValueId;
  /** Mends operands that the operation must not see. */
  readonly mend?: (operands: TypedArray[]) => void;
}

/** out[i] = compute(in0[i], in1[i] …), `lanes` elements a task. */
function mapKernel(name: string, c: Case, lanes: number, tasks: number): Kernel {
  const b = new KernelBuilder(name, tasks);
  const count = lanes * tasks;
  const sources = c.from.map((t, i) => b.buffer(`in${i}`, t, count, 'read'));
  const out = b.buffer('out', c.to, count, 'write');
  const base = b.binary('mul', b.task, b.index(lanes));
  b.store(
    out,
    base,
    c.compute(
      b,
      sources.map((s) => b.load(s, base, lanes)),
    ),
  );
  return b.finish();
}

/** All cases as one object: native against the interpreter. */
function compareCases(cases: readonly Case[], lanes: number, target: TargetInfo = hostTarget()): void {
  const tasks = Math.ceil(240 / lanes);
  const kernels = cases.map((c, i) => mapKernel(`k${i}`, c, lanes, tasks));
  const wrong: string[] = [];
  withCode(kernels, { target }, (code) => {
    for (const [i, c] of cases.entries()) {
      const operands = c.from.map((t, j) => samples(t, lanes * tasks, 1 + i + 11 * j));
      c.mend?.(operands);
      const native = new (storageOf(c.to))(lanes * tasks);
      const expected = new (storageOf(c.to))(lanes * tasks);
      runKernel(kernels[i]!, [...operands, expected]);
      const table = new StepTable();
      table.launch(code.address(`k${i}`), [...operands.keys(), operands.length], tasks);
      runSteps(table, { begin: 0, end: 1 }, [...operands, native]);
      const found = difference(c.to, native, expected);
      if (found) {
        const at = Number(/\d+/.exec(found)![0]);
        wrong.push(`${c.name}: ${found} for ${operands.map((o) => o[at]).join(', ')}`);
      }
    }
  });
  expect(wrong).toEqual([]);
}

const unary = (op: UnaryOp, types: readonly LaneType[]): Case[] =>
  types.map((t) => ({ name: `${op} ${t}`, from: [t], to: t, compute: (b, [a]) => b.unary(op, a!) }));

const binary = (op: BinaryOp, types: readonly LaneType[], mend?: (t: LaneType) => Case['mend']): Case[] =>
  types.map((t) => {
    const c: Case = { name: `${op} ${t}`, from: [t, t], to: t, compute: (b, [x, y]) => b.binary(op, x!, y!) };
    const m = mend?.(t);
    return m ? { ...c, mend: m } : c;
  });

const replace = (data: TypedArray, f: (x: number | bigint) => number | bigint): void => {
  const d = data as { [i: number]: number | bigint; length: number };
  for (let i = 0; i < d.length; i++) d[i] = f(d[i]!);
};
const like = (t: LaneType, n: number) => (ELEMENT[t].bits === 64 ? BigInt(n) : n);
const noDivisionTrap =
  (t: LaneType) =>
  ([, divisor]: TypedArray[]) =>
    replace(divisor!, (x) => (x === like(t, 0) || x === like(t, -1) ? like(t, 3) : x));
const shiftsBelowWidth =
  (t: LaneType) =>
  ([, amount]: TypedArray[]) =>
    replace(amount!, (x) => like(t, Number(BigInt.asUintN(64, BigInt(x)) % BigInt(ELEMENT[t].bits))));
/** JavaScript does not keep the sign of a NaN. */
const noNaNSigns =
  () =>
  ([, sign]: TypedArray[]) =>
    replace(sign!, (x) => (Number.isNaN(x) ? -1 : x));

const CASES: Case[] = [
  ...unary('neg', NUMBERS),
  ...unary('abs', ['s8', 's16', 's32', 's64', ...FLOATS]),
  ...(['sqrt', 'floor', 'ceil', 'trunc', 'roundEven'] as const).flatMap((op) => unary(op, FLOATS)),
  ...unary('not', ['pred', ...INTEGERS]),
  ...unary('popcnt', INTEGERS),
  ...unary('clz', INTEGERS),
  ...(['add', 'sub', 'mul'] as const).flatMap((op) => binary(op, NUMBERS)),
  ...(['div', 'rem'] as const).flatMap((op) => [...binary(op, FLOATS), ...binary(op, INTEGERS, noDivisionTrap)]),
  ...(['min', 'max'] as const).flatMap((op) => binary(op, LANE_TYPES)),
  ...(['and', 'or', 'xor'] as const).flatMap((op) => binary(op, ['pred', ...INTEGERS])),
  ...(['shl', 'shrl', 'shra'] as const).flatMap((op) => binary(op, INTEGERS, shiftsBelowWidth)),
  ...binary('copysign', FLOATS, noNaNSigns),
  ...FLOATS.map(
    (t): Case => ({
      name: `fma ${t}`,
      from: [t, t, t],
      to: t,
      compute: (b, [x, y, z]) => b.fma(x!, y!, z!),
    }),
  ),
  ...LANE_TYPES.map(
    (t): Case => ({
      name: `select ${t}`,
      from: ['pred', t, t],
      to: t,
      compute: (b, [p, x, y]) => b.select(p!, x!, y!),
    }),
  ),
  ...LANE_TYPES.flatMap((t) =>
    (['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as CompareOp[]).map(
      (how): Case => ({
        name: `${how} ${t}`,
        from: [t, t],
        to: 'pred',
        compute: (b, [x, y]) => b.compare(how, x!, y!),
      }),
    ),
  ),
  ...LANE_TYPES.flatMap((from) =>
    LANE_TYPES.filter((to) => to !== from).map(
      (to): Case => ({
        name: `convert ${from} to ${to}`,
        from: [from],
        to,
        compute: (b, [x]) => b.convert(x!, to),
      }),
    ),
  ),
  ...[
    ['f32', 's32'],
    ['s32', 'f32'],
    ['f32', 'u32'],
    ['f64', 's64'],
    ['u64', 'f64'],
    ['s8', 'u8'],
    ['u16', 's16'],
  ].map(
    ([from, to]): Case => ({
      name: `bitcast ${from} to ${to}`,
      from: [from as LaneType],
      to: to as LaneType,
      // A NaN's bits are JavaScript's business, so they become 0 before they show.
      compute: (b, [x]) => {
        const clean =
          ELEMENT[from as LaneType].class === 'float'
            ? b.select(b.compare('eq', x!, x!), x!, b.constant(b.typeOf(x!), 0))
            : x!;
        return b.bitcast(clean, to as LaneType);
      },
    }),
  ),
  ...FLOATS.flatMap((t) =>
    [...NARROW, ...(t === 'f64' ? (['f32'] as const) : [])].map(
      (to): Case => ({
        name: `roundTo ${to} in ${t}`,
        from: [t],
        to: t,
        compute: (b, [x]) => b.roundTo(x!, to),
      }),
    ),
  ),
  ...[0, 40, 1e30].map(
    (k): Case => ({
      name: `any above ${k}`,
      from: ['f32'],
      to: 'pred',
      compute: (b, [x]) => b.splat(b.any(b.compare('gt', x!, b.constant(b.typeOf(x!), k))), b.typeOf(x!).lanes),
    }),
  ),
  ...(['f32', 'f64'] as const).flatMap((t) =>
    (['min', 'max'] as const).flatMap((op) =>
      [0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY].map(
        (k): Case => ({
          name: `${op} ${t} with ${Object.is(k, -0) ? '-0' : k}`,
          from: [t],
          to: t,
          compute: (b, [x]) => b.binary(op, x!, b.constant(b.typeOf(x!), k)),
        }),
      ),
    ),
  ),
];

/** Loads and stores of every element type: the value as it is, and from values that need rounding or wrapping. */
const BUFFER_CASES: Case[] = ELEMENT_TYPES.filter((t) => ELEMENT[t].class !== 'complex').flatMap((t): Case[] => [
  { name: `copy ${t}`, from: [t], to: t, compute: (_, [x]) => x! },
  { name: `widen ${t}`, from: [t], to: laneTypeOf(t), compute: (_, [x]) => x! },
  { name: `narrow to ${t}`, from: [laneTypeOf(t)], to: t, compute: (_, [x]) => x! },
]);

describe('native code computes what the interpreter computes', () => {
  it.each([1, 3, 8, 16, 64])('every operation, %i lanes', (lanes) => {
    compareCases(CASES, lanes);
  });

  it.each([1, 8, 16, 64, 3])('every element type in memory, %i lanes', (lanes) => {
    compareCases(BUFFER_CASES, lanes);
  });

  it.each([1, 8])('every operation with AVX2 alone, %i lanes', (lanes) => {
    compareCases([...CASES, ...BUFFER_CASES], lanes, avx2Target());
  });
});
