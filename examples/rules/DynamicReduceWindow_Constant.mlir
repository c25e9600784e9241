module @DynamicReduceWindow_Constant {
  func.func public @main(%arg0: tensor<7xi64>, %arg1: tensor<i64>) -> tensor<4xi64> {
    %0 = stablehlo.constant dense<2> : tensor<1xi32>
    %1 = stablehlo.constant dense<2> : tensor<1xi32>
    %2 = stablehlo.constant dense<1> : tensor<1xi32>
    %3 = stablehlo.constant dense<1> : tensor<1xi32>
    %4 = stablehlo.constant dense<[[1, 0]]> : tensor<1x2xi32>
    %5 = stablehlo.custom_call @stablehlo.dynamic_reduce_window(%arg0, %arg1, %0, %1, %2, %3, %4) {called_computations = [@region]} : (tensor<7xi64>, tensor<i64>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<4xi64>
    return %5 : tensor<4xi64>
  }
  func.func private @region(%arg0: tensor<i64>, %arg1: tensor<i64>) -> tensor<i64> {
    %0 = stablehlo.xor %arg1, %arg0 : tensor<i64>
    return %0 : tensor<i64>
  }
}
