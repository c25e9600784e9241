module @DynamicApproxTopK_Static {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<f32>) -> tensor<2xf32> {
    %0 = stablehlo.constant dense<2> : tensor<i32>
    %1 = stablehlo.custom_call @stablehlo.dynamic_approx_top_k(%arg0, %arg1, %0) {backend_config = {reduction_dim = 0 : i64}, called_computations = [@greater]} : (tensor<4xf32>, tensor<f32>, tensor<i32>) -> tensor<2xf32>
    return %1 : tensor<2xf32>
  }
  func.func private @greater(%arg0: tensor<f32>, %arg1: tensor<f32>) -> tensor<i1> {
    %0 = stablehlo.compare GT, %arg0, %arg1, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    return %0 : tensor<i1>
  }
}
