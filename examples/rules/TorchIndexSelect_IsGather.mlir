module @TorchIndexSelect_IsGather {
  func.func public @main(%arg0: tensor<2x4xf32>, %arg1: tensor<1xi32>) -> tensor<1x4xf32> {
    %0 = "stablehlo.torch_index_select"(%arg0, %arg1) <{dim = 0 : i64, batch_dims = 0 : i64}> : (tensor<2x4xf32>, tensor<1xi32>) -> tensor<1x4xf32>
    return %0 : tensor<1x4xf32>
  }
}
