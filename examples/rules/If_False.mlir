module @If_False {
  func.func public @main() -> tensor<f32> {
    %0 = stablehlo.constant dense<false> : tensor<i1>
    %3 = "stablehlo.if"(%0) ({
      %1 = stablehlo.constant dense<97.69079> : tensor<f32>
      stablehlo.return %1 : tensor<f32>
    }, {
      %2 = stablehlo.constant dense<84.040474> : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }) : (tensor<i1>) -> tensor<f32>
    return %3 : tensor<f32>
  }
}
