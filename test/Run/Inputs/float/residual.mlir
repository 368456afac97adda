// A small residual network with constant parameters: pooling, sums over windows, addition and concatenation.
ml_program.global private @w1(dense<[[[[0.5, -1.0], [2.0, 0.25]]], [[[-0.75, 1.5], [0.1, 3.0]]], [[[1.0, 1.0], [-2.0, 0.3]]]]> : tensor<3x1x2x2xf32>) : tensor<3x1x2x2xf32>
ml_program.global private @w2(dense<[[[[0.5, -1.0, 2.0]]], [[[-0.75, 1.5, 0.1]]], [[[1.0, 0.7, -2.0]]]]> : tensor<3x1x1x3xf32>) : tensor<3x1x1x3xf32>
ml_program.global private @scale(dense<[0.5, -1.0, 0.125]> : tensor<3xf32>) : tensor<3xf32>
ml_program.global private @bias(dense<[1.5, -1.0, 3.0]> : tensor<3xf32>) : tensor<3xf32>
func.func @main(%x: tensor<3x6x5x2xf32>) -> (tensor<3x2x3x6xf32>, tensor<3x1x1x3xf32>, tensor<3x2x2x3xf32>, tensor<3x3x3x1xf32>) {
  %w1 = ml_program.global_load_const @w1 : tensor<3x1x2x2xf32>
  %w2 = ml_program.global_load_const @w2 : tensor<3x1x1x3xf32>
  %scale = ml_program.global_load_const @scale : tensor<3xf32>
  %bias = ml_program.global_load_const @bias : tensor<3xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tally.adder_conv2d %x, %w1 pad [0, 0, 0, 1] stride [1, 1] dilation [1, 1] : (tensor<3x6x5x2xf32>, tensor<3x1x2x2xf32>) -> tensor<3x6x5x3xf32>
  %1 = tally.channel_affine %0, %scale, %bias : (tensor<3x6x5x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3x6x5x3xf32>
  %2 = tosa.clamp %1 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<3x6x5x3xf32>) -> tensor<3x6x5x3xf32>
  %3 = tosa.conv2d %2, %w2, %bias, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<3x6x5x3xf32>, tensor<3x1x1x3xf32>, tensor<3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3x6x5x3xf32>
  %4 = tosa.add %3, %2 : (tensor<3x6x5x3xf32>, tensor<3x6x5x3xf32>) -> tensor<3x6x5x3xf32>
  %5 = tosa.max_pool2d %4 {kernel = array<i64: 3, 2>, pad = array<i64: 0, 0, 0, 1>, stride = array<i64: 3, 2>} : (tensor<3x6x5x3xf32>) -> tensor<3x2x3x3xf32>
  %6 = tosa.avg_pool2d %4, %zero, %zero {acc_type = f32, kernel = array<i64: 3, 3>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 5, 2>}
      : (tensor<3x6x5x3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3x2x3x3xf32>
  %7 = tosa.concat %5, %6 {axis = 3 : i32} : (tensor<3x2x3x3xf32>, tensor<3x2x3x3xf32>) -> tensor<3x2x3x6xf32>
  %8 = tosa.avg_pool2d %4, %zero, %zero {acc_type = f32, kernel = array<i64: 6, 5>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<3x6x5x3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<3x1x1x3xf32>
  %9 = tally.sum_pool2d %4 kernel [3, 2] pad [0, 0, 1, 0] stride [3, 4] dilation [1, 1] : (tensor<3x6x5x3xf32>) -> tensor<3x2x2x3xf32>
  %10 = tally.box_sum %4 kernel [2, 3] pad [1, 0, 1, 1] stride [2, 2] dilation [2, 1] : (tensor<3x6x5x3xf32>) -> tensor<3x3x3x1xf32>
  return %7, %8, %9, %10 : tensor<3x2x3x6xf32>, tensor<3x1x1x3xf32>, tensor<3x2x2x3xf32>, tensor<3x3x3x1xf32>
}
