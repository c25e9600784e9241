module @Divide_MinusOne {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.constant dense<-1.0> : tensor<4xf32>
    %1 = stablehlo.divide %arg0, %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
