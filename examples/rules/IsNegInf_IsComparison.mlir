module @IsNegInf_IsComparison {
  func.func public @main(%arg0: tensor<2xf32>) -> tensor<2xi1> {
    %0 = chlo.is_neg_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
    return %0 : tensor<2xi1>
  }
}
