module @example {
  func.func public @main(%arg0: tensor<4x3x!quant.uniform<i8:f32, 0.5:-3>>) -> (tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>) {
    %0 = stablehlo.transpose %arg0, dims = [1, 0] : (tensor<4x3x!quant.uniform<i8:f32, 0.5:-3>>) -> tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>
    return %0 : tensor<3x4x!quant.uniform<i8:f32, 0.5:-3>>
  }
}
