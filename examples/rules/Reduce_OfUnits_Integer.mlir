module @Reduce_OfUnits_Integer {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.constant dense<false> : tensor<i1>
    %4 = stablehlo.reduce(%arg0 init: %0) across dimensions = [] : (tensor<i1>, tensor<i1>) -> tensor<i1>
     reducer(%1: tensor<i1>, %2: tensor<i1>) {
      %3 = stablehlo.add %1, %2 : tensor<i1>
      stablehlo.return %3 : tensor<i1>
    }
    return %4 : tensor<i1>
  }
}
