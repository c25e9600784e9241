module @Or_Not_Self {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.not %arg0 : tensor<i1>
    %1 = stablehlo.or %arg0, %0 : tensor<i1>
    return %1 : tensor<i1>
  }
}
