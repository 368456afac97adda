// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network of LeNet-5's shape with a quarter of its filters, for images 28 x 28 of ten classes: two
// convolutions with pooling, two linear layers. It is trained from scratch; what it holds are shapes.

module attributes {tally.stage = #tally.stage<imported>} {
  ml_program.global private @conv1.weight(dense<0.0> : tensor<8x5x5x1xf32>) : tensor<8x5x5x1xf32>
  ml_program.global private @conv1.bias(dense<0.0> : tensor<8xf32>) : tensor<8xf32>
  ml_program.global private @conv2.weight(dense<0.0> : tensor<16x5x5x8xf32>) : tensor<16x5x5x8xf32>
  ml_program.global private @conv2.bias(dense<0.0> : tensor<16xf32>) : tensor<16xf32>
  ml_program.global private @fc1.weight(dense<0.0> : tensor<64x4x4x16xf32>) : tensor<64x4x4x16xf32>
  ml_program.global private @fc1.bias(dense<0.0> : tensor<64xf32>) : tensor<64xf32>
  ml_program.global private @fc2.weight(dense<0.0> : tensor<10x1x1x64xf32>) : tensor<10x1x1x64xf32>
  ml_program.global private @fc2.bias(dense<0.0> : tensor<10xf32>) : tensor<10xf32>
  func.func @main(%image: tensor<1x28x28x1xf32> {tally.name = "image"}) -> (tensor<1x10xf32> {tally.name = "logits"}) {
    %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
    %w0 = ml_program.global_load_const @conv1.weight : tensor<8x5x5x1xf32>
    %b0 = ml_program.global_load_const @conv1.bias : tensor<8xf32>
    %conv1 = tosa.conv2d %image, %w0, %b0, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv1"}
        : (tensor<1x28x28x1xf32>, tensor<8x5x5x1xf32>, tensor<8xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x24x24x8xf32>
    %relu1 = tosa.clamp %conv1 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu1"} : (tensor<1x24x24x8xf32>) -> tensor<1x24x24x8xf32>
    %pool1 = tosa.max_pool2d %relu1 {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, tally.name = "pool1"} : (tensor<1x24x24x8xf32>) -> tensor<1x12x12x8xf32>
    %w1 = ml_program.global_load_const @conv2.weight : tensor<16x5x5x8xf32>
    %b1 = ml_program.global_load_const @conv2.bias : tensor<16xf32>
    %conv2 = tosa.conv2d %pool1, %w1, %b1, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv2"}
        : (tensor<1x12x12x8xf32>, tensor<16x5x5x8xf32>, tensor<16xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x8x8x16xf32>
    %relu2 = tosa.clamp %conv2 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu2"} : (tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
    %pool2 = tosa.max_pool2d %relu2 {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, tally.name = "pool2"} : (tensor<1x8x8x16xf32>) -> tensor<1x4x4x16xf32>
    %w2 = ml_program.global_load_const @fc1.weight : tensor<64x4x4x16xf32>
    %b2 = ml_program.global_load_const @fc1.bias : tensor<64xf32>
    %fc1 = tosa.conv2d %pool2, %w2, %b2, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "fc1"}
        : (tensor<1x4x4x16xf32>, tensor<64x4x4x16xf32>, tensor<64xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x64xf32>
    %relu3 = tosa.clamp %fc1 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu3"} : (tensor<1x1x1x64xf32>) -> tensor<1x1x1x64xf32>
    %w3 = ml_program.global_load_const @fc2.weight : tensor<10x1x1x64xf32>
    %b3 = ml_program.global_load_const @fc2.bias : tensor<10xf32>
    %fc2 = tosa.conv2d %relu3, %w3, %b3, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "fc2"}
        : (tensor<1x1x1x64xf32>, tensor<10x1x1x64xf32>, tensor<10xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x10xf32>
    %shape = tosa.const_shape {values = dense<[1, 10]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %logits = tosa.reshape %fc2, %shape : (tensor<1x1x1x10xf32>, !tosa.shape<2>) -> tensor<1x10xf32>
    return %logits : tensor<1x10xf32>
  }
}
