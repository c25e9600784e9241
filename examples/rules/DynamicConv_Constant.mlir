module @DynamicConv_Constant {
  func.func public @main(%arg0: tensor<4x3xf32>, %arg1: tensor<3x4xf32>) -> tensor<4x4xf32> {
    %0 = stablehlo.constant dense<> : tensor<0x2xi32>
    %1 = "stablehlo.dynamic_conv"(%arg0, %arg1, %0) <{dimension_numbers = #stablehlo.conv<raw input_batch_dimension = 0, input_feature_dimension = 1, input_spatial_dimensions = [], kernel_input_feature_dimension = 0, kernel_output_feature_dimension = 1, kernel_spatial_dimensions = [], output_batch_dimension = 0, output_feature_dimension = 1, output_spatial_dimensions = []>, window_strides = array<i64>, lhs_dilation = array<i64>, rhs_dilation = array<i64>, window_reversal = array<i1>, batch_group_count = 1 : i64, feature_group_count = 1 : i64}> : (tensor<4x3xf32>, tensor<3x4xf32>, tensor<0x2xi32>) -> tensor<4x4xf32>
    return %1 : tensor<4x4xf32>
  }
}
