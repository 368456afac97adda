// What only moves values is looked through: parts that are joined to be added have no observer, and stay as precise as
// the sum; where what is joined is returned as well, each part is rounded, and so it is where codes are stored anyway.
// RUN: %make_images %t 3,2,2,1 1
// RUN: qopt %s --tally-calibrate=data=npy:%t.x.npy,%t.y.npy | FileCheck %s

ml_program.global private @w(dense<1.0> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>

// CHECK-LABEL: func @main
// CHECK: %[[X:.*]] = tally.observe %arg0
// CHECK: %[[A:.*]] = tally.adder_conv2d %[[X]]
// CHECK-NEXT: %[[B:.*]] = tally.adder_conv2d %[[X]]
// CHECK-NEXT: %[[J:.*]] = tosa.concat %[[A]], %[[B]]
// CHECK-NEXT: %[[S:.*]] = tally.shuffle_channels %[[J]]
// CHECK-NEXT: %[[C:.*]] = tally.adder_conv2d %[[X]]
// CHECK-NEXT: %[[O:.*]] = tally.observe %[[C]]
// CHECK-NEXT: %[[K:.*]] = tosa.concat %[[O]], %[[X]]
// CHECK-NEXT: %[[Y:.*]] = tosa.add %[[S]], %[[K]]
// CHECK-NEXT: %[[Z:.*]] = tally.observe %[[Y]]
// CHECK-NEXT: return %[[Z]], %[[K]]
func.func @main(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) {
  %w = ml_program.global_load_const @w : tensor<1x1x1x1xf32>
  %a = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "a"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %b = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "b"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %j = tosa.concat %a, %b {axis = 3 : i32} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32>
  %s = tally.shuffle_channels %j [1, 0] : tensor<1x2x2x2xf32>
  %c = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "c"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %k = tosa.concat %c, %x {axis = 3 : i32} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32>
  %y = tosa.add %s, %k : (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %y, %k : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
}
