/** Law 2: nobody but an op's registry entry and the rules knows which op it is. */
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import { OpRegistry } from '../../src/hlo/index.js';
import { OPS } from '../../src/hlo/ops/index.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { type RuleSet, RuleSet as Rules } from '../../src/rules/index.js';
import { gpuTarget, hostTarget, type Target } from '../../src/rules/target.js';
import type { Step } from '../../src/runtime/plan.js';
import { compileToLoops } from '../support/plan-runner.js';
import { ABSENT, WORKLOADS, workloadText } from '../support/workloads.js';

/** Names that say nothing, in an order that has nothing to do with that of the ops. */
function renamed(seed: number): RuleSet {
  const base = defaultRules();
  const names = new Map(OPS.map((d, k) => [d.name, `q${((k + 1) * 7919 * seed) % 104729}`]));
  return new Rules(new OpRegistry(OPS, (name) => names.get(name) ?? name), base.rules, base.order);
}

/** Labels are for people, and name ops. */
const withoutLabels = (steps: readonly Step[]): unknown =>
  JSON.parse(JSON.stringify(steps, (key, value) => (key === 'label' ? undefined : value)));

const kernelsOf = (rules: RuleSet, name: string, target: Target = hostTarget()) => {
  const { plan } = compileToLoops(parseStablehlo(workloadText(name), rules.ops), { rules, target });
  return {
    kernels: plan!.kernels.map((k) => k.hash),
    steps: withoutLabels(plan!.steps),
    buffers: plan!.buffers,
  };
};

describe.each([
  ['of the processor', hostTarget()],
  ['of a graphics processor', gpuTarget('sm_80')],
] as const)(`renaming every op changes no kernel %s${ABSENT}`, (_, target) => {
  const rules = renamed(20261122);
  test.each(WORKLOADS)('%s', (name) => {
    expect(kernelsOf(rules, name, target)).toEqual(kernelsOf(defaultRules(), name, target));
  });
});

describe('deleting an emission rule', () => {
  const program = `func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.sine %x : tensor<4xf32>
  %1 = stablehlo.add %0, %x : tensor<4xf32>
  return %1 : tensor<4xf32>
}`;

  test('makes programs with the op fail, naming the op and its place', () => {
    const base = defaultRules();
    const rules = new Rules(
      base.ops,
      base.rules.filter((r) => !(r.kind === 'emit' && r.op === 'sine')),
      base.order,
    );
    expect(() => compileToLoops(parseStablehlo(program, rules.ops), { rules })).toThrow(/sine.*emission rule/);
  });

  test.each(WORKLOADS.filter((_, k) => k % 5 === 0))(`changes nothing else: %s${ABSENT}`, (name) => {
    const base = defaultRules();
    const used = new Set<string>(
      parseStablehlo(workloadText(name), base.ops)
        .entry.topological()
        .map((i) => i.opcode as string),
    );
    const spare = base.rules.filter((r) => r.kind === 'emit' && r.op.startsWith('a') && used.has(r.op) === false);
    const rules = new Rules(
      base.ops,
      base.rules.filter((r) => !spare.slice(-1).includes(r)),
      base.order,
    );
    expect(kernelsOf(rules, name)).toEqual(kernelsOf(base, name));
  });
});
