module @DynamicPad_Constant {
  func.func public @main(%arg0: tensor<4x2xf32>, %arg1: tensor<f32>) -> tensor<4x3xf32> {
    %0 = stablehlo.constant dense<[0, 0]> : tensor<2xi32>
    %1 = stablehlo.constant dense<[0, 1]> : tensor<2xi32>
    %2 = stablehlo.constant dense<[0, 0]> : tensor<2xi32>
    %3 = stablehlo.dynamic_pad %arg0, %arg1, %0, %1, %2 : (tensor<4x2xf32>, tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<4x3xf32>
    return %3 : tensor<4x3xf32>
  }
}
