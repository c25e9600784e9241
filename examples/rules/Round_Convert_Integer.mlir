module @Round_Convert_Integer {
  func.func public @main(%arg0: tensor<i8>) -> tensor<f32> {
    %0 = stablehlo.convert %arg0 : (tensor<i8>) -> tensor<f32>
    %1 = stablehlo.floor %0 : tensor<f32>
    return %1 : tensor<f32>
  }
}
