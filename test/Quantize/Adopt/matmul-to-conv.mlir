// A product with a constant matrix is a 1x1 convolution, with a constant behind it as its bias; products of two
// values stay.
// RUN: qopt %s --split-input-file --tally-matmul-to-conv | FileCheck %s

// The batch stays dimension 0, whatever reshapes stand around the product.
// CHECK-LABEL: func @linear
// CHECK-DAG: %[[W:.*]] = "tosa.const"() <{values = dense<{{\[\[\[\[}}1.000000e+00, 3.000000e+00]]], {{\[\[\[}}2.000000e+00, 4.000000e+00]]]]> : tensor<2x1x1x2xf32>}>
// CHECK-DAG: %[[B:.*]] = "tosa.const"() <{values = dense<[5.000000e+00, 6.000000e+00]> : tensor<2xf32>}>
// CHECK-DAG: %[[X:.*]] = tosa.reshape %arg0, %{{.*}} -> tensor<3x1x1x2xf32>
// CHECK: %[[Y:.*]] = tosa.conv2d %[[X]], %[[W]], %[[B]], %{{.*}}tally.name = "fc"} : {{.*}} -> tensor<3x1x1x2xf32>
// CHECK-NOT: tosa.add
// CHECK: tosa.clamp
func.func @linear(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = "tosa.const"() <{values = dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>}> : () -> tensor<1x2x2xf32>
  %b = "tosa.const"() <{values = dense<[[5.0, 6.0]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %s3 = tosa.const_shape {values = dense<[1, 3, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %s2 = tosa.const_shape {values = dense<[3, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = tosa.reshape %x, %s3 : (tensor<3x2xf32>, !tosa.shape<3>) -> tensor<1x3x2xf32>
  %1 = tosa.matmul %0, %w, %zero, %zero {tally.name = "fc"} : (tensor<1x3x2xf32>, tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x2xf32>
  %2 = tosa.reshape %1, %s2 : (tensor<1x3x2xf32>, !tosa.shape<2>) -> tensor<3x2xf32>
  %3 = tosa.add %b, %2 : (tensor<1x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %4 = tosa.clamp %3 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<3x2xf32>) -> tensor<3x2xf32>
  return %4 : tensor<3x2xf32>
}

// -----

// A matrix that is read twice or added in one value: the addition stays, the product changes.
// CHECK-LABEL: func @alone
// CHECK: %[[Y:.*]] = tosa.conv2d %arg0, %{{.*}} : (tensor<1x3x1x2xf32>
// CHECK: %[[R:.*]] = tosa.reshape %[[Y]], %{{.*}} -> tensor<1x3x2xf32>
// CHECK: %[[S:.*]] = tosa.add %[[R]], %[[R]]
// CHECK: return %[[R]], %[[S]]
func.func @alone(%x: tensor<1x3x1x2xf32>) -> (tensor<1x3x2xf32>, tensor<1x3x2xf32>) {
  %w = "tosa.const"() <{values = dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>}> : () -> tensor<1x2x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %s = tosa.const_shape {values = dense<[1, 3, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %0 = tosa.reshape %x, %s : (tensor<1x3x1x2xf32>, !tosa.shape<3>) -> tensor<1x3x2xf32>
  %1 = tosa.matmul %0, %w, %zero, %zero : (tensor<1x3x2xf32>, tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x2xf32>
  %2 = tosa.add %1, %1 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  return %1, %2 : tensor<1x3x2xf32>, tensor<1x3x2xf32>
}

// -----

// A constant on the left: the product of both turned, turned back.
// CHECK-LABEL: func @left
// CHECK-DAG: %[[W:.*]] = "tosa.const"() <{values = dense<{{\[\[\[\[}}1.000000e+00, 2.000000e+00]]], {{\[\[\[}}3.000000e+00, 4.000000e+00]]], {{\[\[\[}}5.000000e+00, 6.000000e+00]]]]> : tensor<3x1x1x2xf32>}>
// CHECK-DAG: %[[T:.*]] = tosa.transpose %arg0 {perms = array<i32: 0, 2, 1>} : (tensor<1x2x4xf32>) -> tensor<1x4x2xf32>
// CHECK-DAG: %[[X:.*]] = tosa.reshape %[[T]], %{{.*}} -> tensor<1x4x1x2xf32>
// CHECK: %[[Y:.*]] = tosa.conv2d %[[X]], %[[W]], %{{.*}}tally.name = "mix"} : {{.*}} -> tensor<1x4x1x3xf32>
// CHECK: %[[R:.*]] = tosa.reshape %[[Y]], %{{.*}} -> tensor<1x4x3xf32>
// CHECK: tosa.transpose %[[R]] {perms = array<i32: 0, 2, 1>} : (tensor<1x4x3xf32>) -> tensor<1x3x4xf32>
func.func @left(%x: tensor<1x2x4xf32>) -> tensor<1x3x4xf32> {
  %w = "tosa.const"() <{values = dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]> : tensor<1x3x2xf32>}> : () -> tensor<1x3x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.matmul %w, %x, %zero, %zero {tally.name = "mix"} : (tensor<1x3x2xf32>, tensor<1x2x4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x4xf32>
  return %0 : tensor<1x3x4xf32>
}

// -----

// CHECK-LABEL: func @values
// CHECK-COUNT-2: tosa.matmul
// CHECK-NOT: tosa.conv2d
func.func @values(%a: tensor<1x2x2xf32>, %b: tensor<1x2x2xf32>, %c: tensor<2x2x2xf32>) -> (tensor<1x2x2xf32>, tensor<2x2x2xf32>) {
  %w = "tosa.const"() <{values = dense<1.0> : tensor<2x2x2xf32>}> : () -> tensor<2x2x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.matmul %a, %b, %zero, %zero : (tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2xf32>
  %1 = tosa.matmul %c, %w, %zero, %zero : (tensor<2x2x2xf32>, tensor<2x2x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x2x2xf32>
  return %0, %1 : tensor<1x2x2xf32>, tensor<2x2x2xf32>
}
