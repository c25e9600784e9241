module @ScaledDot_IsDot {
  func.func public @main(%arg0: tensor<4x4xf4E2M1FN>, %arg1: tensor<4x4xf4E2M1FN>, %arg2: tensor<bf16>) -> tensor<4x4xf32> {
    %0 = "thimble.scaled-dot"(%arg0, %arg1, %arg2, %arg2) {lhs_batch = [], rhs_batch = [], lhs_contracting = [1 : i64], rhs_contracting = [1 : i64]} : (tensor<4x4xf4E2M1FN>, tensor<4x4xf4E2M1FN>, tensor<bf16>, tensor<bf16>) -> tensor<4x4xf32>
    return %0 : tensor<4x4xf32>
  }
}
