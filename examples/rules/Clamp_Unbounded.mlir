module @Clamp_Unbounded {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.constant dense<false> : tensor<i1>
    %1 = stablehlo.constant dense<true> : tensor<i1>
    %2 = stablehlo.clamp %0, %arg0, %1 : tensor<i1>
    return %2 : tensor<i1>
  }
}
