module @Divide_Unsigned_PowerOfTwo {
  func.func public @main(%arg0: tensor<ui8>) -> tensor<ui8> {
    %0 = stablehlo.constant dense<2> : tensor<ui8>
    %1 = stablehlo.divide %arg0, %0 : tensor<ui8>
    return %1 : tensor<ui8>
  }
}
