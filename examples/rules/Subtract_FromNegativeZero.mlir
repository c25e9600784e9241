module @Subtract_FromNegativeZero {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.constant dense<-0.0> : tensor<4xf32>
    %1 = stablehlo.subtract %0, %arg0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
