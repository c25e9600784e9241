module @Scan_IsLoop {
  func.func public @main(%arg0: tensor<2x2xi8>, %arg1: tensor<2xi8>) -> (tensor<2x2xi8>, tensor<2xi8>) {
    %3:2 = chlo.scan() inits(%arg0, %arg1) dimension=1 {
    ^bb0(%0: tensor<2xi8>, %1: tensor<2xi8>):
      %2 = stablehlo.minimum %1, %0 : tensor<2xi8>
      stablehlo.return %1, %2 : tensor<2xi8>, tensor<2xi8>
    } : (tensor<2x2xi8>, tensor<2xi8>) -> (tensor<2x2xi8>, tensor<2xi8>)
    return %3#0, %3#1 : tensor<2x2xi8>, tensor<2xi8>
  }
}
