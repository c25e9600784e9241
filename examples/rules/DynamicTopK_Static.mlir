module @DynamicTopK_Static {
  func.func public @main(%arg0: tensor<5xf32>) -> (tensor<2xf32>, tensor<2xi32>) {
    %0 = stablehlo.constant dense<2> : tensor<i32>
    %1:2 = stablehlo.custom_call @stablehlo.dynamic_top_k(%arg0, %0) : (tensor<5xf32>, tensor<i32>) -> (tensor<2xf32>, tensor<2xi32>)
    return %1#0, %1#1 : tensor<2xf32>, tensor<2xi32>
  }
}
