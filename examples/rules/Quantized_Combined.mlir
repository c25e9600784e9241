module @example {
  func.func public @main(%arg0: tensor<4x3x!quant.uniform<i8:f32, 0.5:-3>>, %arg1: tensor<!quant.uniform<i8:f32, 0.5:-3>>) -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>> {
    %0 = stablehlo.reduce(%arg0 init: %arg1) applies stablehlo.maximum across dimensions = [1] : (tensor<4x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<!quant.uniform<i8:f32, 0.5:-3>>) -> tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
    return %0 : tensor<4x!quant.uniform<i8:f32, 0.5:-3>>
  }
}
