// Every layer, with odd shapes, strides, dilations, padding and groups; filters as arguments.
func.func @main(%x: tensor<2x7x6x4xf32>, %conv: tensor<5x3x2x4xf32>, %bias: tensor<5xf32>, %depth: tensor<3x3x4x2xf32>,
                %adder: tensor<3x3x3x4xf32>, %grouped: tensor<6x2x2x2xf32>, %single: tensor<4x3x3x1xf32>,
                %linear: tensor<5x12xf32>, %p: tensor<4xf32>)
    -> (tensor<2x4x4x5xf32>, tensor<2x7x6x8xf32>, tensor<2x4x4x3xf32>, tensor<2x6x5x6xf32>, tensor<2x7x6x4xf32>, tensor<28x5xf32>,
        tensor<2x7x6x4xf32>, tensor<2x7x6x4xf32>) {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.conv2d %x, %conv, %bias, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 2>, pad = array<i64: 1, 1, 1, 2>, stride = array<i64: 2, 2>}
      : (tensor<2x7x6x4xf32>, tensor<5x3x2x4xf32>, tensor<5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x4x4x5xf32>
  %1 = tosa.depthwise_conv2d %x, %depth, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>}
      : (tensor<2x7x6x4xf32>, tensor<3x3x4x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x7x6x8xf32>
  %2 = tally.adder_conv2d %x, %adder pad [1, 1, 2, 1] stride [2, 2] dilation [1, 1]
      : (tensor<2x7x6x4xf32>, tensor<3x3x3x4xf32>) -> tensor<2x4x4x3xf32>
  %3 = tally.adder_conv2d %x, %grouped pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2
      : (tensor<2x7x6x4xf32>, tensor<6x2x2x2xf32>) -> tensor<2x6x5x6xf32>
  %4 = tally.adder_conv2d %x, %single pad [2, 2, 2, 2] stride [1, 1] dilation [2, 2] group 4
      : (tensor<2x7x6x4xf32>, tensor<4x3x3x1xf32>) -> tensor<2x7x6x4xf32>
  %shape = tosa.const_shape {values = dense<[28, 12]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %rows = tosa.reshape %x, %shape : (tensor<2x7x6x4xf32>, !tosa.shape<2>) -> tensor<28x12xf32>
  %5 = tally.adder_linear %rows, %linear : (tensor<28x12xf32>, tensor<5x12xf32>) -> tensor<28x5xf32>
  %variance = tosa.abs %p : (tensor<4xf32>) -> tensor<4xf32>
  %6 = tally.batch_norm %x, %p, %p, %p, %variance {epsilon = 0.1 : f32} : tensor<2x7x6x4xf32>, tensor<4xf32>
  %7 = tally.channel_affine %4, %p, %variance : (tensor<2x7x6x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x7x6x4xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<2x4x4x5xf32>, tensor<2x7x6x8xf32>, tensor<2x4x4x3xf32>, tensor<2x6x5x6xf32>,
      tensor<2x7x6x4xf32>, tensor<28x5xf32>, tensor<2x7x6x4xf32>, tensor<2x7x6x4xf32>
}
