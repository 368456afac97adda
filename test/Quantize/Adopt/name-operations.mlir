// What computes is named by its location, or after the layer that its input stems from; a reshape as what it shows.
// RUN: qopt %s --tally-name-operations --split-input-file | FileCheck %s

// CHECK-LABEL: func @network(
// CHECK: tosa.abs %{{.*}} {tally.name = "abs"}
// CHECK: tosa.conv2d {{.*}}tally.name = "conv1"
// CHECK: tosa.clamp {{.*}}tally.name = "conv1.clamp"
// CHECK: tosa.clamp {{.*}}tally.name = "conv1.clamp.2"
// CHECK: tosa.reshape %{{.*}} {tally.name = "conv1.clamp.2"}
// CHECK: tosa.add %{{.*}} {tally.name = "sum"}
// CHECK: tosa.abs %{{.*}} {tally.name = "conv1.abs"}
// CHECK: tosa.exp %{{.*}} {tally.name = "sum.2"}
func.func @network(%x: tensor<1x1x1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() <{values = dense<1.0> : tensor<2x1x1x2xf32>}> : () -> tensor<2x1x1x2xf32>
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %s = tosa.const_shape {values = dense<[1, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = tosa.abs %x : (tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %1 = tosa.conv2d %0, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv1"}
      : (tensor<1x1x1x2xf32>, tensor<2x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x2xf32>
  %2 = tosa.clamp %1 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %3 = tosa.clamp %2 {min_val = 0.0 : f32, max_val = 3.0 : f32} : (tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %4 = tosa.reshape %3, %s : (tensor<1x1x1x2xf32>, !tosa.shape<2>) -> tensor<1x2xf32>
  %5 = tosa.add %4, %4 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32> loc("sum")
  %6 = tosa.abs %5 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %7 = tosa.exp %6 : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("sum")
  return %7 : tensor<1x2xf32>
}

// -----

// A module with a stage has the names that it is to have.
// CHECK-LABEL: module attributes
// CHECK: tosa.abs %{{[^{]*}} :
module attributes {tally.stage = #tally.stage<imported>} {
  func.func @staged(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
    %0 = tosa.abs %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
    return %0 : tensor<1x2xf32>
  }
}
