module @DynamicGather_Static {
  func.func public @main(%arg0: tensor<3xi32>, %arg1: tensor<1xi32>) -> tensor<3xi32> {
    %0 = stablehlo.constant dense<3> : tensor<1xi32>
    %1 = "stablehlo.dynamic_gather"(%arg0, %arg1, %0) <{dimension_numbers = #stablehlo.gather<offset_dims = [0], start_index_map = [0], index_vector_dim = 0>, indices_are_sorted = false}> : (tensor<3xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<3xi32>
    return %1 : tensor<3xi32>
  }
}
