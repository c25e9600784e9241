module @Eigh_Syevd {
  func.func public @main(%arg0: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4xf32>) {
    %0:2 = stablehlo.custom_call @Eigh(%arg0) {backend_config = {config = "0,1,9,1e-6"}} : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4xf32>)
    return %0#0, %0#1 : tensor<4x4xf32>, tensor<4xf32>
  }
}
