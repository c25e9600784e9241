module @AddDependency_Remove {
  func.func public @main(%arg0: tensor<i1>) -> tensor<i1> {
    %0 = stablehlo.after_all : !stablehlo.token
    %1 = "thimble.add-dependency"(%arg0, %0) : (tensor<i1>, !stablehlo.token) -> tensor<i1>
    return %1 : tensor<i1>
  }
}
