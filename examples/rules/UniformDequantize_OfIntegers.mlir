module @UniformDequantize_OfIntegers {
  func.func public @main(%arg0: tensor<1x2x!quant.uniform<i16:f32, 0.3625:23079>>) -> tensor<1x2xf32> {
    %0 = stablehlo.uniform_dequantize %arg0 : (tensor<1x2x!quant.uniform<i16:f32, 0.3625:23079>>) -> tensor<1x2xf32>
    return %0 : tensor<1x2xf32>
  }
}
