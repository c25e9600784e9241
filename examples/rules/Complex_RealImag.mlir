module @Complex_RealImag {
  func.func public @main(%arg0: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>> {
    %0 = stablehlo.real %arg0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
    %1 = stablehlo.imag %arg0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
    %2 = stablehlo.complex %0, %1 : tensor<2xcomplex<f32>>
    return %2 : tensor<2xcomplex<f32>>
  }
}
