func.func @main(%a: tensor<100xf32>, %b: tensor<100xf32>) -> tensor<100xf32> {
  %0 = stablehlo.add %a, %b : tensor<100xf32>
  return %0 : tensor<100xf32>
}
