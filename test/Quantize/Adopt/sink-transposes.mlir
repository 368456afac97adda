// Transposes move towards the results and vanish where they meet their inverse.
// RUN: qopt %s --split-input-file --tally-sink-transposes | FileCheck %s

// Between two convolutions in the layout of others nothing is moved, nor on the way in; constants turn with the values.
// CHECK-LABEL: func @convolutions
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x3x2xf32>, %[[W:.*]]: tensor<2x1x1x2xf32>, %[[B:.*]]: tensor<2xf32>, %[[Z:.*]]: tensor<1xf32>)
// CHECK: %[[Y1:.*]] = tosa.conv2d %[[X]], %[[W]]
// CHECK: %[[C:.*]] = "tosa.const"() <{values = dense<{{\[\[\[\[}}1.000000e+00, 2.000000e+00]]]]> : tensor<1x1x1x2xf32>}>
// CHECK: %[[Y2:.*]] = tosa.mul %[[Y1]], %[[C]], %{{.*}} -> tensor<1x4x3x2xf32>
// CHECK: %[[Y3:.*]] = tosa.add %[[Y2]], %[[X]]
// CHECK: %[[Y4:.*]] = tosa.clamp %[[Y3]]
// CHECK: %[[Y5:.*]] = tosa.conv2d %[[Y4]], %[[W]]
// CHECK: %[[R:.*]] = tosa.transpose %[[Y5]] {perms = array<i32: 0, 3, 1, 2>}
// CHECK: return %[[R]]
func.func @convolutions(%x: tensor<1x2x4x3xf32>, %w: tensor<2x1x1x2xf32>, %b: tensor<2xf32>, %z: tensor<1xf32>) -> tensor<1x2x4x3xf32> {
  %c = "tosa.const"() <{values = dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>}> : () -> tensor<1x2x1x1xf32>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x4x3xf32>) -> tensor<1x4x3x2xf32>
  %1 = tosa.conv2d %0, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x3x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x3x2xf32>
  %2 = tosa.transpose %1 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x3x2xf32>) -> tensor<1x2x4x3xf32>
  %3 = tosa.mul %2, %c, %shift : (tensor<1x2x4x3xf32>, tensor<1x2x1x1xf32>, tensor<1xi8>) -> tensor<1x2x4x3xf32>
  %4 = tosa.add %3, %x : (tensor<1x2x4x3xf32>, tensor<1x2x4x3xf32>) -> tensor<1x2x4x3xf32>
  %5 = tosa.clamp %4 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x2x4x3xf32>) -> tensor<1x2x4x3xf32>
  %6 = tosa.transpose %5 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x4x3xf32>) -> tensor<1x4x3x2xf32>
  %7 = tosa.conv2d %6, %w, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x3x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x3x2xf32>
  %8 = tosa.transpose %7 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x3x2xf32>) -> tensor<1x2x4x3xf32>
  return %8 : tensor<1x2x4x3xf32>
}

// -----

// Where something stands between an argument and its transpose, the argument stays as it was.
// CHECK-LABEL: func @between(
// CHECK-SAME: %[[X:.*]]: tensor<1x2x4x3xf32>)
// CHECK: %[[Y:.*]] = tosa.abs %[[X]]
// CHECK: %[[T:.*]] = tosa.transpose %[[Y]] {perms = array<i32: 0, 2, 3, 1>}
// CHECK: return %[[T]]
func.func @between(%x: tensor<1x2x4x3xf32>) -> tensor<1x4x3x2xf32> {
  %0 = tosa.abs %x : (tensor<1x2x4x3xf32>) -> tensor<1x2x4x3xf32>
  %1 = tosa.transpose %0 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x4x3xf32>) -> tensor<1x4x3x2xf32>
  return %1 : tensor<1x4x3x2xf32>
}

// -----

