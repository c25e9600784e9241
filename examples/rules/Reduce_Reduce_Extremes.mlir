module @Reduce_Reduce_Extremes {
  func.func public @main(%arg0: tensor<1x3x3x1xf32>, %arg1: tensor<f32>) -> tensor<f32> {
    %3 = stablehlo.reduce(%arg0 init: %arg1) across dimensions = [0, 2] : (tensor<1x3x3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
     reducer(%0: tensor<f32>, %1: tensor<f32>) {
      %2 = stablehlo.maximum %0, %1 : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }
    %7 = stablehlo.reduce(%3 init: %arg1) across dimensions = [0, 1] : (tensor<3x1xf32>, tensor<f32>) -> tensor<f32>
     reducer(%4: tensor<f32>, %5: tensor<f32>) {
      %6 = stablehlo.maximum %4, %5 : tensor<f32>
      stablehlo.return %6 : tensor<f32>
    }
    return %7 : tensor<f32>
  }
}
