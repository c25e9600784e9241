module @Xor_Self {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.xor %arg0, %arg0 : tensor<i1>
    return %0 : tensor<i1>
  }
}
