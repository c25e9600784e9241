module @Bitcast_ThroughBits {
  func.func public @main(%arg0: tensor<16xi1>) -> tensor<4xf32> {
    %0 = "thimble.bitcast"(%arg0) : (tensor<16xi1>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
