module @RaggedAllToAll_Exchange attributes {mhlo.num_replicas = 2 : i32} {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<5xf32>, %arg2: tensor<4x2xi32>) -> tensor<5xf32> {
    %0 = stablehlo.slice %arg2 [0:1, 0:2] : (tensor<4x2xi32>) -> tensor<1x2xi32>
    %1 = stablehlo.slice %arg2 [1:2, 0:2] : (tensor<4x2xi32>) -> tensor<1x2xi32>
    %2 = stablehlo.slice %arg2 [2:3, 0:2] : (tensor<4x2xi32>) -> tensor<1x2xi32>
    %3 = stablehlo.slice %arg2 [3:4, 0:2] : (tensor<4x2xi32>) -> tensor<1x2xi32>
    %4 = stablehlo.reshape %0 : (tensor<1x2xi32>) -> tensor<2xi32>
    %5 = stablehlo.reshape %1 : (tensor<1x2xi32>) -> tensor<2xi32>
    %6 = stablehlo.reshape %2 : (tensor<1x2xi32>) -> tensor<2xi32>
    %7 = stablehlo.reshape %3 : (tensor<1x2xi32>) -> tensor<2xi32>
    %8 = stablehlo.custom_call @ragged_all_to_all(%arg0, %arg1, %4, %5, %6, %7) {api_version = 4 : i32, backend_config = {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}} : (tensor<4xf32>, tensor<5xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<5xf32>
    return %8 : tensor<5xf32>
  }
}
