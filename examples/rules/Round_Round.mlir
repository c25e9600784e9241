module @Round_Round {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.round_nearest_even %arg0 : tensor<4xf32>
    %1 = stablehlo.ceil %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
