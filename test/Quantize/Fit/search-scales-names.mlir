// Samples are kept by layer name: two layers of one name must not share them.
// RUN: %make_images %t 8,4,4,1 31
// RUN: not qopt %s --tally-search-scales=data=npy:%t.x.npy,%t.y.npy
ml_program.global private @w(dense<[[[[0.5]]], [[[5.0]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
ml_program.global private @v(dense<[[[[0.5, 1.0]]], [[[30.0, 3.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %v = ml_program.global_load_const @v : tensor<2x1x1x2xf32>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 4.0>, tally.name = "a"}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %1 = tally.adder_conv2d %0, %v pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 16.0>, tally.name = "a"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}
