module @Concatenate_Slices_Join {
  func.func public @main(%arg0: tensor<4xi8>) -> tensor<4xi8> {
    %0 = stablehlo.slice %arg0 [0:2] : (tensor<4xi8>) -> tensor<2xi8>
    %1 = stablehlo.slice %arg0 [2:4] : (tensor<4xi8>) -> tensor<2xi8>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<2xi8>, tensor<2xi8>) -> tensor<4xi8>
    return %2 : tensor<4xi8>
  }
}
