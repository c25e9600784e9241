import { describe, expect, test } from 'vitest';
import { assemble } from '../../../src/cli/ptxas.js';
import { defaultRules } from '../../../src/default-rules.js';
import { compilePtx } from '../../../src/emitters/llvm/ptx.js';
import { KernelBuilder } from '../../../src/emitters/loop/builder.js';
import { launchOf } from '../../../src/emitters/loop/launch.js';
import { multiplesOf } from '../../../src/emitters/loop/multiples.js';
import { parseStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { GPU_PROCESSORS, gpuTarget } from '../../../src/rules/target.js';
import { type LaunchStep, type Step, stepsInside } from '../../../src/runtime/plan.js';
import { compileToLoops } from '../../support/plan-runner.js';
import { NO_PTXAS, PTXAS } from '../../support/ptxas.js';
import { ABSENT, WORKLOADS, workloadText } from '../../support/workloads.js';

const F32 = { element: 'f32', lanes: 1 } as const;

/** y[i] = x[i] + 1, four at a time. */
function addOne(offset: number) {
  const b = new KernelBuilder('add_one', 4, 64);
  const x = b.buffer('x', 'f32', 1024 + offset, 'read');
  const y = b.buffer('y', 'f32', 1024, 'write');
  const at = b.binary('mul', b.binary('add', b.binary('mul', b.task, b.index(64)), b.thread), b.index(4));
  const v = b.load(x, b.binary('add', at, b.index(offset)), 4);
  b.store(y, at, b.binary('add', v, b.constant({ element: 'f32', lanes: 4 }, 1)));
  return b.finish();
}

describe('PTX', () => {
  const ptx = (kernel = addOne(0), processor = 'sm_80') => compilePtx([kernel], gpuTarget(processor));

  test('is of the processor, with an entry that says its threads', () => {
    for (const processor of GPU_PROCESSORS) expect(ptx(addOne(0), processor)).toContain(`.target ${processor}`);
    expect(ptx()).toMatch(/\.visible \.entry add_one\([\s\S]*?\)\s*\.maxntid 64/);
  });

  test('moves 16 bytes at once where they are sure to be aligned, and else each element', () => {
    expect(ptx()).toContain('ld.global.v4.f32');
    expect(ptx()).toContain('st.global.v4.f32');
    expect(ptx(addOne(1))).not.toContain('ld.global.v4');
    expect(ptx(addOne(1)).match(/ld\.global\.f32/g)).toHaveLength(4);
    expect(ptx(addOne(4))).toContain('ld.global.v4.f32');
  });

  test('rounds each sum by itself: nothing is contracted behind our back', () => {
    expect(ptx()).toContain('add.rn.f32');
    expect(ptx()).not.toMatch(/\b(add|mul|sub)\.f32/);
  });

  test('has shared memory, barriers, exchanges and atomics', () => {
    const b = new KernelBuilder('all', 1, 64);
    const out = b.buffer('out', 'f32', 1, 'readwrite');
    const tile = b.buffer('tile', 'f64', 64, 'readwrite', 'shared');
    b.store(tile, b.thread, b.convert(b.thread, 'f64'));
    b.barrier();
    const turned = b.load(tile, b.binary('sub', b.index(63), b.thread));
    const other = b.fromThread(turned, b.index(0));
    for (const how of ['add', 'min', 'max'] as const) b.atomic(how, out, b.index(0), b.convert(other, 'f32'));
    const kernel = b.finish();
    expect(launchOf(kernel)).toEqual({ blocks: 1, threads: 64, sharedBytes: 512 });
    const text = compilePtx([kernel], gpuTarget('sm_80'));
    expect(text).toMatch(/st\.shared\.f64/);
    expect(text).toMatch(/bar\.sync\s+0/);
    expect(text.match(/shfl\.sync\.idx\.b32/g)).toHaveLength(2);
    expect(text).toMatch(/atom\.(global\.)?add\.f32|red\.(global\.)?add\.f32/);
    expect(text).toMatch(/atom\.(global\.)?cas\.b32/);
  });

  test('of single-thread tasks has blocks for all of them', () => {
    const b = new KernelBuilder('tasks', 1000);
    b.store(b.buffer('out', 'f32', 1000, 'write'), b.task, b.constant(F32, 1));
    expect(launchOf(b.finish())).toEqual({ blocks: 8, threads: 128, sharedBytes: 0 });
  });
});

test('index values are known to be multiples', () => {
  const b = new KernelBuilder('k', 1, 32);
  const eight = b.binary('mul', b.thread, b.index(8));
  const sum = b.binary('add', eight, b.index(4));
  const half = b.emit({ element: 's64', lanes: 1 }, { op: 'div', a: eight, b: b.index(2) });
  const out = b.buffer('out', 's64', 512, 'write');
  let iv = 0;
  b.loop('i', b.index(16), b.index(64), 12, [], (i) => {
    iv = i;
    b.store(out, i, sum);
    b.store(out, i, half);
    return [];
  });
  const multiples = multiplesOf(b.finish());
  expect([eight, sum, half, iv, b.thread].map((v) => multiples[v])).toEqual([8, 4, 4, 4, 1]);
});

/** Templates whose kernels, and kernels of what they compute, have all that they need in registers. */
const NO_SPILLS = /^(map|rows)\b/;

const skip = !PTXAS || WORKLOADS.length === 0;
describe.skipIf(skip).each(['sm_80', 'sm_90a'])(`ptxas accepts for %s${NO_PTXAS}${ABSENT}`, (processor) => {
  test.each(WORKLOADS)('%s', (name) => {
    const target = gpuTarget(processor);
    const { kernels, plan } = compileToLoops(parseStablehlo(workloadText(name), defaultRules().ops), { target });
    const { error, uses } = assemble(PTXAS!, compilePtx(kernels!, target), processor);
    expect(error).toBeUndefined();
    expect([...uses.keys()].sort()).toEqual(kernels!.map((k) => k.name).sort());
    const spilling = launchSteps(plan!.steps).filter(
      ({ label, launches }) =>
        NO_SPILLS.test(label) && launches.some((l) => uses.get(kernels![l.kernel]!.name)!.spillBytes),
    );
    expect(spilling.map(({ label }) => label)).toEqual([]);
  });
});

const launchSteps = (steps: readonly Step[]): LaunchStep[] =>
  steps.flatMap((s) => (s.kind === 'launch' ? [s] : stepsInside(s).flatMap(launchSteps)));
