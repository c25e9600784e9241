module @jit_predict attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<64x8x8x1xf32>, %arg1: tensor<8x32xf32>, %arg2: tensor<8x32xf32>, %arg3: tensor<2x32xf32>, %arg4: tensor<2x32xf32>, %arg5: tensor<2x32x96xf32>, %arg6: tensor<2x96xf32>, %arg7: tensor<2x32x32xf32>, %arg8: tensor<2x32xf32>, %arg9: tensor<2x32xf32>, %arg10: tensor<2x32xf32>, %arg11: tensor<2x32x64xf32>, %arg12: tensor<2x64xf32>, %arg13: tensor<2x64x32xf32>, %arg14: tensor<2x32xf32>, %arg15: tensor<32xf32>, %arg16: tensor<32xf32>, %arg17: tensor<32x10xf32>, %arg18: tensor<10xf32>) -> (tensor<64x10xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.reshape %arg0 : (tensor<64x8x8x1xf32>) -> tensor<64x8x8xf32>
    %1 = stablehlo.dot_general %0, %arg1, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x8xf32>, tensor<8x32xf32>) -> tensor<64x8x32xf32>
    %2 = stablehlo.broadcast_in_dim %arg2, dims = [1, 2] : (tensor<8x32xf32>) -> tensor<1x8x32xf32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [0, 1, 2] : (tensor<1x8x32xf32>) -> tensor<64x8x32xf32>
    %4 = stablehlo.add %1, %3 : tensor<64x8x32xf32>
    %5 = stablehlo.slice %arg3 [0:1, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %6 = stablehlo.reshape %5 : (tensor<1x32xf32>) -> tensor<32xf32>
    %7 = stablehlo.slice %arg4 [0:1, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %8 = stablehlo.reshape %7 : (tensor<1x32xf32>) -> tensor<32xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %9 = stablehlo.reduce(%4 init: %cst) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_0 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %12 = stablehlo.divide %10, %11 : tensor<64x8x1xf32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %14 = stablehlo.subtract %4, %13 : tensor<64x8x32xf32>
    %15 = stablehlo.multiply %14, %14 : tensor<64x8x32xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %16 = stablehlo.reduce(%15 init: %cst_1) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_2 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %18 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %19 = stablehlo.divide %17, %18 : tensor<64x8x1xf32>
    %cst_3 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %20 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %21 = stablehlo.add %19, %20 : tensor<64x8x1xf32>
    %22 = stablehlo.rsqrt %21 : tensor<64x8x1xf32>
    %23 = stablehlo.broadcast_in_dim %22, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %24 = stablehlo.multiply %14, %23 : tensor<64x8x32xf32>
    %25 = stablehlo.broadcast_in_dim %6, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %27 = stablehlo.multiply %24, %26 : tensor<64x8x32xf32>
    %28 = stablehlo.broadcast_in_dim %8, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %30 = stablehlo.add %27, %29 : tensor<64x8x32xf32>
    %31 = stablehlo.slice %arg5 [0:1, 0:32, 0:96] : (tensor<2x32x96xf32>) -> tensor<1x32x96xf32>
    %32 = stablehlo.reshape %31 : (tensor<1x32x96xf32>) -> tensor<32x96xf32>
    %33 = stablehlo.dot_general %30, %32, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x32xf32>, tensor<32x96xf32>) -> tensor<64x8x96xf32>
    %34 = stablehlo.slice %arg6 [0:1, 0:96] : (tensor<2x96xf32>) -> tensor<1x96xf32>
    %35 = stablehlo.reshape %34 : (tensor<1x96xf32>) -> tensor<96xf32>
    %36 = stablehlo.broadcast_in_dim %35, dims = [2] : (tensor<96xf32>) -> tensor<1x1x96xf32>
    %37 = stablehlo.broadcast_in_dim %36, dims = [0, 1, 2] : (tensor<1x1x96xf32>) -> tensor<64x8x96xf32>
    %38 = stablehlo.add %33, %37 : tensor<64x8x96xf32>
    %39 = stablehlo.slice %38 [0:64, 0:8, 0:32] : (tensor<64x8x96xf32>) -> tensor<64x8x32xf32>
    %40 = stablehlo.slice %38 [0:64, 0:8, 32:64] : (tensor<64x8x96xf32>) -> tensor<64x8x32xf32>
    %41 = stablehlo.slice %38 [0:64, 0:8, 64:96] : (tensor<64x8x96xf32>) -> tensor<64x8x32xf32>
    %42 = stablehlo.reshape %39 : (tensor<64x8x32xf32>) -> tensor<64x8x4x8xf32>
    %43 = stablehlo.reshape %40 : (tensor<64x8x32xf32>) -> tensor<64x8x4x8xf32>
    %44 = stablehlo.reshape %41 : (tensor<64x8x32xf32>) -> tensor<64x8x4x8xf32>
    %45 = stablehlo.dot_general %42, %43, batching_dims = [0, 2] x [0, 2], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<64x8x4x8xf32>, tensor<64x8x4x8xf32>) -> tensor<64x4x8x8xf32>
    %cst_4 = stablehlo.constant dense<2.82842708> : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %cst_4, dims = [] : (tensor<f32>) -> tensor<64x4x8x8xf32>
    %47 = stablehlo.divide %45, %46 : tensor<64x4x8x8xf32>
    %cst_5 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %48 = stablehlo.reduce(%47 init: %cst_5) applies stablehlo.maximum across dimensions = [3] : (tensor<64x4x8x8xf32>, tensor<f32>) -> tensor<64x4x8xf32>
    %cst_6 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %49 = stablehlo.broadcast_in_dim %cst_6, dims = [] : (tensor<f32>) -> tensor<64x4x8xf32>
    %50 = stablehlo.maximum %49, %48 : tensor<64x4x8xf32>
    %51 = stablehlo.broadcast_in_dim %50, dims = [0, 1, 2] : (tensor<64x4x8xf32>) -> tensor<64x4x8x1xf32>
    %52 = stablehlo.broadcast_in_dim %51, dims = [0, 1, 2, 3] : (tensor<64x4x8x1xf32>) -> tensor<64x4x8x8xf32>
    %53 = stablehlo.subtract %47, %52 : tensor<64x4x8x8xf32>
    %54 = stablehlo.exponential %53 : tensor<64x4x8x8xf32>
    %cst_7 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %55 = stablehlo.reduce(%54 init: %cst_7) applies stablehlo.add across dimensions = [3] : (tensor<64x4x8x8xf32>, tensor<f32>) -> tensor<64x4x8xf32>
    %56 = stablehlo.broadcast_in_dim %55, dims = [0, 1, 2] : (tensor<64x4x8xf32>) -> tensor<64x4x8x1xf32>
    %57 = stablehlo.broadcast_in_dim %56, dims = [0, 1, 2, 3] : (tensor<64x4x8x1xf32>) -> tensor<64x4x8x8xf32>
    %58 = stablehlo.divide %54, %57 : tensor<64x4x8x8xf32>
    %59 = stablehlo.dot_general %44, %58, batching_dims = [0, 2] x [0, 1], contracting_dims = [1] x [3], precision = [DEFAULT, DEFAULT] : (tensor<64x8x4x8xf32>, tensor<64x4x8x8xf32>) -> tensor<64x4x8x8xf32>
    %60 = stablehlo.transpose %59, dims = [0, 3, 1, 2] : (tensor<64x4x8x8xf32>) -> tensor<64x8x4x8xf32>
    %61 = stablehlo.reshape %60 : (tensor<64x8x4x8xf32>) -> tensor<64x8x32xf32>
    %62 = stablehlo.slice %arg7 [0:1, 0:32, 0:32] : (tensor<2x32x32xf32>) -> tensor<1x32x32xf32>
    %63 = stablehlo.reshape %62 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
    %64 = stablehlo.dot_general %61, %63, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x32xf32>, tensor<32x32xf32>) -> tensor<64x8x32xf32>
    %65 = stablehlo.slice %arg8 [0:1, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %66 = stablehlo.reshape %65 : (tensor<1x32xf32>) -> tensor<32xf32>
    %67 = stablehlo.broadcast_in_dim %66, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %68 = stablehlo.broadcast_in_dim %67, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %69 = stablehlo.add %64, %68 : tensor<64x8x32xf32>
    %70 = stablehlo.add %4, %69 : tensor<64x8x32xf32>
    %71 = stablehlo.slice %arg9 [0:1, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %72 = stablehlo.reshape %71 : (tensor<1x32xf32>) -> tensor<32xf32>
    %73 = stablehlo.slice %arg10 [0:1, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %74 = stablehlo.reshape %73 : (tensor<1x32xf32>) -> tensor<32xf32>
    %cst_8 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %75 = stablehlo.reduce(%70 init: %cst_8) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %76 = stablehlo.broadcast_in_dim %75, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_9 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %77 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %78 = stablehlo.divide %76, %77 : tensor<64x8x1xf32>
    %79 = stablehlo.broadcast_in_dim %78, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %80 = stablehlo.subtract %70, %79 : tensor<64x8x32xf32>
    %81 = stablehlo.multiply %80, %80 : tensor<64x8x32xf32>
    %cst_10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %82 = stablehlo.reduce(%81 init: %cst_10) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %83 = stablehlo.broadcast_in_dim %82, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_11 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %84 = stablehlo.broadcast_in_dim %cst_11, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %85 = stablehlo.divide %83, %84 : tensor<64x8x1xf32>
    %cst_12 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %86 = stablehlo.broadcast_in_dim %cst_12, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %87 = stablehlo.add %85, %86 : tensor<64x8x1xf32>
    %88 = stablehlo.rsqrt %87 : tensor<64x8x1xf32>
    %89 = stablehlo.broadcast_in_dim %88, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %90 = stablehlo.multiply %80, %89 : tensor<64x8x32xf32>
    %91 = stablehlo.broadcast_in_dim %72, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %92 = stablehlo.broadcast_in_dim %91, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %93 = stablehlo.multiply %90, %92 : tensor<64x8x32xf32>
    %94 = stablehlo.broadcast_in_dim %74, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %95 = stablehlo.broadcast_in_dim %94, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %96 = stablehlo.add %93, %95 : tensor<64x8x32xf32>
    %97 = stablehlo.slice %arg11 [0:1, 0:32, 0:64] : (tensor<2x32x64xf32>) -> tensor<1x32x64xf32>
    %98 = stablehlo.reshape %97 : (tensor<1x32x64xf32>) -> tensor<32x64xf32>
    %99 = stablehlo.dot_general %96, %98, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x32xf32>, tensor<32x64xf32>) -> tensor<64x8x64xf32>
    %100 = stablehlo.slice %arg12 [0:1, 0:64] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %101 = stablehlo.reshape %100 : (tensor<1x64xf32>) -> tensor<64xf32>
    %102 = stablehlo.broadcast_in_dim %101, dims = [2] : (tensor<64xf32>) -> tensor<1x1x64xf32>
    %103 = stablehlo.broadcast_in_dim %102, dims = [0, 1, 2] : (tensor<1x1x64xf32>) -> tensor<64x8x64xf32>
    %104 = stablehlo.add %99, %103 : tensor<64x8x64xf32>
    %105 = stablehlo.multiply %104, %104 : tensor<64x8x64xf32>
    %106 = stablehlo.multiply %105, %104 : tensor<64x8x64xf32>
    %cst_13 = stablehlo.constant dense<4.471500e-02> : tensor<f32>
    %107 = stablehlo.broadcast_in_dim %cst_13, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %108 = stablehlo.multiply %107, %106 : tensor<64x8x64xf32>
    %109 = stablehlo.add %104, %108 : tensor<64x8x64xf32>
    %cst_14 = stablehlo.constant dense<0.797884583> : tensor<f32>
    %110 = stablehlo.broadcast_in_dim %cst_14, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %111 = stablehlo.multiply %110, %109 : tensor<64x8x64xf32>
    %112 = stablehlo.tanh %111 : tensor<64x8x64xf32>
    %cst_15 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %113 = stablehlo.broadcast_in_dim %cst_15, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %114 = stablehlo.add %113, %112 : tensor<64x8x64xf32>
    %cst_16 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %115 = stablehlo.broadcast_in_dim %cst_16, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %116 = stablehlo.multiply %115, %114 : tensor<64x8x64xf32>
    %117 = stablehlo.multiply %104, %116 : tensor<64x8x64xf32>
    %118 = stablehlo.slice %arg13 [0:1, 0:64, 0:32] : (tensor<2x64x32xf32>) -> tensor<1x64x32xf32>
    %119 = stablehlo.reshape %118 : (tensor<1x64x32xf32>) -> tensor<64x32xf32>
    %120 = stablehlo.dot_general %117, %119, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x64xf32>, tensor<64x32xf32>) -> tensor<64x8x32xf32>
    %121 = stablehlo.slice %arg14 [0:1, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %122 = stablehlo.reshape %121 : (tensor<1x32xf32>) -> tensor<32xf32>
    %123 = stablehlo.broadcast_in_dim %122, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %124 = stablehlo.broadcast_in_dim %123, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %125 = stablehlo.add %120, %124 : tensor<64x8x32xf32>
    %126 = stablehlo.add %70, %125 : tensor<64x8x32xf32>
    %127 = stablehlo.slice %arg3 [1:2, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %128 = stablehlo.reshape %127 : (tensor<1x32xf32>) -> tensor<32xf32>
    %129 = stablehlo.slice %arg4 [1:2, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %130 = stablehlo.reshape %129 : (tensor<1x32xf32>) -> tensor<32xf32>
    %cst_17 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %131 = stablehlo.reduce(%126 init: %cst_17) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %132 = stablehlo.broadcast_in_dim %131, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_18 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %133 = stablehlo.broadcast_in_dim %cst_18, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %134 = stablehlo.divide %132, %133 : tensor<64x8x1xf32>
    %135 = stablehlo.broadcast_in_dim %134, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %136 = stablehlo.subtract %126, %135 : tensor<64x8x32xf32>
    %137 = stablehlo.multiply %136, %136 : tensor<64x8x32xf32>
    %cst_19 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %138 = stablehlo.reduce(%137 init: %cst_19) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %139 = stablehlo.broadcast_in_dim %138, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_20 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %140 = stablehlo.broadcast_in_dim %cst_20, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %141 = stablehlo.divide %139, %140 : tensor<64x8x1xf32>
    %cst_21 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %142 = stablehlo.broadcast_in_dim %cst_21, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %143 = stablehlo.add %141, %142 : tensor<64x8x1xf32>
    %144 = stablehlo.rsqrt %143 : tensor<64x8x1xf32>
    %145 = stablehlo.broadcast_in_dim %144, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %146 = stablehlo.multiply %136, %145 : tensor<64x8x32xf32>
    %147 = stablehlo.broadcast_in_dim %128, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %148 = stablehlo.broadcast_in_dim %147, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %149 = stablehlo.multiply %146, %148 : tensor<64x8x32xf32>
    %150 = stablehlo.broadcast_in_dim %130, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %151 = stablehlo.broadcast_in_dim %150, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %152 = stablehlo.add %149, %151 : tensor<64x8x32xf32>
    %153 = stablehlo.slice %arg5 [1:2, 0:32, 0:96] : (tensor<2x32x96xf32>) -> tensor<1x32x96xf32>
    %154 = stablehlo.reshape %153 : (tensor<1x32x96xf32>) -> tensor<32x96xf32>
    %155 = stablehlo.dot_general %152, %154, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x32xf32>, tensor<32x96xf32>) -> tensor<64x8x96xf32>
    %156 = stablehlo.slice %arg6 [1:2, 0:96] : (tensor<2x96xf32>) -> tensor<1x96xf32>
    %157 = stablehlo.reshape %156 : (tensor<1x96xf32>) -> tensor<96xf32>
    %158 = stablehlo.broadcast_in_dim %157, dims = [2] : (tensor<96xf32>) -> tensor<1x1x96xf32>
    %159 = stablehlo.broadcast_in_dim %158, dims = [0, 1, 2] : (tensor<1x1x96xf32>) -> tensor<64x8x96xf32>
    %160 = stablehlo.add %155, %159 : tensor<64x8x96xf32>
    %161 = stablehlo.slice %160 [0:64, 0:8, 0:32] : (tensor<64x8x96xf32>) -> tensor<64x8x32xf32>
    %162 = stablehlo.slice %160 [0:64, 0:8, 32:64] : (tensor<64x8x96xf32>) -> tensor<64x8x32xf32>
    %163 = stablehlo.slice %160 [0:64, 0:8, 64:96] : (tensor<64x8x96xf32>) -> tensor<64x8x32xf32>
    %164 = stablehlo.reshape %161 : (tensor<64x8x32xf32>) -> tensor<64x8x4x8xf32>
    %165 = stablehlo.reshape %162 : (tensor<64x8x32xf32>) -> tensor<64x8x4x8xf32>
    %166 = stablehlo.reshape %163 : (tensor<64x8x32xf32>) -> tensor<64x8x4x8xf32>
    %167 = stablehlo.dot_general %164, %165, batching_dims = [0, 2] x [0, 2], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<64x8x4x8xf32>, tensor<64x8x4x8xf32>) -> tensor<64x4x8x8xf32>
    %cst_22 = stablehlo.constant dense<2.82842708> : tensor<f32>
    %168 = stablehlo.broadcast_in_dim %cst_22, dims = [] : (tensor<f32>) -> tensor<64x4x8x8xf32>
    %169 = stablehlo.divide %167, %168 : tensor<64x4x8x8xf32>
    %cst_23 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %170 = stablehlo.reduce(%169 init: %cst_23) applies stablehlo.maximum across dimensions = [3] : (tensor<64x4x8x8xf32>, tensor<f32>) -> tensor<64x4x8xf32>
    %cst_24 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %171 = stablehlo.broadcast_in_dim %cst_24, dims = [] : (tensor<f32>) -> tensor<64x4x8xf32>
    %172 = stablehlo.maximum %171, %170 : tensor<64x4x8xf32>
    %173 = stablehlo.broadcast_in_dim %172, dims = [0, 1, 2] : (tensor<64x4x8xf32>) -> tensor<64x4x8x1xf32>
    %174 = stablehlo.broadcast_in_dim %173, dims = [0, 1, 2, 3] : (tensor<64x4x8x1xf32>) -> tensor<64x4x8x8xf32>
    %175 = stablehlo.subtract %169, %174 : tensor<64x4x8x8xf32>
    %176 = stablehlo.exponential %175 : tensor<64x4x8x8xf32>
    %cst_25 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %177 = stablehlo.reduce(%176 init: %cst_25) applies stablehlo.add across dimensions = [3] : (tensor<64x4x8x8xf32>, tensor<f32>) -> tensor<64x4x8xf32>
    %178 = stablehlo.broadcast_in_dim %177, dims = [0, 1, 2] : (tensor<64x4x8xf32>) -> tensor<64x4x8x1xf32>
    %179 = stablehlo.broadcast_in_dim %178, dims = [0, 1, 2, 3] : (tensor<64x4x8x1xf32>) -> tensor<64x4x8x8xf32>
    %180 = stablehlo.divide %176, %179 : tensor<64x4x8x8xf32>
    %181 = stablehlo.dot_general %166, %180, batching_dims = [0, 2] x [0, 1], contracting_dims = [1] x [3], precision = [DEFAULT, DEFAULT] : (tensor<64x8x4x8xf32>, tensor<64x4x8x8xf32>) -> tensor<64x4x8x8xf32>
    %182 = stablehlo.transpose %181, dims = [0, 3, 1, 2] : (tensor<64x4x8x8xf32>) -> tensor<64x8x4x8xf32>
    %183 = stablehlo.reshape %182 : (tensor<64x8x4x8xf32>) -> tensor<64x8x32xf32>
    %184 = stablehlo.slice %arg7 [1:2, 0:32, 0:32] : (tensor<2x32x32xf32>) -> tensor<1x32x32xf32>
    %185 = stablehlo.reshape %184 : (tensor<1x32x32xf32>) -> tensor<32x32xf32>
    %186 = stablehlo.dot_general %183, %185, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x32xf32>, tensor<32x32xf32>) -> tensor<64x8x32xf32>
    %187 = stablehlo.slice %arg8 [1:2, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %188 = stablehlo.reshape %187 : (tensor<1x32xf32>) -> tensor<32xf32>
    %189 = stablehlo.broadcast_in_dim %188, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %190 = stablehlo.broadcast_in_dim %189, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %191 = stablehlo.add %186, %190 : tensor<64x8x32xf32>
    %192 = stablehlo.add %126, %191 : tensor<64x8x32xf32>
    %193 = stablehlo.slice %arg9 [1:2, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %194 = stablehlo.reshape %193 : (tensor<1x32xf32>) -> tensor<32xf32>
    %195 = stablehlo.slice %arg10 [1:2, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %196 = stablehlo.reshape %195 : (tensor<1x32xf32>) -> tensor<32xf32>
    %cst_26 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %197 = stablehlo.reduce(%192 init: %cst_26) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %198 = stablehlo.broadcast_in_dim %197, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_27 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %199 = stablehlo.broadcast_in_dim %cst_27, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %200 = stablehlo.divide %198, %199 : tensor<64x8x1xf32>
    %201 = stablehlo.broadcast_in_dim %200, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %202 = stablehlo.subtract %192, %201 : tensor<64x8x32xf32>
    %203 = stablehlo.multiply %202, %202 : tensor<64x8x32xf32>
    %cst_28 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %204 = stablehlo.reduce(%203 init: %cst_28) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %205 = stablehlo.broadcast_in_dim %204, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_29 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %206 = stablehlo.broadcast_in_dim %cst_29, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %207 = stablehlo.divide %205, %206 : tensor<64x8x1xf32>
    %cst_30 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %208 = stablehlo.broadcast_in_dim %cst_30, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %209 = stablehlo.add %207, %208 : tensor<64x8x1xf32>
    %210 = stablehlo.rsqrt %209 : tensor<64x8x1xf32>
    %211 = stablehlo.broadcast_in_dim %210, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %212 = stablehlo.multiply %202, %211 : tensor<64x8x32xf32>
    %213 = stablehlo.broadcast_in_dim %194, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %214 = stablehlo.broadcast_in_dim %213, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %215 = stablehlo.multiply %212, %214 : tensor<64x8x32xf32>
    %216 = stablehlo.broadcast_in_dim %196, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %217 = stablehlo.broadcast_in_dim %216, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %218 = stablehlo.add %215, %217 : tensor<64x8x32xf32>
    %219 = stablehlo.slice %arg11 [1:2, 0:32, 0:64] : (tensor<2x32x64xf32>) -> tensor<1x32x64xf32>
    %220 = stablehlo.reshape %219 : (tensor<1x32x64xf32>) -> tensor<32x64xf32>
    %221 = stablehlo.dot_general %218, %220, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x32xf32>, tensor<32x64xf32>) -> tensor<64x8x64xf32>
    %222 = stablehlo.slice %arg12 [1:2, 0:64] : (tensor<2x64xf32>) -> tensor<1x64xf32>
    %223 = stablehlo.reshape %222 : (tensor<1x64xf32>) -> tensor<64xf32>
    %224 = stablehlo.broadcast_in_dim %223, dims = [2] : (tensor<64xf32>) -> tensor<1x1x64xf32>
    %225 = stablehlo.broadcast_in_dim %224, dims = [0, 1, 2] : (tensor<1x1x64xf32>) -> tensor<64x8x64xf32>
    %226 = stablehlo.add %221, %225 : tensor<64x8x64xf32>
    %227 = stablehlo.multiply %226, %226 : tensor<64x8x64xf32>
    %228 = stablehlo.multiply %227, %226 : tensor<64x8x64xf32>
    %cst_31 = stablehlo.constant dense<4.471500e-02> : tensor<f32>
    %229 = stablehlo.broadcast_in_dim %cst_31, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %230 = stablehlo.multiply %229, %228 : tensor<64x8x64xf32>
    %231 = stablehlo.add %226, %230 : tensor<64x8x64xf32>
    %cst_32 = stablehlo.constant dense<0.797884583> : tensor<f32>
    %232 = stablehlo.broadcast_in_dim %cst_32, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %233 = stablehlo.multiply %232, %231 : tensor<64x8x64xf32>
    %234 = stablehlo.tanh %233 : tensor<64x8x64xf32>
    %cst_33 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %235 = stablehlo.broadcast_in_dim %cst_33, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %236 = stablehlo.add %235, %234 : tensor<64x8x64xf32>
    %cst_34 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %237 = stablehlo.broadcast_in_dim %cst_34, dims = [] : (tensor<f32>) -> tensor<64x8x64xf32>
    %238 = stablehlo.multiply %237, %236 : tensor<64x8x64xf32>
    %239 = stablehlo.multiply %226, %238 : tensor<64x8x64xf32>
    %240 = stablehlo.slice %arg13 [1:2, 0:64, 0:32] : (tensor<2x64x32xf32>) -> tensor<1x64x32xf32>
    %241 = stablehlo.reshape %240 : (tensor<1x64x32xf32>) -> tensor<64x32xf32>
    %242 = stablehlo.dot_general %239, %241, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x8x64xf32>, tensor<64x32xf32>) -> tensor<64x8x32xf32>
    %243 = stablehlo.slice %arg14 [1:2, 0:32] : (tensor<2x32xf32>) -> tensor<1x32xf32>
    %244 = stablehlo.reshape %243 : (tensor<1x32xf32>) -> tensor<32xf32>
    %245 = stablehlo.broadcast_in_dim %244, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %246 = stablehlo.broadcast_in_dim %245, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %247 = stablehlo.add %242, %246 : tensor<64x8x32xf32>
    %248 = stablehlo.add %192, %247 : tensor<64x8x32xf32>
    %cst_35 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %249 = stablehlo.reduce(%248 init: %cst_35) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %250 = stablehlo.broadcast_in_dim %249, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_36 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %251 = stablehlo.broadcast_in_dim %cst_36, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %252 = stablehlo.divide %250, %251 : tensor<64x8x1xf32>
    %253 = stablehlo.broadcast_in_dim %252, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %254 = stablehlo.subtract %248, %253 : tensor<64x8x32xf32>
    %255 = stablehlo.multiply %254, %254 : tensor<64x8x32xf32>
    %cst_37 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %256 = stablehlo.reduce(%255 init: %cst_37) applies stablehlo.add across dimensions = [2] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x8xf32>
    %257 = stablehlo.broadcast_in_dim %256, dims = [0, 1] : (tensor<64x8xf32>) -> tensor<64x8x1xf32>
    %cst_38 = stablehlo.constant dense<3.200000e+01> : tensor<f32>
    %258 = stablehlo.broadcast_in_dim %cst_38, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %259 = stablehlo.divide %257, %258 : tensor<64x8x1xf32>
    %cst_39 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %260 = stablehlo.broadcast_in_dim %cst_39, dims = [] : (tensor<f32>) -> tensor<64x8x1xf32>
    %261 = stablehlo.add %259, %260 : tensor<64x8x1xf32>
    %262 = stablehlo.rsqrt %261 : tensor<64x8x1xf32>
    %263 = stablehlo.broadcast_in_dim %262, dims = [0, 1, 2] : (tensor<64x8x1xf32>) -> tensor<64x8x32xf32>
    %264 = stablehlo.multiply %254, %263 : tensor<64x8x32xf32>
    %265 = stablehlo.broadcast_in_dim %arg15, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %266 = stablehlo.broadcast_in_dim %265, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %267 = stablehlo.multiply %264, %266 : tensor<64x8x32xf32>
    %268 = stablehlo.broadcast_in_dim %arg16, dims = [2] : (tensor<32xf32>) -> tensor<1x1x32xf32>
    %269 = stablehlo.broadcast_in_dim %268, dims = [0, 1, 2] : (tensor<1x1x32xf32>) -> tensor<64x8x32xf32>
    %270 = stablehlo.add %267, %269 : tensor<64x8x32xf32>
    %cst_40 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %271 = stablehlo.reduce(%270 init: %cst_40) applies stablehlo.add across dimensions = [1] : (tensor<64x8x32xf32>, tensor<f32>) -> tensor<64x32xf32>
    %cst_41 = stablehlo.constant dense<8.000000e+00> : tensor<f32>
    %272 = stablehlo.broadcast_in_dim %cst_41, dims = [] : (tensor<f32>) -> tensor<64x32xf32>
    %273 = stablehlo.divide %271, %272 : tensor<64x32xf32>
    %274 = stablehlo.dot_general %273, %arg17, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<64x32xf32>, tensor<32x10xf32>) -> tensor<64x10xf32>
    %275 = stablehlo.broadcast_in_dim %arg18, dims = [1] : (tensor<10xf32>) -> tensor<1x10xf32>
    %276 = stablehlo.broadcast_in_dim %275, dims = [0, 1] : (tensor<1x10xf32>) -> tensor<64x10xf32>
    %277 = stablehlo.add %274, %276 : tensor<64x10xf32>
    %cst_42 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %278 = stablehlo.reduce(%277 init: %cst_42) applies stablehlo.maximum across dimensions = [1] : (tensor<64x10xf32>, tensor<f32>) -> tensor<64xf32>
    %cst_43 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %279 = stablehlo.broadcast_in_dim %cst_43, dims = [] : (tensor<f32>) -> tensor<64xf32>
    %280 = stablehlo.maximum %279, %278 : tensor<64xf32>
    %281 = stablehlo.broadcast_in_dim %280, dims = [0] : (tensor<64xf32>) -> tensor<64x1xf32>
    %282 = stablehlo.broadcast_in_dim %281, dims = [0, 1] : (tensor<64x1xf32>) -> tensor<64x10xf32>
    %283 = stablehlo.subtract %277, %282 : tensor<64x10xf32>
    %284 = stablehlo.exponential %283 : tensor<64x10xf32>
    %cst_44 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %285 = stablehlo.reduce(%284 init: %cst_44) applies stablehlo.add across dimensions = [1] : (tensor<64x10xf32>, tensor<f32>) -> tensor<64xf32>
    %286 = stablehlo.broadcast_in_dim %285, dims = [0] : (tensor<64xf32>) -> tensor<64x1xf32>
    %287 = stablehlo.broadcast_in_dim %286, dims = [0, 1] : (tensor<64x1xf32>) -> tensor<64x10xf32>
    %288 = stablehlo.divide %284, %287 : tensor<64x10xf32>
    return %288 : tensor<64x10xf32>
  }
}
