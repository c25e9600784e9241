module @Print_Operand {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = interpreter.print %arg0 : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
