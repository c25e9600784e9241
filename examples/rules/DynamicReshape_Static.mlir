module @DynamicReshape_Static {
  func.func public @main(%arg0: tensor<2x1xi8>) -> tensor<2xi8> {
    %0 = stablehlo.constant dense<2> : tensor<1xi32>
    %1 = stablehlo.dynamic_reshape %arg0, %0 : (tensor<2x1xi8>, tensor<1xi32>) -> tensor<2xi8>
    return %1 : tensor<2xi8>
  }
}
