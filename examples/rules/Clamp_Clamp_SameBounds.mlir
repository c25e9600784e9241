module @Clamp_Clamp_SameBounds {
  func.func public @main(%arg0: tensor<i8>, %arg1: tensor<i8>, %arg2: tensor<i8>) -> tensor<i8> {
    %0 = stablehlo.clamp %arg0, %arg1, %arg2 : tensor<i8>
    %1 = stablehlo.clamp %arg0, %0, %arg2 : tensor<i8>
    return %1 : tensor<i8>
  }
}
