module @Probe_Operand {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = interpreter.probe %arg0, probe_id = "x" : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
