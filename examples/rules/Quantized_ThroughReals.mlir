module @example {
  func.func public @main(%arg0: tensor<4x3x!quant.uniform<i8:f32, 0.5:-3>>, %arg1: tensor<4x3x!quant.uniform<i8:f32:1, {0.5, 0.25:7, 0.125}>>) -> (tensor<4x3x!quant.uniform<i8:f32, 1.0:2>>) {
    %0 = stablehlo.add %arg0, %arg1 : (tensor<4x3x!quant.uniform<i8:f32, 0.5:-3>>, tensor<4x3x!quant.uniform<i8:f32:1, {0.5, 0.25:7, 0.125}>>) -> tensor<4x3x!quant.uniform<i8:f32, 1.0:2>>
    return %0 : tensor<4x3x!quant.uniform<i8:f32, 1.0:2>>
  }
}
