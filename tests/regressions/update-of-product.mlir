// A product's result written into a row of a loop's carried value: the kernel changes a window in place, so the product
// may not change its space.
func.func @main(%w: tensor<6x6xf32>, %h: tensor<3x6xf32>) -> tensor<4x3x6xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %four = stablehlo.constant dense<4> : tensor<i32>
  %init = stablehlo.constant dense<0.0> : tensor<4x3x6xf32>
  %r:3 = stablehlo.while(%i = %zero, %s = %h, %out = %init) : tensor<i32>, tensor<3x6xf32>, tensor<4x3x6xf32>
   cond {
    %c = stablehlo.compare LT, %i, %four, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %d = stablehlo.dot_general %s, %w, contracting_dims = [1] x [0] : (tensor<3x6xf32>, tensor<6x6xf32>) -> tensor<3x6xf32>
    %t = stablehlo.tanh %d : tensor<3x6xf32>
    %u = stablehlo.reshape %t : (tensor<3x6xf32>) -> tensor<1x3x6xf32>
    %o = stablehlo.dynamic_update_slice %out, %u, %i, %zero, %zero : (tensor<4x3x6xf32>, tensor<1x3x6xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<4x3x6xf32>
    %n = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %n, %s, %o : tensor<i32>, tensor<3x6xf32>, tensor<4x3x6xf32>
  }
  return %r#2 : tensor<4x3x6xf32>
}
