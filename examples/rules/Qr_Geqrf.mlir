module @Qr_Geqrf {
  func.func public @main(%arg0: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>) {
    %0:2 = stablehlo.custom_call @Qr(%arg0) : (tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>)
    return %0#0, %0#1 : tensor<4x3xf32>, tensor<3xf32>
  }
}
