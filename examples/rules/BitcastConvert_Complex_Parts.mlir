module @BitcastConvert_Complex_Parts {
  func.func public @main(%arg0: tensor<complex<f64>>) -> tensor<2xcomplex<f32>> {
    %0 = stablehlo.bitcast_convert %arg0 : (tensor<complex<f64>>) -> tensor<2xcomplex<f32>>
    return %0 : tensor<2xcomplex<f32>>
  }
}
