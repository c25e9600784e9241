module @UniformQuantize_ToIntegers {
  func.func public @main(%arg0: tensor<4x2xf32>) -> tensor<4x2x!quant.uniform<u8:f32, 0.015625>> {
    %0 = stablehlo.uniform_quantize %arg0 : (tensor<4x2xf32>) -> tensor<4x2x!quant.uniform<u8:f32, 0.015625>>
    return %0 : tensor<4x2x!quant.uniform<u8:f32, 0.015625>>
  }
}
