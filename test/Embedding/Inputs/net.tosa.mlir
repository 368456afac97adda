// A network as tools write it that think in NCHW: weights inline, in TOSA's own constant, in arith's and in a
// resource, a transpose around each convolution, batch normalisation as arithmetic, a residual sum, a linear layer as a
// product of matrices of rank 3. All numbers are short, so that floats add up exactly in any order.
module {
  func.func @forward(%image: tensor<1x1x6x6xf32>) -> tensor<1x3xf32> {
    %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
    %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %w1 = "tosa.const"() <{values = dense<[[[[-0.625, 0.75, 0.625], [-1.0, -0.125, 0.875], [0.375, 1.0, 0.75]]], [[[-1.25, 0.875, -1.5], [0.375, -0.5, 0.625], [-0.625, -0.75, 1.25]]], [[[0.375, 0.625, 0.625], [0.375, 0.0, 1.0], [-1.0, -0.625, 1.0]]], [[[-1.0, 0.5, 0.0], [1.375, -1.5, 1.125], [1.5, -1.25, -0.875]]]]> : tensor<4x1x3x3xf32>}> : () -> tensor<4x1x3x3xf32>
    %b1 = "tosa.const"() <{values = dense_resource<b1> : tensor<4xf32>}> : () -> tensor<4xf32>
    %0 = tosa.transpose %image {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x1x6x6xf32>) -> tensor<1x6x6x1xf32>
    %1 = tosa.transpose %w1 {perms = array<i32: 0, 2, 3, 1>} : (tensor<4x1x3x3xf32>) -> tensor<4x3x3x1xf32>
    %2 = tosa.conv2d %0, %1, %b1, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x6x6x1xf32>, tensor<4x3x3x1xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x4xf32>
    %3 = tosa.transpose %2 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x6x6x4xf32>) -> tensor<1x4x6x6xf32>

    // (x - mean) / sqrt(variance + epsilon) * gamma + beta
    %mean = arith.constant dense<[[[1.5]], [[0.75]], [[-1.375]], [[-0.375]]]> : tensor<4x1x1xf32>
    %variance = arith.constant dense<[0.75, 3.75, 0.0, 15.75]> : tensor<4xf32>
    %epsilon = arith.constant dense<0.25> : tensor<1xf32>
    %gamma = arith.constant dense<[1.0, -2.0, 0.5, 2.0]> : tensor<4xf32>
    %beta = arith.constant dense<[0.5, 1.0, -0.25, 0.0]> : tensor<4xf32>
    %each = tosa.const_shape {values = dense<[1, 4, 1, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %4 = tosa.reshape %mean, %each : (tensor<4x1x1xf32>, !tosa.shape<4>) -> tensor<1x4x1x1xf32>
    %5 = tosa.sub %3, %4 : (tensor<1x4x6x6xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x6x6xf32>
    %6 = tosa.add %variance, %epsilon : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    %7 = tosa.rsqrt %6 : (tensor<4xf32>) -> tensor<4xf32>
    %8 = tosa.mul %7, %gamma, %shift : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
    %9 = tosa.reshape %8, %each : (tensor<4xf32>, !tosa.shape<4>) -> tensor<1x4x1x1xf32>
    %10 = tosa.mul %5, %9, %shift : (tensor<1x4x6x6xf32>, tensor<1x4x1x1xf32>, tensor<1xi8>) -> tensor<1x4x6x6xf32>
    %11 = tosa.reshape %beta, %each : (tensor<4xf32>, !tosa.shape<4>) -> tensor<1x4x1x1xf32>
    %12 = tosa.add %10, %11 : (tensor<1x4x6x6xf32>, tensor<1x4x1x1xf32>) -> tensor<1x4x6x6xf32>
    %13 = tosa.clamp %12 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>

    %14 = tosa.transpose %13 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x6x6xf32>) -> tensor<1x6x6x4xf32>
    %15 = tosa.max_pool2d %14 {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x6x6x4xf32>) -> tensor<1x3x3x4xf32>
    %16 = tosa.transpose %15 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x3x3x4xf32>) -> tensor<1x4x3x3xf32>

    %w2 = "tosa.const"() <{values = dense<[[[[1.5]], [[-1.5]], [[-0.5]], [[0.375]]], [[[0.875]], [[1.375]], [[0.0]], [[1.25]]], [[[0.125]], [[0.0]], [[1.375]], [[0.75]]], [[[0.25]], [[-1.0]], [[-0.125]], [[-1.125]]]]> : tensor<4x4x1x1xf32>}> : () -> tensor<4x4x1x1xf32>
    %b2 = "tosa.const"() <{values = dense<0.0> : tensor<4xf32>}> : () -> tensor<4xf32>
    %17 = tosa.transpose %16 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x3x3xf32>) -> tensor<1x3x3x4xf32>
    %18 = tosa.transpose %w2 {perms = array<i32: 0, 2, 3, 1>} : (tensor<4x4x1x1xf32>) -> tensor<4x1x1x4xf32>
    %19 = tosa.conv2d %17, %18, %b2, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x3x3x4xf32>, tensor<4x1x1x4xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x3x4xf32>
    %20 = tosa.transpose %19 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x3x3x4xf32>) -> tensor<1x4x3x3xf32>
    %21 = tosa.add %20, %16 : (tensor<1x4x3x3xf32>, tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
    %22 = tosa.clamp %21 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>

    %flat = tosa.const_shape {values = dense<[1, 36]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %stack = tosa.const_shape {values = dense<[1, 1, 36]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %logits = tosa.const_shape {values = dense<[1, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %turned = tosa.const_shape {values = dense<[1, 36, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %w3 = "tosa.const"() <{values = dense<[[-1.375, -1.0, 0.375, -0.75, -0.5, 1.125, 0.125, 1.5, 1.0, -0.375, 0.125, 0.5, 0.0, 0.75, -0.125, 0.625, 0.75, 0.125, 0.75, -0.625, -0.25, 1.125, -1.5, -0.5, 0.875, 1.125, 1.25, -0.875, 1.25, -0.25, 0.625, 0.75, 0.75, -1.125, 1.25, 1.0], [-0.75, 1.0, 0.75, -0.5, -0.375, -1.125, -1.25, 0.375, 1.0, 0.375, -1.25, -0.125, -1.25, 0.125, -1.0, -1.5, -0.375, 0.125, 1.5, 0.125, -1.125, -1.375, 0.875, 0.875, 1.5, -1.375, 0.0, 1.25, 0.75, -0.25, 0.625, -0.5, 0.5, -0.625, -1.375, -0.375], [-1.5, -1.25, -1.125, 0.875, 0.625, -1.375, -0.75, 0.125, -0.375, 0.875, -0.5, -1.0, 1.25, -1.375, -0.25, -0.25, -0.125, -1.0, 0.0, 0.0, 0.25, 0.5, 0.0, 1.0, 0.875, 1.125, 0.625, -1.125, 0.875, 0.5, -0.5, 0.125, 1.0, 1.375, 1.25, -0.625]]> : tensor<3x36xf32>}> : () -> tensor<3x36xf32>
    %b3 = "tosa.const"() <{values = dense<[[1.0, -2.0, 0.5]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
    %23 = tosa.reshape %22, %flat : (tensor<1x4x3x3xf32>, !tosa.shape<2>) -> tensor<1x36xf32>
    %24 = tosa.transpose %w3 {perms = array<i32: 1, 0>} : (tensor<3x36xf32>) -> tensor<36x3xf32>
    %25 = tosa.reshape %23, %stack : (tensor<1x36xf32>, !tosa.shape<3>) -> tensor<1x1x36xf32>
    %26 = tosa.reshape %24, %turned : (tensor<36x3xf32>, !tosa.shape<3>) -> tensor<1x36x3xf32>
    %27 = tosa.matmul %25, %26, %zero, %zero : (tensor<1x1x36xf32>, tensor<1x36x3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x3xf32>
    %28 = tosa.reshape %27, %logits : (tensor<1x1x3xf32>, !tosa.shape<2>) -> tensor<1x3xf32>
    %29 = tosa.add %28, %b3 : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
    return %29 : tensor<1x3xf32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      b1: "0x040000000000803E000000BF0000803F0000003E"
    }
  }
#-}
