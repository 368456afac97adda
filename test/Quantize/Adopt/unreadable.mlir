// A constant that cannot be read stays where it is, for the next pass to say so.
// RUN: qopt %s --tally-constants-to-parameters | FileCheck %s
// RUN: %make_images %t 1,2,2,1 1
// RUN: not tally calibrate %s --data npy:%t.x.npy,%t.y.npy -o %t.mlir 2>&1 | FileCheck %s --check-prefix=ERROR

// CHECK-NOT: ml_program.global
// ERROR: error: has constant elements that cannot be read
func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = "tosa.const"() <{values = dense_resource<__elided__> : tensor<2x1x1x1xf32>}> : () -> tensor<2x1x1x1xf32>
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.conv2d %x, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}
