// A constant filter is transposed at compile time where the lanes would read it with a stride.
// RUN: qopt %s --tally-pack-filters | FileCheck %s

#x = affine_map<(n, f, k) -> (n, k)>
#w = affine_map<(n, f, k) -> (f, k)>
#y = affine_map<(n, f, k) -> (n, f)>
#row = affine_map<(n, f, k) -> (k, f)>
// CHECK-DAG: #[[PACKED:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: @[[W:w[._].*]](dense_resource<[[R:.*]]> : tensor<3x2xf32>) : tensor<3x2xf32>
ml_program.global private @w(dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>) : tensor<2x3xf32>
ml_program.global private @last(dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>) : tensor<3x2xf32>

// CHECK-LABEL: func @pack
// CHECK: %[[L:.*]] = ml_program.global_load_const @[[W]]
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[PACKED]], #{{.*}}], {{.*}} ins(%arg0, %[[L]] :
func.func @pack(%x: tensor<1x3xf32>, %start: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x3xf32>
  %y = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<1x3xf32>, tensor<2x3xf32>) outs(%start : tensor<1x2xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// Nothing to gain: the channel is last already, or all elements are equal.
// CHECK-LABEL: func @keep
// CHECK-DAG: %[[LAST:.*]] = ml_program.global_load_const @last
// CHECK-DAG: %[[SPLAT:.*]] = arith.constant dense<1.0
// CHECK: linalg.generic {{.*}} ins(%arg0, %[[LAST]] :
// CHECK: linalg.generic {{.*}} ins(%arg0, %[[SPLAT]] :
func.func @keep(%x: tensor<1x3xf32>, %start: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %w = ml_program.global_load_const @last : tensor<3x2xf32>
  %ones = arith.constant dense<1.0> : tensor<2x3xf32>
  %y = linalg.generic {indexing_maps = [#x, #row, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<1x3xf32>, tensor<3x2xf32>) outs(%start : tensor<1x2xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %s = arith.addf %sum, %b : f32
    linalg.yield %s : f32
  } -> tensor<1x2xf32>
  %z = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %ones : tensor<1x3xf32>, tensor<2x3xf32>) outs(%start : tensor<1x2xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %s = arith.addf %sum, %b : f32
    linalg.yield %s : f32
  } -> tensor<1x2xf32>
  return %y, %z : tensor<1x2xf32>, tensor<1x2xf32>
}

// The bytes 1 4 2 5 3 6.
// CHECK: dialect_resources
// CHECK: [[R]]: "0x400000000000803F00008040000000400000A040000040400000C040"
