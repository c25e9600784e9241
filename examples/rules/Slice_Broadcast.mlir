module @Slice_Broadcast {
  func.func public @main(%arg0: tensor<i64>) -> tensor<4xi64> {
    %0 = stablehlo.broadcast_in_dim %arg0, dims = [] : (tensor<i64>) -> tensor<6xi64>
    %1 = stablehlo.slice %0 [0:4] : (tensor<6xi64>) -> tensor<4xi64>
    return %1 : tensor<4xi64>
  }
}
