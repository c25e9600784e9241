module @BitcastConvert_Shifts {
  func.func public @main(%arg0: tensor<3x3x4xui8>) -> tensor<3x3xf32> {
    %0 = stablehlo.bitcast_convert %arg0 : (tensor<3x3x4xui8>) -> tensor<3x3xf32>
    return %0 : tensor<3x3xf32>
  }
}
