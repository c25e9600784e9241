/** Programs with open shapes: StableHLO's own, specialised, compiled and held against the interpreter. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compareTensors } from '../../src/cli/compare.js';
import { defaultRules } from '../../src/default-rules.js';
import type { Tensor, TensorType } from '../../src/hlo/index.js';
import { interpret } from '../../src/hlo/interpreter.js';
import { randomInput } from '../../src/hlo/recipe.js';
import { parseStablehlo } from '../../src/hlo/stablehlo/index.js';
import { verify } from '../../src/hlo/verifier.js';
import { compile } from '../../src/program.js';
import { specialise } from '../../src/rules/passes/specialise.js';
import { thimble } from '../cli/support.js';

const FOLDER = fileURLToPath(new URL('../../../shared/stablehlo/dynamic/', import.meta.url));
const present = existsSync(FOLDER);
/** Every open size, and every argument that holds one. */
const SIZE = 5;
const { ops } = defaultRules();

/** Arguments that hold sizes are s64[]; those that hold start indices, s32, are 0: `slice` begins there. */
function inputFor(type: TensorType, k: number): Tensor {
  if (type.element === 's64' && type.dims.length === 0) return { type, data: BigInt64Array.of(BigInt(SIZE)) };
  const dims = type.dims.map((n) => (n < 0 ? SIZE : n));
  const made = randomInput({ ...type, dims }, k + 1);
  if (type.element === 's32' && type.dims.every((n) => n >= 0)) made.data.fill(0 as never);
  return made;
}

describe(`dynamic${present ? '' : ' (skipped: ../shared/stablehlo is not there)'}`, () => {
  if (!present) test.skip('programs', () => {});
  for (const file of present ? readdirSync(FOLDER).sort() : []) {
    test(file, () => {
      const source = readFileSync(`${FOLDER}${file}`);
      const open = parseStablehlo(source, ops, { file });
      const inputs = open.entry.parameters.map((p, k) => inputFor(p.result.tensorType, k));
      const { module } = specialise(open, ops, inputs);
      expect(verify(module, ops)).toEqual([]);
      const want = interpret(open, ops, inputs) as Tensor[];
      expect(interpret(module, ops, inputs)).toEqual(want);
      using program = compile(source, { file });
      program.runSync(inputs).forEach((got, o) => {
        expect(compareTensors(got, want[o]!), `output ${o}`).toMatchObject({ ok: true });
      });
    });
  }
});

test.each(['interpreter', 'cpu'])('ops with sizes as operands, expectations held on %s', async (target) => {
  const file = fileURLToPath(new URL('dynamic-ops.mlir', import.meta.url));
  const { out, code } = await thimble('check', file, '--target', target);
  expect(out).toContain('\n10 passed, 0 failed, 0 skipped\n');
  expect(code).toBe(0);
});
