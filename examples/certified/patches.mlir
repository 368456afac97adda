// A shallow network for Fashion-MNIST: 24 filters of 4 x 4 pixels, and a linear layer. Train it from scratch.
module attributes {tally.stage = #tally.stage<imported>} {
  ml_program.global private @patches.weight(dense<0.0> : tensor<24x4x4x1xf32>) : tensor<24x4x4x1xf32>
  ml_program.global private @patches.bias(dense<0.0> : tensor<24xf32>) : tensor<24xf32>
  ml_program.global private @classifier.weight(dense<0.0> : tensor<10x7x7x24xf32>) : tensor<10x7x7x24xf32>
  ml_program.global private @classifier.bias(dense<0.0> : tensor<10xf32>) : tensor<10xf32>
  func.func @main(%x: tensor<1x28x28x1xf32>) -> tensor<1x10xf32> {
    %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
    %w = ml_program.global_load_const @patches.weight : tensor<24x4x4x1xf32>
    %b = ml_program.global_load_const @patches.bias : tensor<24xf32>
    %0 = tosa.conv2d %x, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 4, 4>, tally.name = "patches"}
        : (tensor<1x28x28x1xf32>, tensor<24x4x4x1xf32>, tensor<24xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x7x7x24xf32>
    %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, tally.name = "relu"} : (tensor<1x7x7x24xf32>) -> tensor<1x7x7x24xf32>
    %v = ml_program.global_load_const @classifier.weight : tensor<10x7x7x24xf32>
    %c = ml_program.global_load_const @classifier.bias : tensor<10xf32>
    %2 = tosa.conv2d %1, %v, %c, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "classifier"}
        : (tensor<1x7x7x24xf32>, tensor<10x7x7x24xf32>, tensor<10xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x10xf32>
    %s = tosa.const_shape {values = dense<[1, 10]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %3 = tosa.reshape %2, %s {tally.name = "logits"} : (tensor<1x1x1x10xf32>, !tosa.shape<2>) -> tensor<1x10xf32>
    return %3 : tensor<1x10xf32>
  }
}
