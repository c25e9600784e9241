module @If_Not {
  func.func public @main(%arg0: tensor<i1>) -> tensor<1xf64> {
    %0 = stablehlo.not %arg0 : tensor<i1>
    %3 = "stablehlo.if"(%0) ({
      %1 = stablehlo.constant dense<-0.0> : tensor<1xf64>
      stablehlo.return %1 : tensor<1xf64>
    }, {
      %2 = stablehlo.constant dense<2.0> : tensor<1xf64>
      stablehlo.return %2 : tensor<1xf64>
    }) : (tensor<i1>) -> tensor<1xf64>
    return %3 : tensor<1xf64>
  }
}
