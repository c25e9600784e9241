import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { firstDifference } from '../../../src/hlo/equal.js';
import { parseHlo, printHlo } from '../../../src/hlo/hlo-text/index.js';
import { interpret } from '../../../src/hlo/interpreter.js';
import { OpRegistry } from '../../../src/hlo/registry.js';
import { parseStablehlo, printStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { elements, f32 } from '../support.js';
import { again, entry, read, registry, SUM } from './read.js';

const shared = fileURLToPath(new URL('../../../../shared', import.meta.url));
const folders = ['workloads', 'models'];
const filesIn = (path: string, ending: string) => readdirSync(path).filter((n) => n.endsWith(ending));

describe.each(folders)('%s (skipped where the programs are not there)', (folder) => {
  const path = join(shared, folder);
  test.skipIf(!existsSync(path))('HLO text is well-formed, and the same when printed', () => {
    for (const name of filesIn(path, '.hlo.txt')) {
      const text = readFileSync(join(path, name), 'utf8');
      expect(() => read(text), name).not.toThrow();
    }
  });

  test.skipIf(!existsSync(path))('StableHLO text becomes HLO text and stays it', () => {
    for (const name of filesIn(path, '.mlir')) {
      const m = parseStablehlo(readFileSync(join(path, name)), registry, { file: name });
      expect(() => again(parseHlo(printHlo(m, registry), registry)), name).not.toThrow();
    }
  });

  test.skipIf(!existsSync(path))('HLO text becomes StableHLO text and means the same graph', () => {
    for (const name of filesIn(path, '.hlo.txt')) {
      const m = parseHlo(readFileSync(join(path, name)), registry, { file: name });
      const other = parseStablehlo(printStablehlo(m, registry), registry);
      expect(firstDifference(m, other), name).toBeUndefined();
    }
  });
});

test('what HLO has not is written otherwise, with the same meaning', () => {
  const m = parseStablehlo(
    `func.func @main(%a: tensor<2x1xf32>) -> tensor<2x3xf32> {
  %c = stablehlo.constant dense<2.0> : tensor<2x3xf32>
  %b = stablehlo.broadcast_in_dim %a, dims = [0, 1] : (tensor<2x1xf32>) -> tensor<2x3xf32>
  %0 = stablehlo.add %b, %c : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}`,
    registry,
  );
  const text = printHlo(m, registry);
  expect(text).toMatch(/f32\[2\]\{0\} reshape\(Arg\.1\)/);
  expect(text).toMatch(/f32\[2,3\]\{1,0\} broadcast\(constant\.\d+\), dimensions=\{\}/);
  const [out] = interpret(parseHlo(text, registry), registry, [f32([2, 1], [1, 5])]);
  expect(elements(out)).toEqual([3, 3, 3, 7, 7, 7]);
});

test('with every op renamed', () => {
  const renamed = new OpRegistry(registry.definitions, (n) => `x_${n}`);
  const text = entry(
    [
      'a = f32[2,3]{1,0} parameter(0)',
      'z = f32[] constant(0)',
      't = f32[3,2]{0,1} bitcast(a)',
      'b = f32[2,3]{1,0} broadcast(z), dimensions={}',
      's = f32[2,3]{1,0} add(a, b)',
      'ROOT r = f32[2]{0} reduce(s, z), dimensions={1}, to_apply=sum',
    ],
    SUM,
  );
  expect(printHlo(parseHlo(text, renamed), renamed)).toBe(printHlo(parseHlo(text, registry), registry));
});

test('what StableHLO captures and annotates survives HLO text', () => {
  const m = parseStablehlo(
    `module @m attributes {jax.uses_shape_polymorphism = false, mhlo.num_partitions = 1 : i32} {
  func.func public @main(%a: tensor<4xf32> {tf.aliasing_output = 0 : i32, jax.arg_info = "x"}, %p: tensor<i1>, %k: tensor<f32>) -> (tensor<4xf32> {jax.result_info = "y"}, tensor<f32>) {
    %0 = "stablehlo.if"(%p) ({
      stablehlo.return %a : tensor<4xf32>
    }, {
      %n = stablehlo.negate %a : tensor<4xf32>
      stablehlo.return %n : tensor<4xf32>
    }) : (tensor<i1>) -> tensor<4xf32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %1 = "stablehlo.reduce"(%0, %z) <{dimensions = array<i64: 0>}> ({ ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      %t = stablehlo.maximum %s, %k : tensor<f32>
      stablehlo.return %t : tensor<f32>
    }) : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %2 = chlo.lgamma %1 : tensor<f32> -> tensor<f32>
    return %0, %2 : tensor<4xf32>, tensor<f32>
  }
}`,
    registry,
  );
  again(m);
});
