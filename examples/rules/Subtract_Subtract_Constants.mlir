module @Subtract_Subtract_Constants {
  func.func public @main(%arg0: tensor<1xi32>) -> tensor<1xi32> {
    %0 = stablehlo.constant dense<2> : tensor<1xi32>
    %1 = stablehlo.subtract %arg0, %0 : tensor<1xi32>
    %2 = stablehlo.constant dense<-1> : tensor<1xi32>
    %3 = stablehlo.subtract %1, %2 : tensor<1xi32>
    return %3 : tensor<1xi32>
  }
}
