module @GetDimensionSize_Static {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<i32> {
    %0 = stablehlo.get_dimension_size %arg0, dim = 0 : (tensor<4xf32>) -> tensor<i32>
    return %0 : tensor<i32>
  }
}
