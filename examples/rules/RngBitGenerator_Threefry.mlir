module @RngBitGenerator_Threefry {
  func.func public @main(%arg0: tensor<2xui64>) -> (tensor<2xui64>, tensor<4x3xf32>) {
    %0:2 = stablehlo.rng_bit_generator %arg0, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<4x3xf32>)
    return %0#0, %0#1 : tensor<2xui64>, tensor<4x3xf32>
  }
}
