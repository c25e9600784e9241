module @DynamicRngBitGenerator_Static {
  func.func public @main(%arg0: tensor<3xui64>) -> (tensor<3xui64>, tensor<1x4xf32>) {
    %0 = stablehlo.constant dense<[1, 4]> : tensor<2xi32>
    %1:2 = stablehlo.custom_call @stablehlo.dynamic_rng_bit_generator(%arg0, %0) {rng_algorithm = "DEFAULT"} : (tensor<3xui64>, tensor<2xi32>) -> (tensor<3xui64>, tensor<1x4xf32>)
    return %1#0, %1#1 : tensor<3xui64>, tensor<1x4xf32>
  }
}
