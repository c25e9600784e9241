module @Reduce_Transpose_Extremes {
  func.func public @main(%arg0: tensor<2x3x2x2xf32>, %arg1: tensor<f32>) -> tensor<3x2xf32> {
    %0 = stablehlo.transpose %arg0, dims = [1, 3, 2, 0] : (tensor<2x3x2x2xf32>) -> tensor<3x2x2x2xf32>
    %4 = stablehlo.reduce(%0 init: %arg1) across dimensions = [2, 3] : (tensor<3x2x2x2xf32>, tensor<f32>) -> tensor<3x2xf32>
     reducer(%1: tensor<f32>, %2: tensor<f32>) {
      %3 = stablehlo.maximum %1, %2 : tensor<f32>
      stablehlo.return %3 : tensor<f32>
    }
    return %4 : tensor<3x2xf32>
  }
}
