module @Sign_Sign {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.sign %arg0 : tensor<4xf32>
    %1 = stablehlo.sign %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
