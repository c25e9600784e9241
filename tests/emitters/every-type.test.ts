/** Every op that instances can be made of, on every real element type, compiled against interpreted. */
import { expect, test } from 'vitest';
import { runPasses } from '../../src/compiler.js';
import { defaultRules } from '../../src/default-rules.js';
import {
  Computation,
  ELEMENT_TYPES,
  type ElementType,
  type Instruction,
  isComplex,
  isFloat,
  Module,
  type OpDefinition,
  OpError,
  partType,
  type Tensor,
  type TensorType,
  tensorType,
} from '../../src/hlo/index.js';
import { interpret, runComputation } from '../../src/hlo/interpreter.js';
import { reader } from '../../src/hlo/numeric/access.js';
import { ulpDistance } from '../../src/hlo/numeric/ulp.js';
import { compilerOptions, executableOf } from '../../src/program.js';
import { describe } from '../../src/rules/engine.js';
import { op, rest, rewrite, variables } from '../../src/rules/index.js';
import { copyBody } from '../../src/rules/passes/inline.js';
import { Random } from '../../src/rules/random.js';
import { generateInstance, Misfit } from '../../src/rules/verify/generate.js';
import { randomQuantized, randomTensor } from '../../src/rules/verify/values.js';

const rules = defaultRules();
const { ops } = rules;
const { xs } = variables('xs');
/** What emission rules of single ops promise for f32 and narrower types; f64 is computed by the same formulas. */
const MOST_ULP = 2;
const MOST_ULP_OF_F64 = 8;

const isPlain = (d: OpDefinition): boolean =>
  d.stablehlo.length > 0 &&
  (d.traits.includes('elementwise') || rules.sampleRule(ops.opcode(d.name)) !== undefined) &&
  !d.traits.some((t) => t === 'side-effect' || t === 'nondeterministic' || t === 'collective') &&
  d.kind === 'compute';

const takesQuantized = (d: OpDefinition): boolean =>
  isPlain(d) && d.traits.some((t) => t === 'through-reals' || t === 'shape-only' || t === 'combines');

/** An instance of the op with a result of this type that the interpreter runs; undefined where there is none. */
function instanceOf(
  d: OpDefinition,
  random: Random,
  type: TensorType,
): { c: Computation; root: Instruction } | undefined {
  const any = rewrite('any', op(d.name, [rest(xs)]), { to: () => [], fp: 'exact' });
  try {
    const { computation: c, root } = generateInstance(any, rules, random, type);
    const args = c.parameters.map((p) => randomTensor(random, p.result.tensorType));
    runComputation(c, ops, args);
    return { c, root };
  } catch (e) {
    if (e instanceof Misfit || e instanceof OpError) return undefined;
    throw e;
  }
}

/** Instances side by side in one module. */
function together(instances: readonly { c: Computation }[]): Module {
  const main = new Computation('main');
  const parameter = ops.opcode('parameter');
  const results = instances.flatMap(({ c }) => {
    const args = c.parameters.map((p) => main.addParameter(parameter, p.result.type));
    return copyBody(c, main, args, ops);
  });
  main.setResults(results);
  const module = new Module('all');
  module.add(main);
  return module;
}

/** Kernels compute f8e8m0fnu in f32: what is too small for that is zero, of which f8e8m0fnu makes NaN. */
const isLost = (element: ElementType, got: number, want: number): boolean =>
  element === 'f8e8m0fnu' && Number.isNaN(got) && want === 2 ** -127;

function worst(got: Tensor, want: Tensor): number {
  const { element } = want.type;
  const part = partType(element);
  if (!isFloat(part)) return got.data.every((x, i) => x === want.data[i]) ? 0 : Infinity;
  const read = reader(part);
  return Math.max(
    0,
    ...Array.from(want.data as Float64Array, (_, i) => {
      const [x, y] = [read(got.data, i) as number, read(want.data, i) as number];
      return isLost(element, x, y) ? 0 : ulpDistance(part, x, y);
    }),
  );
}

function disagreements(typeOf: (random: Random) => TensorType, seed: number, which = isPlain): string[] {
  const random = new Random(seed);
  const lines: string[] = [];
  const instances = ops.definitions.filter(which).flatMap((d) => instanceOf(d, random, typeOf(random)) ?? []);
  const compiled = instances.filter((i) => {
    try {
      runPasses(together([i]), compilerOptions({ fold: false }), 'emit');
      return true;
    } catch (e) {
      lines.push(`${describe(i.root)}: ${(e as Error).message}`);
      return false;
    }
  });
  const module = together(compiled);
  const inputs = module.entry.parameters.map((p) => randomTensor(random, p.result.tensorType));
  const roots = compiled.flatMap((i) => i.c.results.map(() => i.root));
  const want = interpret(module, ops, inputs) as Tensor[];
  using program = executableOf(runPasses(module, compilerOptions({ fold: false })), 'cpu', 1);
  program.runSync(inputs).forEach((got, k) => {
    const ulp = worst(got, want[k]!);
    if (ulp > (partType(want[k]!.type.element) === 'f64' ? MOST_ULP_OF_F64 : MOST_ULP))
      lines.push(`${describe(roots[k]!)}: ${ulp} ULP\n got ${got.data}\nwant ${want[k]!.data}`);
  });
  expect(roots.length).toBeGreaterThan(20);
  return lines;
}

test.each(ELEMENT_TYPES.filter((e) => !isComplex(e)))('%s', (element) => {
  const shape = (random: Random) => Array.from({ length: random.int(0, 3) }, () => random.int(1, 5));
  expect(disagreements((random) => tensorType(element, shape(random)), 7)).toEqual([]);
});

test('quantized', () => {
  const shape = (random: Random) => Array.from({ length: random.int(0, 3) }, () => random.int(1, 5));
  expect(disagreements((random) => randomQuantized(random, shape(random)), 7, takesQuantized)).toEqual([]);
});
