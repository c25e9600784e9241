module @RngBitGenerator_Philox {
  func.func public @main(%arg0: tensor<3xui64>) -> (tensor<3xui64>, tensor<1x4xf32>) {
    %0:2 = stablehlo.rng_bit_generator %arg0, algorithm = DEFAULT : (tensor<3xui64>) -> (tensor<3xui64>, tensor<1x4xf32>)
    return %0#0, %0#1 : tensor<3xui64>, tensor<1x4xf32>
  }
}
