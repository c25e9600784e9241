module @Gather_Constant_One {
  func.func public @main(%arg0: tensor<1x1xf32>) -> tensor<f32> {
    %0 = stablehlo.constant dense<0> : tensor<2xi32>
    %1 = "stablehlo.gather"(%arg0, %0) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 0>, slice_sizes = array<i64: 1, 1>, indices_are_sorted = false}> : (tensor<1x1xf32>, tensor<2xi32>) -> tensor<f32>
    return %1 : tensor<f32>
  }
}