// Dimensions keep their meaning: padding, slices, concatenation, reductions.
// CHECK-LABEL: func @dimensions
// CHECK: %[[PADDING:.*]] = tosa.const_shape {values = dense<[0, 0, 3, 4, 5, 6, 1, 2]> : tensor<8xindex>}
// CHECK: %[[PADDED:.*]] = tosa.pad %arg0, %[[PADDING]], %{{.*}} -> tensor<1x9x13x5xf32>
// CHECK-DAG: %[[START:.*]] = tosa.const_shape {values = dense<[0, 2, 3, 1]> : tensor<4xindex>}
// CHECK-DAG: %[[SIZE:.*]] = tosa.const_shape {values = dense<[1, 6, 7, 2]> : tensor<4xindex>}
// CHECK: %[[PART:.*]] = tosa.slice %[[PADDED]], %[[START]], %[[SIZE]] {{.*}} -> tensor<1x6x7x2xf32>
// CHECK: %[[BOTH:.*]] = tosa.concat %[[PART]], %[[PART]] {axis = 3 : i32} : {{.*}} -> tensor<1x6x7x4xf32>
// CHECK: %[[SUM:.*]] = tosa.reduce_sum %[[BOTH]] {axis = 1 : i32} : {{.*}} -> tensor<1x1x7x4xf32>
// CHECK-NOT: tosa.transpose
// CHECK: return %[[SUM]]
func.func @dimensions(%x: tensor<1x2x2x2xf32>) -> tensor<1x1x7x4xf32> {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %padding = tosa.const_shape {values = dense<[0, 0, 1, 2, 3, 4, 5, 6]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %start = tosa.const_shape {values = dense<[0, 1, 2, 3]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<[1, 2, 6, 7]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %0 = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = tosa.pad %0, %padding, %zero : (tensor<1x2x2x2xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x5x9x13xf32>
  %2 = tosa.slice %1, %start, %size : (tensor<1x5x9x13xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x6x7xf32>
  %3 = tosa.concat %2, %2 {axis = 1 : i32} : (tensor<1x2x6x7xf32>, tensor<1x2x6x7xf32>) -> tensor<1x4x6x7xf32>
  %4 = tosa.reduce_sum %3 {axis = 2 : i32} : (tensor<1x4x6x7xf32>) -> tensor<1x4x1x7xf32>
  %5 = tosa.transpose %4 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x1x7xf32>) -> tensor<1x1x7x4xf32>
  return %5 : tensor<1x1x7x4xf32>
}

// -----

// Three that turn in a circle are nothing, and one that moves only dimensions of 1 is a reshape. A sum with what is not
// transposed, or differently, stays.
// CHECK-LABEL: func @left
// CHECK-DAG: %[[T:.*]] = tosa.transpose %arg0 {perms = array<i32: 1, 2, 0>}
// CHECK-DAG: %[[U:.*]] = tosa.transpose %arg0 {perms = array<i32: 2, 0, 1>}
// CHECK-DAG: %[[S:.*]] = tosa.add %[[T]], %arg0
// CHECK-DAG: %[[V:.*]] = tosa.add %[[T]], %[[U]]
// CHECK-DAG: %[[F:.*]] = tosa.reshape %arg1, %{{.*}} -> tensor<1x5x1xf32>
// CHECK: return %[[S]], %[[V]], %arg0, %[[F]]
func.func @left(%x: tensor<2x2x2xf32>, %y: tensor<1x1x5xf32>) -> (tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<1x5x1xf32>) {
  %0 = tosa.transpose %x {perms = array<i32: 1, 2, 0>} : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  %1 = tosa.add %0, %x : (tensor<2x2x2xf32>, tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  %2 = tosa.transpose %0 {perms = array<i32: 1, 2, 0>} : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  %3 = tosa.add %0, %2 : (tensor<2x2x2xf32>, tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  %4 = tosa.transpose %2 {perms = array<i32: 1, 2, 0>} : (tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  %5 = tosa.transpose %y {perms = array<i32: 0, 2, 1>} : (tensor<1x1x5xf32>) -> tensor<1x5x1xf32>
  return %1, %3, %4, %5 : tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<1x5x1xf32>
}

// -----

// An importer of ours has settled the layout.
// CHECK-LABEL: func @imported
// CHECK-COUNT-2: tosa.transpose
module attributes {tally.stage = #tally.stage<imported>} {
  func.func @imported(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    %0 = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
    %1 = tosa.transpose %0 {perms = array<i32: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
    return %1 : tensor<2x3xf32>
  }
}
