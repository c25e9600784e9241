/** Holds kernels, run in the loop-IR interpreter, against the graph interpreter on random inputs. */
import { expect } from 'vitest';
import { defaultRules } from '../../src/default-rules.js';
import type { Precision } from '../../src/emitters/templates/kernel-context.js';
import type { Tensor } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import type { Target } from '../../src/rules/target.js';
import { relativeError } from './compare.js';
import { compileToLoops, runInterpreted } from './plan-runner.js';

export interface AgreeOptions {
  readonly tolerance?: number;
  readonly precision?: Precision;
  /** Integer inputs by number: uniform in these ranges, both ends included. */
  readonly ranges?: { readonly [input: number]: readonly [number, number] };
  /** Compiled for this machine instead of the host. */
  readonly target?: Target;
  /** Changes the random inputs. */
  readonly inputs?: (inputs: Tensor[]) => void;
}

/** Runs `main` both ways; returns the templates of the plan's steps. */
export function agree(
  source: string,
  { tolerance = 1e-5, precision = 'default', ranges = {}, target, inputs: change }: AgreeOptions = {},
): string[] {
  const { ops } = defaultRules();
  const parsed = parseStablehlo(source, ops);
  const inputs = parsed.entry.parameters.map((p, k) => randomInput(p.result.tensorType, k + 1));
  let seed = 12345;
  for (const [k, [lo, hi]] of Object.entries(ranges)) {
    const { data } = inputs[Number(k)]!;
    for (let i = 0; i < data.length; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const n = lo + (Math.floor(seed / 65536) % (hi - lo + 1));
      data[i] = (typeof data[i] === 'bigint' ? BigInt(n) : n) as never;
    }
  }
  change?.(inputs);
  const want = interpret(parsed, ops, inputs) as Tensor[];
  const c = compileToLoops(parseStablehlo(source, ops), { precision, ...(target ? { target } : {}) });
  const got = runInterpreted(c, inputs);
  got.forEach((g, k) => {
    expect(relativeError(g, want[k]!), `result ${k}`).toBeLessThanOrEqual(tolerance);
  });
  return c.plan!.steps.map((s) => s.label.split(':')[0]!);
}
