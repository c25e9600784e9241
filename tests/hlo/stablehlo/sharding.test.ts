/** What JAX prints of meshes and shardings, run as one program on whole tensors; futures, done at once. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../../../src/hlo/interpreter.js';
import { parseStablehlo, printStablehlo } from '../../../src/hlo/stablehlo/index.js';
import { compile, tensor } from '../../../src/index.js';
import { elements, f32, registry } from '../support.js';

const MESH = `sdy.mesh @mesh = <["x"=2, "y"=1]>`;
const module = (body: string) => `module @jit_f attributes {mhlo.num_partitions = 2 : i32} {
  ${MESH}
  func.func public @main(%a: tensor<2xf32> {mhlo.sharding = "{devices=[2]<=[2]}", sdy.sharding = #sdy.sharding<@mesh, [{"x"}]>}) ->
      (tensor<2xf32> {jax.result_info = "", sdy.sharding = #sdy.sharding<@mesh, [{"x", ?}], replicated={"y"}>}) {
    ${body}
    return %r : tensor<2xf32>
  }
}`;

const TEXTS: readonly (readonly [string, string])[] = [
  ['a constraint', '%r = sdy.sharding_constraint %a <@mesh, [{"x"}]> : tensor<2xf32>'],
  ['another sharding', '%r = sdy.reshard %a <@mesh, [{}]> {note = 1 : i64} : tensor<2xf32>'],
  ['a barrier', '%r = sdy.propagation_barrier %a allowed_direction=BACKWARD : tensor<2xf32>'],
  ['an edge', '%r = sdy.data_flow_edge %a sharding=<@mesh, [{"x"}]> : tensor<2xf32>'],
  [
    'a group',
    `sdy.sharding_group %a group_id=21 : tensor<2xf32>
    %r = stablehlo.reshape %a : (tensor<2xf32>) -> tensor<2xf32>`,
  ],
  [
    'shardings of values',
    '%r = stablehlo.abs %a {sdy.sharding = #sdy.sharding_per_value<[<@mesh, [{"x"}]>]>} : tensor<2xf32>',
  ],
  [
    'a computation for each device',
    `%r = sdy.manual_computation(%a) in_shardings=[<@mesh, [{"y"}]>] out_shardings=[<@mesh, [{"y"}]>] manual_axes={"y"} (%b: tensor<2xf32>) {
      %0 = stablehlo.abs %b : tensor<2xf32>
      sdy.return %0 : tensor<2xf32>
    } : (tensor<2xf32>) -> tensor<2xf32>`,
  ],
  [
    'a computation by name, which reads from outside',
    `%c = stablehlo.abs %a : tensor<2xf32>
    %r = sdy.named_computation<"f">(%a) in_shardings=[<@mesh, [{"x"}]>] out_shardings=[<@mesh, [{"x"}]>] (%b: tensor<2xf32>) {
      %0 = stablehlo.maximum %b, %c : tensor<2xf32>
      sdy.return %0 : tensor<2xf32>
    } : (tensor<2xf32>) -> tensor<2xf32>`,
  ],
  [
    'the same in the generic form',
    `%r = "sdy.manual_computation"(%a) <{in_shardings = #sdy.sharding_per_value<[<@mesh, [{"y"}]>]>, manual_axes = #sdy<manual_axes{"y"}>}> ({
    ^bb0(%b: tensor<2xf32>):
      %0 = stablehlo.abs %b : tensor<2xf32>
      "sdy.return"(%0) : (tensor<2xf32>) -> ()
    }) : (tensor<2xf32>) -> tensor<2xf32>`,
  ],
  [
    'a call',
    '%r = stablehlo.custom_call @Sharding(%a) {backend_config = "", mhlo.sharding = "{devices=[2]<=[2]}"} : (tensor<2xf32>) -> tensor<2xf32>',
  ],
  [
    'calls there and back',
    `%0 = stablehlo.custom_call @SPMDFullToShardShape(%a) {mhlo.sharding = "{manual}"} : (tensor<2xf32>) -> tensor<2xf32>
    %r = stablehlo.custom_call @SPMDShardToFullShape(%0) {mhlo.sharding = "{devices=[1]0}"} : (tensor<2xf32>) -> tensor<2xf32>`,
  ],
  [
    "the calls of programs that leave JAX's process",
    `%0 = stablehlo.custom_call @xla.sdy.FuncResultSharding(%a) {has_side_effect = true, mhlo.frontend_attributes = {xla.sdy.sharding = "#sdy.sharding_per_value<[<@mesh, [{}]>]>"}} : (tensor<2xf32>) -> tensor<2xf32>
    %1 = stablehlo.custom_call @xla.sdy.GlobalToLocalShape(%0) : (tensor<2xf32>) -> tensor<2xf32>
    %r = stablehlo.custom_call @xla.sdy.LocalToGlobalShape(%1) : (tensor<2xf32>) -> tensor<2xf32>`,
  ],
  [
    'a future',
    `%0 = "stablehlo.async_start"(%a) ({
    ^bb0(%b: tensor<2xf32>):
      %1 = "stablehlo.all_gather"(%b) <{all_gather_dim = 0 : i64, replica_groups = dense<[[0]]> : tensor<1x1xi64>}> : (tensor<2xf32>) -> tensor<2xf32>
      stablehlo.return %1 : tensor<2xf32>
    }) : (tensor<2xf32>) -> !stablehlo.future<tensor<2xf32>>
    %r = "stablehlo.async_done"(%0) : (!stablehlo.future<tensor<2xf32>>) -> tensor<2xf32>`,
  ],
  [
    'a future of two values',
    `%0 = "stablehlo.async_start"(%a) ({
    ^bb0(%b: tensor<2xf32>):
      %1 = stablehlo.abs %b : tensor<2xf32>
      stablehlo.return %b, %1 : tensor<2xf32>, tensor<2xf32>
    }) : (tensor<2xf32>) -> !stablehlo.future<tensor<2xf32>, tensor<2xf32>>
    %1:2 = "stablehlo.async_done"(%0) : (!stablehlo.future<tensor<2xf32>, tensor<2xf32>>) -> (tensor<2xf32>, tensor<2xf32>)
    %r = stablehlo.maximum %1#0, %1#1 : tensor<2xf32>`,
  ],
];

describe('on one device', () => {
  test.each(TEXTS)('%s', (_, body) => {
    const text = module(body);
    const parsed = parseStablehlo(text, registry);
    const x = f32([2], [1, 2]);
    expect(interpret(parsed, registry, [x]).map(elements)).toEqual([[1, 2]]);
    const printed = printStablehlo(parsed, registry);
    expect(printStablehlo(parseStablehlo(printed, registry), registry)).toBe(printed);
    using program = compile(text);
    expect([...program.runSync([tensor('f32', [2], Float32Array.of(1, 2))])[0]!.data]).toEqual([1, 2]);
  });

  test('a tensor that is divided needs more devices', () => {
    const body = `%r = sdy.manual_computation(%a) in_shardings=[<@mesh, [{"x"}]>] out_shardings=[<@mesh, [{"x"}]>] manual_axes={"x"} (%b: tensor<1xf32>) {
      sdy.return %b : tensor<1xf32>
    } : (tensor<2xf32>) -> tensor<2xf32>`;
    expect(() => parseStablehlo(module(body), registry)).toThrow(
      'it divides a tensor among devices (f32[2] and f32[1]), but tensors are whole here',
    );
  });

  test('meshes in other places and forms', () => {
    const plain = `${MESH} {note}
      func.func @main(%a: tensor<f32>) -> tensor<f32> { return %a : tensor<f32> }`;
    expect(parseStablehlo(plain, registry).entry.parameters.length).toBe(1);
    const generic = `module { "sdy.mesh"() <{mesh = #sdy.mesh<["x"=2]>, sym_name = "mesh"}> : () -> ()
      func.func @main(%a: tensor<f32>) -> tensor<f32> { return %a : tensor<f32> } }`;
    expect(parseStablehlo(generic, registry).entry.parameters.length).toBe(1);
  });
});
