func.func @main(%x: tensor<12x24xf32>, %scale: tensor<24xf32>, %offset: tensor<24xf32>) -> tensor<12x24xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %n = stablehlo.constant dense<24.0> : tensor<12xf32>
  %epsilon = stablehlo.constant dense<1.0e-5> : tensor<12xf32>
  %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<12x24xf32>, tensor<f32>) -> tensor<12xf32>
  %mean = stablehlo.divide %0, %n : tensor<12xf32>
  %1 = stablehlo.broadcast_in_dim %mean, dims = [0] : (tensor<12xf32>) -> tensor<12x24xf32>
  %centred = stablehlo.subtract %x, %1 : tensor<12x24xf32>
  %2 = stablehlo.multiply %centred, %centred : tensor<12x24xf32>
  %3 = stablehlo.reduce(%2 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<12x24xf32>, tensor<f32>) -> tensor<12xf32>
  %variance = stablehlo.divide %3, %n : tensor<12xf32>
  %4 = stablehlo.add %variance, %epsilon : tensor<12xf32>
  %5 = stablehlo.rsqrt %4 : tensor<12xf32>
  %6 = stablehlo.broadcast_in_dim %5, dims = [0] : (tensor<12xf32>) -> tensor<12x24xf32>
  %7 = stablehlo.multiply %centred, %6 : tensor<12x24xf32>
  %8 = stablehlo.broadcast_in_dim %scale, dims = [1] : (tensor<24xf32>) -> tensor<12x24xf32>
  %9 = stablehlo.multiply %7, %8 : tensor<12x24xf32>
  %10 = stablehlo.broadcast_in_dim %offset, dims = [1] : (tensor<24xf32>) -> tensor<12x24xf32>
  %11 = stablehlo.add %9, %10 : tensor<12x24xf32>
  return %11 : tensor<12x24xf32>
}
