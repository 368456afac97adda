// Sums and maxima along one dimension become pools; a sum of a sum becomes one where the dimensions are neighbours.
// RUN: qopt %s --tally-reductions-to-pools --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func @tokens
// CHECK: %[[X:.*]] = tosa.reshape %arg0, {{.*}} -> tensor<1x4x1x3xf32>
// CHECK: %[[Y:.*]] = tally.sum_pool2d %[[X]] kernel [4, 1] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "tokens"} {{.*}} -> tensor<1x1x1x3xf32>
// CHECK: tosa.reshape %[[Y]], {{.*}} -> tensor<1x1x3xf32>
func.func @tokens(%x: tensor<1x4x3xf32>) -> tensor<1x1x3xf32> {
  %y = tosa.reduce_sum %x {axis = 1 : i32, tally.name = "tokens"} : (tensor<1x4x3xf32>) -> tensor<1x1x3xf32>
  return %y : tensor<1x1x3xf32>
}

// -----

// Channels are the columns of an image with a row for each place.
// CHECK-LABEL: func @channels
// CHECK: tosa.reshape %arg0, {{.*}} -> tensor<1x20x3x1xf32>
// CHECK: tosa.max_pool2d {{.*}}kernel = array<i64: 1, 3>{{.*}} -> tensor<1x20x1x1xf32>
func.func @channels(%x: tensor<1x4x5x3xf32>) -> tensor<1x4x5x1xf32> {
  %y = tosa.reduce_max %x {axis = 3 : i32} : (tensor<1x4x5x3xf32>) -> tensor<1x4x5x1xf32>
  return %y : tensor<1x4x5x1xf32>
}

// -----

// CHECK-LABEL: func @minimum
// CHECK: %[[A:.*]] = tally.channel_affine
// CHECK: %[[B:.*]] = tosa.max_pool2d %[[A]]
// CHECK: tally.channel_affine %[[B]]
func.func @minimum(%x: tensor<1x4x5x3xf32>) -> tensor<1x1x5x3xf32> {
  %y = tosa.reduce_min %x {axis = 1 : i32} : (tensor<1x4x5x3xf32>) -> tensor<1x1x5x3xf32>
  return %y : tensor<1x1x5x3xf32>
}

// -----

// A mean over rows of a mean over columns, as an exporter writes it that drops dimensions.
// CHECK-LABEL: func @one_after_another
// CHECK: %[[X:.*]] = tosa.reshape %arg0, {{.*}} -> tensor<1x20x1x3xf32>
// CHECK: %[[Y:.*]] = tally.sum_pool2d %[[X]] kernel [20, 1]
// CHECK-NOT: tally.sum_pool2d
// CHECK: %[[Z:.*]] = tosa.reshape %[[Y]], {{.*}} -> tensor<1x3x1xf32>
// CHECK: tally.channel_affine %[[Z]]
func.func @one_after_another(%x: tensor<1x4x5x3xf32>) -> tensor<1x3x1xf32> {
  %c = "tosa.const"() <{values = dense<0.2> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %shape = tosa.const_shape {values = dense<[1, 3, 4]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %a = tosa.reduce_sum %x {axis = 2 : i32} : (tensor<1x4x5x3xf32>) -> tensor<1x4x1x3xf32>
  %b = tosa.mul %a, %c, %s : (tensor<1x4x1x3xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x4x1x3xf32>
  %t = tosa.transpose %b {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x1x3xf32>) -> tensor<1x3x4x1xf32>
  %r = tosa.reshape %t, %shape : (tensor<1x3x4x1xf32>, !tosa.shape<3>) -> tensor<1x3x4xf32>
  %y = tosa.reduce_sum %r {axis = 2 : i32} : (tensor<1x3x4xf32>) -> tensor<1x3x1xf32>
  return %y : tensor<1x3x1xf32>
}

// -----

// Rows and channels are no neighbours, somebody else wants the first sum, the batch stays.
// CHECK-LABEL: func @others
// CHECK-COUNT-4: tally.sum_pool2d
// CHECK: tosa.reduce_sum {{.*}}axis = 0
func.func @others(%x: tensor<2x4x5x3xf32>) -> (tensor<2x1x5x1xf32>, tensor<2x4x1x3xf32>, tensor<2x1x1x3xf32>, tensor<1x4x5x3xf32>) {
  %a = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<2x4x5x3xf32>) -> tensor<2x1x5x3xf32>
  %b = tosa.reduce_sum %a {axis = 3 : i32} : (tensor<2x1x5x3xf32>) -> tensor<2x1x5x1xf32>
  %c = tosa.reduce_sum %x {axis = 2 : i32} : (tensor<2x4x5x3xf32>) -> tensor<2x4x1x3xf32>
  %d = tosa.reduce_sum %c {axis = 1 : i32} : (tensor<2x4x1x3xf32>) -> tensor<2x1x1x3xf32>
  %e = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<2x4x5x3xf32>) -> tensor<1x4x5x3xf32>
  return %b, %c, %d, %e : tensor<2x1x5x1xf32>, tensor<2x4x1x3xf32>, tensor<2x1x1x3xf32>, tensor<1x4x5x3xf32>
}
