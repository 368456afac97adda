// The leading dimension changes everywhere, in shape constants too, or nothing changes.
// RUN: qopt %s --tally-set-batch=batch=4 --canonicalize --split-input-file --verify-diagnostics | FileCheck %s
// RUN: not qopt %s --tally-set-batch=batch=0 --split-input-file 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: requires a batch of at least 1, but got 0

// CHECK-LABEL: func @network(
// CHECK-SAME: %[[X:.*]]: tensor<4x4x4x2xf32>) -> tensor<4x48xf32>
// CHECK-DAG: tally.adder_conv2d {{.*}} -> tensor<4x4x4x3xf32>
// CHECK-DAG: tosa.const_shape {values = dense<[4, 48]>
// CHECK: tosa.reshape {{.*}} -> tensor<4x48xf32>
func.func @network(%x: tensor<1x4x4x2xf32>) -> tensor<1x48xf32> {
  %w = "tosa.const"() <{values = dense<1.0> : tensor<3x1x1x2xf32>}> : () -> tensor<3x1x1x2xf32>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x4x4x3xf32>
  %shape = tosa.const_shape {values = dense<[1, 48]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %r = tosa.reshape %y, %shape : (tensor<1x4x4x3xf32>, !tosa.shape<2>) -> tensor<1x48xf32>
  return %r : tensor<1x48xf32>
}

// -----

func.func @mixes(%x: tensor<1x4xf32>) -> tensor<4x1xf32> {
  // expected-error @below {{'tosa.transpose' mixes the batch with other dimensions}}
  %y = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<1x4xf32>) -> tensor<4x1xf32>
  return %y : tensor<4x1xf32>
}

// -----

func.func @joins(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = tosa.const_shape {values = dense<[0, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %n = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  // expected-error @below {{'tosa.concat' mixes the batch with other dimensions}}
  %y = tosa.concat %x, %x {axis = 0 : i32} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %z = tosa.slice %y, %s, %n : (tensor<2x4xf32>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x4xf32>
  return %z : tensor<1x4xf32>
}

// -----

// One image, so the shape is no hint.
func.func @reduces(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error @below {{'tosa.reduce_sum' mixes the batch with other dimensions}}
  %y = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// CHECK-LABEL: func @part(
// CHECK-SAME: tensor<4x4xf32>) -> tensor<4x2xf32>
// CHECK-DAG: %[[START:.*]] = tosa.const_shape {values = dense<[0, 1]>
// CHECK-DAG: %[[SIZE:.*]] = tosa.const_shape {values = dense<[4, 2]>
// CHECK: tosa.slice %{{.*}}, %[[START]], %[[SIZE]]
func.func @part(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %s = tosa.const_shape {values = dense<[0, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %n = tosa.const_shape {values = dense<[1, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %y = tosa.slice %x, %s, %n : (tensor<1x4xf32>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

func.func @unknown(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error @below {{'tosa.erf' is not known to keep images apart, so their number cannot be changed}}
  %y = tosa.erf %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
