module @Subtract_Self_Integer {
  func.func public @main(%arg0: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.subtract %arg0, %arg0 : tensor<i32>
    return %0 : tensor<i32>
  }
}
