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

// What a constant holds for one image it holds for each; where one image meets all, it stays.
// CHECK-LABEL: func @constants(
// CHECK: %[[C:.*]] = "tosa.const"() <{values = dense<1.000000e+00> : tensor<1x1x2xf32>}>
// CHECK-DAG: %[[FOUR:.*]] = tosa.concat %[[C]], %[[C]], %[[C]], %[[C]] {axis = 0 : i32} : {{.*}} -> tensor<4x1x2xf32>
// CHECK-DAG: tosa.add %{{.*}}, %[[C]] : (tensor<4x3x2xf32>, tensor<1x1x2xf32>) -> tensor<4x3x2xf32>
// CHECK: tosa.concat %{{.*}}, %[[FOUR]] {axis = 1 : i32} : (tensor<4x3x2xf32>, tensor<4x1x2xf32>) -> tensor<4x4x2xf32>
func.func @constants(%x: tensor<1x3x2xf32>) -> tensor<1x4x2xf32> {
  %c = "tosa.const"() <{values = dense<1.0> : tensor<1x1x2xf32>}> : () -> tensor<1x1x2xf32>
  %s = tosa.add %x, %c : (tensor<1x3x2xf32>, tensor<1x1x2xf32>) -> tensor<1x3x2xf32>
  %y = tosa.concat %s, %c {axis = 1 : i32} : (tensor<1x3x2xf32>, tensor<1x1x2xf32>) -> tensor<1x4x2xf32>
  return %y : tensor<1x4x2xf32>
}

// -----

// Two images twice.
// CHECK-LABEL: func @pairs(
// CHECK: %[[C:.*]] = "tosa.const"()
// CHECK: %[[TWICE:.*]] = tosa.concat %[[C]], %[[C]] {axis = 0 : i32} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
// CHECK: tosa.add %{{.*}}, %[[TWICE]] : (tensor<4x3xf32>, tensor<4x3xf32>)
func.func @pairs(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c = "tosa.const"() <{values = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>}> : () -> tensor<2x3xf32>
  %y = tosa.add %x, %c : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @others(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %c = "tosa.const"() <{values = dense<[[1.0, 2.0], [3.0, 4.0], [1.0, 2.0]]> : tensor<3x2xf32>}> : () -> tensor<3x2xf32>
  // expected-error @below {{'tosa.add' takes a constant for each of 3 images, which does not say what 4 images are to take}}
  %y = tosa.add %x, %c : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

// The same for each of eight.
// CHECK-LABEL: func @fewer(
// CHECK: %[[ONE:.*]] = tosa.slice %{{.*}} -> tensor<1x1x2xf32>
// CHECK: tosa.concat %[[ONE]], %[[ONE]], %[[ONE]], %[[ONE]] {axis = 0 : i32} : {{.*}} -> tensor<4x1x2xf32>
func.func @fewer(%x: tensor<8x3x2xf32>) -> tensor<8x4x2xf32> {
  %c = "tosa.const"() <{values = dense<[[[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]]]> : tensor<8x1x2xf32>}> : () -> tensor<8x1x2xf32>
  %y = tosa.concat %x, %c {axis = 1 : i32} : (tensor<8x3x2xf32>, tensor<8x1x2xf32>) -> tensor<8x4x2xf32>
  return %y : tensor<8x4x2xf32>
}

// -----

// Images are no filters.
func.func @weights(%x: tensor<1x1x1x2xf32>) -> tensor<1x4x4x1xf32> {
  %c = "tosa.const"() <{values = dense<1.0> : tensor<1x4x4x2xf32>}> : () -> tensor<1x4x4x2xf32>
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // expected-error @below {{'tosa.conv2d' mixes the batch with other dimensions}}
  %y = tosa.conv2d %c, %x, %z, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

// -----

func.func @computed(%x: tensor<1x4xf32>) -> tensor<1x2x2xf32> {
  %a = tosa.const_shape {values = dense<[1, 1, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %b = tosa.const_shape {values = dense<[0, 1, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %s = tosa.add_shape %a, %b : (!tosa.shape<3>, !tosa.shape<3>) -> !tosa.shape<3>
  // expected-error @below {{'tosa.reshape' takes a shape that is no constant, so the batch in it cannot be changed}}
  %y = tosa.reshape %x, %s : (tensor<1x4xf32>, !tosa.shape<3>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}

// -----

func.func @unknown(%x: tensor<1x4xi32>) -> tensor<1x4xi32> {
  // expected-error @below {{'tosa.clz' is not known to keep images apart, so their number cannot be changed}}
  %y = tosa.clz %x : (tensor<1x4xi32>) -> tensor<1x4xi32>
  return %y : tensor<1x4xi32>
}

// -----

// A constant that is returned is one for each image.
// CHECK-LABEL: func @prior(
// CHECK: %[[C:.*]] = "tosa.const"()
// CHECK: %[[FOUR:.*]] = tosa.concat %[[C]], %[[C]], %[[C]], %[[C]] {axis = 0 : i32} : {{.*}} -> tensor<4x2xf32>
// CHECK: return %{{.*}}, %[[FOUR]] : tensor<4x2xf32>, tensor<4x2xf32>
func.func @prior(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %c = "tosa.const"() <{values = dense<[[1.0, 2.0]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  return %x, %c : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// expected-error @below {{output 'prior' does not depend on the inputs, and does not have the same row for each image}}
func.func @loose(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<2xf32> {tally.name = "prior"}) {
  %c = "tosa.const"() <{values = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  return %x, %c : tensor<1x2xf32>, tensor<2xf32>
}
