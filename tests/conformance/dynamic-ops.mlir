func.func @dynamic_iota_op_test_si8_dim_0() {
  %output_shape = stablehlo.constant dense<[3, 4]> : tensor<2xi64>
  %0 = stablehlo.dynamic_iota %output_shape, dim = 0 : (tensor<2xi64>) -> tensor<3x4xi8>
  check.expect_eq_const %0, dense<[[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2]]> : tensor<3x4xi8>
  func.return
}

// -----

func.func @dynamic_iota_op_test_open() {
  %output_shape = stablehlo.constant dense<[3, 4]> : tensor<2xi64>
  %0 = stablehlo.dynamic_iota %output_shape, dim = 1 : (tensor<2xi64>) -> tensor<?x?xf32>
  %1 = stablehlo.constant dense<[[0., 1., 2., 3.], [0., 1., 2., 3.], [0., 1., 2., 3.]]> : tensor<3x4xf32>
  check.expect_eq %0, %1 : tensor<?x?xf32>, tensor<3x4xf32>
  func.return
}

// -----

func.func @dynamic_reshape() {
  %operand = stablehlo.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %output_shape = stablehlo.constant dense<[3, 2]> : tensor<2xi64>
  %result = stablehlo.dynamic_reshape %operand, %output_shape : (tensor<2x3xi64>, tensor<2xi64>) -> tensor<?x?xi64>
  check.expect_eq_const %result, dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi64>
  func.return
}

// -----

func.func @dynamic_pad() {
  %operand = stablehlo.constant dense<[[0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 2, 0, 0]]> : tensor<2x7xi64>
  %padding_value = stablehlo.constant dense<-1> : tensor<i64>
  %edge_padding_low = stablehlo.constant dense<[-1, 1]> : tensor<2xi64>
  %edge_padding_high = stablehlo.constant dense<[1, -1]> : tensor<2xi64>
  %interior_padding = stablehlo.constant dense<0> : tensor<2xi64>
  %result = stablehlo.dynamic_pad %operand, %padding_value, %edge_padding_low, %edge_padding_high, %interior_padding
    : (tensor<2x7xi64>, tensor<i64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x7xi64>
  check.expect_eq_const %result, dense<[[-1, 0, 1, 0, 0, 2, 0], [-1, -1, -1, -1, -1, -1, -1]]> : tensor<2x7xi64>
  func.return
}

// -----

func.func @dynamic_gather_op_test() {
  %operand = stablehlo.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi64>
  %start_indices = stablehlo.constant dense<[[0, 0], [1, 1]]> : tensor<2x2xi64>
  %slice_sizes = stablehlo.constant dense<[1, 2]> : tensor<2xi64>
  %result = "stablehlo.dynamic_gather"(%operand, %start_indices, %slice_sizes) {
    dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>,
    indices_are_sorted = false
  } : (tensor<3x4xi64>, tensor<2x2xi64>, tensor<2xi64>) -> tensor<2x2xi64>
  check.expect_eq_const %result, dense<[[1, 2], [6, 7]]> : tensor<2x2xi64>
  func.return
}

// -----

func.func @real_dynamic_slice() {
  %operand = stablehlo.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi64>
  %s = stablehlo.constant dense<[1, 0]> : tensor<2xi64>
  %l = stablehlo.constant dense<[3, 4]> : tensor<2xi64>
  %t = stablehlo.constant dense<[1, 2]> : tensor<2xi64>
  %r = stablehlo.real_dynamic_slice %operand, %s, %l, %t : (tensor<3x4xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x2xi64>
  check.expect_eq_const %r, dense<[[5, 7], [9, 11]]> : tensor<2x2xi64>
  func.return
}

// -----

func.func @get_dimension_size() {
  %operand = stablehlo.constant dense<0> : tensor<2x3xi64>
  %result = stablehlo.get_dimension_size %operand, dim = 1 : (tensor<2x3xi64>) -> tensor<i32>
  check.expect_eq_const %result, dense<3> : tensor<i32>
  func.return
}

// -----

func.func @set_dimension_size() {
  %operand = stablehlo.constant dense<[1, 2, 3, 4]> : tensor<4xi64>
  %n = stablehlo.constant dense<2> : tensor<i32>
  %r = stablehlo.set_dimension_size %operand, %n, dim = 0 : (tensor<4xi64>, tensor<i32>) -> tensor<?xi64, #stablehlo.bounds<4>>
  %d = stablehlo.get_dimension_size %r, dim = 0 : (tensor<?xi64, #stablehlo.bounds<4>>) -> tensor<i32>
  check.expect_eq_const %d, dense<2> : tensor<i32>
  %s = stablehlo.add %r, %r : tensor<?xi64, #stablehlo.bounds<4>>
  check.expect_eq_const %s, dense<[2, 4]> : tensor<2xi64>
  func.return
}

// -----

func.func @dynamic_conv() {
  %lhs = stablehlo.constant dense<1.0> : tensor<1x4x4x1xf32>
  %rhs = stablehlo.constant dense<1.0> : tensor<3x3x1x1xf32>
  %p = stablehlo.constant dense<1> : tensor<2x2xi64>
  %r = "stablehlo.dynamic_conv"(%lhs, %rhs, %p) {
    window_strides = array<i64: 4, 4>, dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>,
    feature_group_count = 1 : i64, batch_group_count = 1 : i64
  } : (tensor<1x4x4x1xf32>, tensor<3x3x1x1xf32>, tensor<2x2xi64>) -> tensor<1x1x1x1xf32>
  check.expect_almost_eq_const %r, dense<4.0> : tensor<1x1x1x1xf32>
  func.return
}

// -----

func.func @dynamic_broadcast() {
  %x = stablehlo.constant dense<[1, 2, 3]> : tensor<3xi64>
  %n = stablehlo.constant dense<[2, 3]> : tensor<2xi64>
  %r = stablehlo.dynamic_broadcast_in_dim %x, %n, dims = [1] : (tensor<3xi64>, tensor<2xi64>) -> tensor<2x3xi64>
  check.expect_eq_const %r, dense<[[1, 2, 3], [1, 2, 3]]> : tensor<2x3xi64>
  func.return
}
