module @Add_Subtract_Cancel {
  func.func public @main(%arg0: tensor<i8>, %arg1: tensor<i8>) -> tensor<i8> {
    %0 = stablehlo.subtract %arg0, %arg1 : tensor<i8>
    %1 = stablehlo.add %0, %arg1 : tensor<i8>
    return %1 : tensor<i8>
  }
}
