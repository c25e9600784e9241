module @Subtract_Add_Cancel {
  func.func public @main(%arg0: tensor<i8>) -> tensor<i8> {
    %0 = stablehlo.add %arg0, %arg0 : tensor<i8>
    %1 = stablehlo.subtract %0, %arg0 : tensor<i8>
    return %1 : tensor<i8>
  }
}
