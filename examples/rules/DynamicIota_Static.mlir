module @DynamicIota_Static {
  func.func public @main() -> tensor<2xf32> {
    %0 = stablehlo.constant dense<2> : tensor<1xi32>
    %1 = stablehlo.dynamic_iota %0, dim = 0 : (tensor<1xi32>) -> tensor<2xf32>
    return %1 : tensor<2xf32>
  }
}
