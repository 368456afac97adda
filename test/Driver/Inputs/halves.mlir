// Two layers and a batch normalisation for images 8x8 of two classes.
module attributes {tally.stage = #tally.stage<imported>} {
  ml_program.global private @conv.weight(dense<0.1> : tensor<4x3x3x1xf32>) : tensor<4x3x3x1xf32>
  ml_program.global private @bn.weight(dense<1.0> : tensor<4xf32>) : tensor<4xf32>
  ml_program.global private @bn.bias(dense<0.0> : tensor<4xf32>) : tensor<4xf32>
  ml_program.global private @bn.mean(dense<0.0> : tensor<4xf32>) : tensor<4xf32>
  ml_program.global private @bn.variance(dense<1.0> : tensor<4xf32>) : tensor<4xf32>
  ml_program.global private @fc.weight(dense<0.1> : tensor<2x4x4x4xf32>) : tensor<2x4x4x4xf32>
  ml_program.global private @fc.bias(dense<0.0> : tensor<2xf32>) : tensor<2xf32>
  func.func @main(%image: tensor<1x8x8x1xf32>) -> tensor<1x2xf32> {
    %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
    %w = ml_program.global_load_const @conv.weight : tensor<4x3x3x1xf32>
    %0 = tosa.conv2d %image, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 0, 1, 0>, stride = array<i64: 2, 2>, tally.name = "conv"}
        : (tensor<1x8x8x1xf32>, tensor<4x3x3x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x4xf32>
    %s = ml_program.global_load_const @bn.weight : tensor<4xf32>
    %b = ml_program.global_load_const @bn.bias : tensor<4xf32>
    %m = ml_program.global_load_const @bn.mean : tensor<4xf32>
    %v = ml_program.global_load_const @bn.variance : tensor<4xf32>
    %1 = tally.batch_norm %0, %s, %b, %m, %v {epsilon = 1.0e-05 : f32, tally.name = "bn"} : tensor<1x4x4x4xf32>, tensor<4xf32>
    %2 = tosa.clamp %1 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu"} : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
    %fw = ml_program.global_load_const @fc.weight : tensor<2x4x4x4xf32>
    %fb = ml_program.global_load_const @fc.bias : tensor<2xf32>
    %3 = tosa.conv2d %2, %fw, %fb, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "fc"}
        : (tensor<1x4x4x4xf32>, tensor<2x4x4x4xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x2xf32>
    %shape = tosa.const_shape {values = dense<[1, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %4 = tosa.reshape %3, %shape : (tensor<1x1x1x2xf32>, !tosa.shape<2>) -> tensor<1x2xf32>
    return %4 : tensor<1x2xf32>
  }
}
