// Elementwise functions; leaky ReLU and softmax in pieces, as they are imported.
func.func @main(%x: tensor<2x3x5xf32>, %b: tensor<1x3x1xf32>, %m: tensor<2x5x4xf32>)
    -> (tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x1x5xf32>, tensor<2x3x4xf32>) {
  %tenth = "tosa.const"() <{values = dense<0.1> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  // Leaky ReLU.
  %0 = tosa.mul %x, %tenth, %shift : (tensor<2x3x5xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x3x5xf32>
  %1 = tosa.maximum %x, %0 : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  // Softmax.
  %2 = tosa.reduce_max %x {axis = 2 : i32} : (tensor<2x3x5xf32>) -> tensor<2x3x1xf32>
  %3 = tosa.sub %x, %2 : (tensor<2x3x5xf32>, tensor<2x3x1xf32>) -> tensor<2x3x5xf32>
  %4 = tosa.exp %3 : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %5 = tosa.reduce_sum %4 {axis = 2 : i32} : (tensor<2x3x5xf32>) -> tensor<2x3x1xf32>
  %6 = tosa.reciprocal %5 : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %7 = tosa.mul %4, %6, %shift : (tensor<2x3x5xf32>, tensor<2x3x1xf32>, tensor<1xi8>) -> tensor<2x3x5xf32>
  // Functions of one value.
  %8 = tosa.clamp %x {min_val = -0.5 : f32, max_val = 1.25 : f32} : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %9 = tosa.sigmoid %x : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %10 = tosa.tanh %9 : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %11 = tosa.add %9, %b : (tensor<2x3x5xf32>, tensor<1x3x1xf32>) -> tensor<2x3x5xf32>
  %12 = tosa.minimum %11, %10 : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %13 = tosa.log %4 : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %14 = tosa.rsqrt %9 : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %15 = tosa.pow %9, %10 : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %16 = tosa.add %14, %15 : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %17 = tosa.floor %x : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %18 = tosa.ceil %0 : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %19 = tosa.negate %18, %zero, %zero : (tensor<2x3x5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x3x5xf32>
  %20 = tosa.sub %17, %19 : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %21 = tosa.reduce_min %x {axis = 1 : i32} : (tensor<2x3x5xf32>) -> tensor<2x1x5xf32>
  %22 = tosa.matmul %x, %m, %zero, %zero : (tensor<2x3x5xf32>, tensor<2x5x4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x3x4xf32>
  return %1, %7, %8, %12, %13, %16, %20, %21, %22 : tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x3x5xf32>, tensor<2x1x5xf32>, tensor<2x3x4xf32>
}
