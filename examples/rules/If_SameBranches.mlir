module @If_SameBranches {
  func.func public @main(%arg0: tensor<i1>) -> tensor<ui8> {
    %2 = "stablehlo.if"(%arg0) ({
      %0 = stablehlo.constant dense<254> : tensor<ui8>
      stablehlo.return %0 : tensor<ui8>
    }, {
      %1 = stablehlo.constant dense<254> : tensor<ui8>
      stablehlo.return %1 : tensor<ui8>
    }) : (tensor<i1>) -> tensor<ui8>
    return %2 : tensor<ui8>
  }
}
