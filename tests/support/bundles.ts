/** Bundles of small programs, in a folder of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type BundleOptions, writeBundle } from '../../src/bundle.js';
import { runPasses } from '../../src/compiler.js';
import { type CompileOptions, compilerOptions, moduleOf } from '../../src/program.js';
import { Container, writeContainer } from '../../src/runtime/bundle/container.js';
import { sourceOf } from '../../src/runtime/bundle/source.js';

export const folder = mkdtempSync(join(tmpdir(), 'thimble-bundles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;

/** The file of a new bundle. */
export function bundleOf(
  source: string | Uint8Array,
  options: CompileOptions = {},
  expectations?: BundleOptions['expectations'],
): string {
  const file = join(folder, `${made++}.bundle`);
  const { target = 'cpu' } = options;
  const compilation = runPasses(moduleOf(source, options), compilerOptions({ cache: false, ...options }));
  writeBundle(file, compilation, { target, expectations });
  return file;
}

export const ADD = `func.func @main(%a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %0 = stablehlo.add %a, %b : tensor<8xf32>
  return %0 : tensor<8xf32>
}`;

/** Constants that are tables, two steps with a temporary between them, and a call of the C library. */
export const TABLES = `func.func @main(%a: tensor<64x32xf32>) -> (tensor<32xf32>, tensor<4xf32>) {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %w = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %t = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<64x32xf32>, tensor<f32>) -> tensor<64xf32>
  %b = stablehlo.broadcast_in_dim %t, dims = [0] : (tensor<64xf32>) -> tensor<64x32xf32>
  %m = stablehlo.multiply %a, %b : tensor<64x32xf32>
  %r = stablehlo.reduce(%m init: %z) applies stablehlo.add across dimensions = [0] : (tensor<64x32xf32>, tensor<f32>) -> tensor<32xf32>
  %f = stablehlo.slice %r [0:4] : (tensor<32xf32>) -> tensor<4xf32>
  %q = stablehlo.remainder %f, %w : tensor<4xf32>
  return %r, %q : tensor<32xf32>, tensor<4xf32>
}`;

/** A loop whose number of iterations is an argument, with a branch inside. */
export const CONTROL = `func.func @main(%n: tensor<i32>, %x: tensor<16xf32>) -> tensor<16xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %two = stablehlo.constant dense<2> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<16xf32>
    cond {
      %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %k = stablehlo.remainder %i, %two : tensor<i32>
      %w = "stablehlo.case"(%k) ({
        %s = stablehlo.sine %v : tensor<16xf32>
        stablehlo.return %s : tensor<16xf32>
      }, {
        %s = stablehlo.add %v, %v : tensor<16xf32>
        stablehlo.return %s : tensor<16xf32>
      }) : (tensor<i32>) -> tensor<16xf32>
      %j = stablehlo.add %i, %one : tensor<i32>
      stablehlo.return %j, %w : tensor<i32>, tensor<16xf32>
    }
  return %r#1 : tensor<16xf32>
}`;

/** Many tasks, for several threads. */
export const WIDE = `func.func @main(%a: tensor<512x1024xf32> {jax.arg_info = "x", tf.aliasing_output = 0 : i32}) -> (tensor<512x1024xf32> {jax.result_info = "y"}) {
  %0 = stablehlo.tanh %a : tensor<512x1024xf32>
  return %0 : tensor<512x1024xf32>
}`;

/** The sum over two processes. */
export const SUM = `func.func @main(%a: tensor<6xf32>) -> tensor<6xf32> {
  %r = "stablehlo.all_reduce"(%a) ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
  }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<6xf32>) -> tensor<6xf32>
  return %r : tensor<6xf32>
}`;
export const TWO_PROCESSES: CompileOptions = { grid: { replicas: 2, partitions: 1 } };

/** What a bundle holds, taken apart, to be put together again with checksums that match. */
export interface Parts {
  // biome-ignore lint/suspicious/noExplicitAny: tests put anything anywhere
  header: any;
  readonly sections: Map<string, Uint8Array>;
}

/** A new bundle: the old one with `change` done to its parts. */
export function altered(file: string, change: (parts: Parts) => void): string {
  const container = Container.open(sourceOf(file));
  const { sections: listed, ...header } = container.header.object() as { sections: { name: string }[] };
  const parts: Parts = { header, sections: new Map(listed.map(({ name }) => [name, container.read(name)])) };
  change(parts);
  const to = join(folder, `${made++}.bundle`);
  const sections = [...parts.sections].map(([name, bytes]) => ({ name, bytes: bytes.length, content: () => bytes }));
  writeContainer(to, parts.header, sections);
  return to;
}

/** The same of one section that is JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests put anything anywhere
export const alteredJson = (file: string, name: string, change: (json: any) => void): string =>
  altered(file, ({ sections }) => {
    const json = JSON.parse(Buffer.from(sections.get(name)!).toString('utf8'));
    change(json);
    sections.set(name, Buffer.from(JSON.stringify(json)));
  });
