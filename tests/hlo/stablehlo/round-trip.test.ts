import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { structurallyEqual } from '../../../src/hlo/equal.js';
import { defineOp, OpRegistry } from '../../../src/hlo/registry.js';
import { parseStablehlo, parseStablehloPrograms, printStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { again, main, registry } from './read.js';

const shared = fileURLToPath(new URL('../../../../shared', import.meta.url));
const folders = [
  'workloads',
  'models',
  'stablehlo/static',
  'stablehlo/interpret',
  'stablehlo/quantized',
  'stablehlo/dynamic',
];
/** Runs programs on several replicas: of the test programs alone. */
const RUN_PARALLEL = 'interpreter.run_parallel';

describe('what is printed reads back as the same graph', () => {
  for (const folder of folders) {
    const path = join(shared, folder);
    test.skipIf(!existsSync(path))(`${folder} (skipped where the programs are not there)`, () => {
      for (const name of readdirSync(path).filter((n) => n.endsWith('.mlir'))) {
        const source = readFileSync(join(path, name));
        if (source.includes(RUN_PARALLEL)) continue;
        for (const m of parseStablehloPrograms(source, registry, { file: basename(name) })) {
          expect(() => again(m), name).not.toThrow();
        }
      }
    });
  }

  test('an op of a user, called by its target', () => {
    const op = defineOp({
      name: 'my-scale',
      doc: 'operand times a factor',
      operands: 1,
      customCallTarget: 'my.scale',
      infer: (c) => [c.operands[0]!],
      evaluate: (c) => c.operands,
    });
    const mine = registry.extend([op]);
    const text = main(
      '%a: tensor<2xf32>',
      'tensor<2xf32>',
      '%0 = stablehlo.custom_call @my.scale(%a) {mhlo.backend_config = {factor = 2.5 : f32, num_heads = 4 : i64}} : (tensor<2xf32>) -> tensor<2xf32>',
      'return %0 : tensor<2xf32>',
    );
    const m = parseStablehlo(text, mine);
    const i = m.entry.results[0]!.producer;
    expect(i.opcode).toBe('my-scale');
    expect(i.attributes).toEqual({ factor: 2.5, numHeads: 4 });
    expect(structurallyEqual(parseStablehlo(printStablehlo(m, mine), mine), m)).toBe(true);
  });

  test('an op that StableHLO has no word for', () => {
    const m = parseStablehlo(main('%a: tensor<2xf32>', 'tensor<2xf32>', 'return %a : tensor<2xf32>'), registry);
    const { entry } = m;
    const copy = registry.build(entry, registry.opcode('copy'), { operands: entry.results });
    entry.setResults(copy.results);
    expect(printStablehlo(m, registry)).toContain('"thimble.copy"(%arg0) : (tensor<2xf32>) -> tensor<2xf32>');
    again(m);
  });

  test('a mesh of devices is passed over', () => {
    const text = `module @m {\n sdy.mesh @mesh = <["x"=2, "y"=4]>\n ${main('%a: tensor<2xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}]>}', 'tensor<2xf32>', 'return %a : tensor<2xf32>')}}`;
    again(parseStablehlo(text, registry));
  });

  test('with every op renamed', () => {
    const renamed = new OpRegistry(registry.definitions, (n) => `x_${n}`);
    const text = main(
      '%a: tensor<2x3xf32>, %z: tensor<f32>',
      'tensor<2xf32>',
      '%r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>',
      'return %r : tensor<2xf32>',
    );
    expect(printStablehlo(parseStablehlo(text, renamed), renamed)).toBe(
      printStablehlo(parseStablehlo(text, registry), registry),
    );
  });

  test('a difference is found', () => {
    const text = (op: string) =>
      main(
        '%a: tensor<2xf32>',
        'tensor<2xf32>',
        `%0 = stablehlo.${op} %a : tensor<2xf32>`,
        'return %0 : tensor<2xf32>',
      );
    const [abs, negate] = [parseStablehlo(text('abs'), registry), parseStablehlo(text('negate'), registry)];
    expect(structurallyEqual(abs, negate)).toBe(false);
    expect(structurallyEqual(abs, parseStablehlo(text('abs'), registry))).toBe(true);
  });
});

test('several programs in one text have their own lines', () => {
  const program = main(
    '%a: tensor<f32>',
    'tensor<f32>',
    '%0 = stablehlo.abs %a : tensor<f32>',
    'return %0 : tensor<f32>',
  );
  const [, second] = parseStablehloPrograms(`${program}// -----\n${program}`, registry);
  expect(second!.entry.results[0]!.producer.location?.line).toBe(7);
});
