module @Multiply_Multiply_Constants {
  func.func public @main(%arg0: tensor<ui32>) -> tensor<ui32> {
    %0 = stablehlo.constant dense<2> : tensor<ui32>
    %1 = stablehlo.multiply %arg0, %0 : tensor<ui32>
    %2 = stablehlo.constant dense<2461987686> : tensor<ui32>
    %3 = stablehlo.multiply %1, %2 : tensor<ui32>
    return %3 : tensor<ui32>
  }
}
