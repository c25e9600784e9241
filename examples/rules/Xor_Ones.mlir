module @Xor_Ones {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.constant dense<true> : tensor<i1>
    %1 = stablehlo.xor %arg0, %0 : tensor<i1>
    return %1 : tensor<i1>
  }
}
