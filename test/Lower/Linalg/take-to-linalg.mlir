// Elements at places that follow a rule are read where it says; others where a table says.
// RUN: qopt %s --tally-to-linalg | FileCheck %s

!u = !quant.uniform<u8:f32, 0.5:3>

// CHECK-DAG: #[[SECOND:.*]] = affine_map<(d0, d1, d2) -> (d0, d1 * 2 + 1, d2)>
// CHECK-DAG: #[[MIRROR:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, -d2 + 1)>
// CHECK-DAG: #[[TABLE:.*]] = affine_map<(d0, d1, d2) -> (d1)>

// CHECK-LABEL: func @rules(
func.func @rules(%x: tensor<1x5x2x!u>) -> tensor<1x2x2x!u> {
  // CHECK: linalg.generic {indexing_maps = [#[[SECOND]],
  // CHECK-NOT: tensor.extract
  %y = tally.take %x [1, 3] along 1 : (tensor<1x5x2x!u>) -> tensor<1x2x2x!u>
  // CHECK: linalg.generic {indexing_maps = [#[[MIRROR]],
  // CHECK-NOT: tensor.extract
  %z = tally.take %y [1, 0] along 2 : (tensor<1x2x2x!u>) -> tensor<1x2x2x!u>
  return %z : tensor<1x2x2x!u>
}

// CHECK-LABEL: func @table(
func.func @table(%x: tensor<1x5x2xf32>) -> tensor<1x4x2xf32> {
  // CHECK: %[[NUMBERS:.*]] = arith.constant dense<[0, 0, 4, 2]> : tensor<4xi32>
  // CHECK: linalg.generic {indexing_maps = [#[[TABLE]], {{.*}} ins(%[[NUMBERS]]
  // CHECK: tensor.extract %arg0[%{{.*}}, %{{.*}}, %{{.*}}] : tensor<1x5x2xf32>
  %y = tally.take %x [0, 0, 4, 2] along 1 : (tensor<1x5x2xf32>) -> tensor<1x4x2xf32>
  return %y : tensor<1x4x2xf32>
}
// Neighbours in their order are a slice.
// CHECK-LABEL: func @neighbours(
func.func @neighbours(%x: tensor<1x5x4xf32>) -> tensor<1x2x3xf32> {
  // CHECK: tensor.extract_slice %arg0[0, 0, 0] [1, 5, 3] [1, 1, 1]
  %y = tally.take %x [0, 1, 2] along 2 : (tensor<1x5x4xf32>) -> tensor<1x5x3xf32>
  // CHECK: tensor.extract_slice %{{.*}}[0, 3, 0] [1, 2, 3] [1, 1, 1]
  %z = tally.take %y [3, 4] along 1 : (tensor<1x5x3xf32>) -> tensor<1x2x3xf32>
  return %z : tensor<1x2x3xf32>
}
