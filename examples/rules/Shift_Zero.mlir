module @Shift_Zero {
  func.func public @main(%arg0: tensor<4xi64>) -> tensor<4xi64> {
    %0 = stablehlo.constant dense<0> : tensor<4xi64>
    %1 = stablehlo.shift_left %arg0, %0 : tensor<4xi64>
    return %1 : tensor<4xi64>
  }
}
