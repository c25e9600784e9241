module @Geev_Parts {
  func.func public @main(%arg0: tensor<4x3x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3x3xcomplex<f32>>, tensor<4x3x3xcomplex<f32>>, tensor<4xi32>) {
    %0:5 = stablehlo.custom_call @lapack_sgeev_ffi(%arg0) {api_version = 4 : i32, backend_config = {compute_left = 78 : ui8, compute_right = 78 : ui8}, operand_layouts = [dense<[1, 2, 0]> : tensor<3xindex>], result_layouts = [dense<[1, 0]> : tensor<2xindex>, dense<[1, 0]> : tensor<2xindex>, dense<[1, 2, 0]> : tensor<3xindex>, dense<[1, 2, 0]> : tensor<3xindex>, dense<[0]> : tensor<1xindex>]} : (tensor<4x3x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3x3xcomplex<f32>>, tensor<4x3x3xcomplex<f32>>, tensor<4xi32>)
    return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3x3xcomplex<f32>>, tensor<4x3x3xcomplex<f32>>, tensor<4xi32>
  }
}
