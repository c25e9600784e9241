// Slices of which one dimension is empty: a kernel without elements, whose tasks were made infinitely large.
func.func @main(%x: tensor<2x5x4x6xf32>, %i: tensor<3x1xi32>) -> tensor<3x0x3x5xf32> {
  %r = "stablehlo.gather"(%x, %i) {
    dimension_numbers = #stablehlo.gather<offset_dims = [1, 2, 3], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 0, 3, 5>
  } : (tensor<2x5x4x6xf32>, tensor<3x1xi32>) -> tensor<3x0x3x5xf32>
  return %r : tensor<3x0x3x5xf32>
}
