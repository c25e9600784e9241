module @While_Never {
  func.func public @main(%arg0: tensor<3xf32>, %arg1: tensor<i8>) -> (tensor<3xf32>, tensor<i8>, tensor<i8>) {
    %0 = stablehlo.constant dense<26> : tensor<i8>
    %8:3 = stablehlo.while(%1 = %arg0, %2 = %0, %3 = %arg1) : tensor<3xf32>, tensor<i8>, tensor<i8>
    cond {
      %4 = stablehlo.constant dense<26> : tensor<i8>
      %5 = stablehlo.compare GT, %2, %4, SIGNED : (tensor<i8>, tensor<i8>) -> tensor<i1>
      stablehlo.return %5 : tensor<i1>
    } do {
      %6 = stablehlo.constant dense<1> : tensor<i8>
      %7 = stablehlo.subtract %2, %6 : tensor<i8>
      stablehlo.return %1, %7, %3 : tensor<3xf32>, tensor<i8>, tensor<i8>
    }
    return %8#0, %8#1, %8#2 : tensor<3xf32>, tensor<i8>, tensor<i8>
  }
}
