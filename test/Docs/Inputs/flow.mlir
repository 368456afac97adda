module attributes {tally.stage = #tally.stage<imported>} {
  ml_program.global private @conv.weight(dense<[[[[-0.5, 0.75]]], [[[1.25, 3.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
  ml_program.global private @bn.weight(dense<[1.0, 0.5]> : tensor<2xf32>) : tensor<2xf32>
  ml_program.global private @bn.bias(dense<[2.0, 1.5]> : tensor<2xf32>) : tensor<2xf32>
  ml_program.global private @bn.mean(dense<[-2.0, -3.0]> : tensor<2xf32>) : tensor<2xf32>
  ml_program.global private @bn.var(dense<[1.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>
  func.func @main(%x: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
    %w = ml_program.global_load_const @conv.weight : tensor<2x1x1x2xf32>
    %g = ml_program.global_load_const @bn.weight : tensor<2xf32>
    %b = ml_program.global_load_const @bn.bias : tensor<2xf32>
    %m = ml_program.global_load_const @bn.mean : tensor<2xf32>
    %v = ml_program.global_load_const @bn.var : tensor<2xf32>
    %0 = tosa.clamp %x {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu0"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    %1 = tally.adder_conv2d %0, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "conv"}
        : (tensor<1x2x2x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x2x2x2xf32>
    %2 = tally.batch_norm %1, %g, %b, %m, %v {epsilon = 0.0 : f32, tally.name = "bn"} : tensor<1x2x2x2xf32>, tensor<2xf32>
    %3 = tosa.clamp %2 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
    return %3 : tensor<1x2x2x2xf32>
  }
}
