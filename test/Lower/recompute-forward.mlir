// What gradients need of the forward pass is computed again where one kept value suffices for it.
// RUN: qopt %s --tally-recompute-forward | FileCheck %s

#id = affine_map<(i) -> (i)>
#none = affine_map<(i) -> (0)>

// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:arg0]]: tensor<8192xf32>
// CHECK: %[[RELU:.*]] = linalg.generic {{.*}} ins(%[[X]] :
// CHECK: %[[PAD:.*]] = tensor.pad %[[RELU]]
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[X]], %arg1 :
// CHECK: linalg.generic {{.*}} ins(%[[PAD]] :
// The sum of two large values stays as it is; what was clamped and padded is made once more.
// CHECK: %[[AGAIN:.*]] = linalg.generic {{.*}} ins(%[[X]] :
// CHECK: %[[BOTH:.*]] = tensor.pad %[[AGAIN]]
// CHECK: linalg.generic {{.*}} ins(%[[BOTH]], %[[SUM]] :
// CHECK: linalg.generic {{.*}} ins(%[[AGAIN]], %[[X]] :
func.func @main(%x: tensor<8192xf32>, %o: tensor<8192xf32>) -> (tensor<1xf32>, tensor<8192xf32>, tensor<8192xf32>) attributes {tally.backward} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8192xf32>
  %one = tensor.empty() : tensor<1xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8192xf32>) outs(%e : tensor<8192xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.maximumf %a, %zero : f32
    linalg.yield %m : f32
  } -> tensor<8192xf32>
  %pad = tensor.pad %relu low[0] high[2] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<8192xf32> to tensor<8194xf32>
  %sum = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%x, %o : tensor<8192xf32>, tensor<8192xf32>) outs(%e : tensor<8192xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.addf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<8192xf32>
  %loss = linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]} ins(%pad : tensor<8194xf32>) outs(%one : tensor<1xf32>) {
  ^bb0(%a: f32, %b: f32):
    %m = arith.addf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<1xf32>
  %f = tensor.empty() : tensor<8192xf32>
  %g = linalg.generic {indexing_maps = [affine_map<(i) -> (i + 2)>, #id, #id], iterator_types = ["parallel"]} ins(%pad, %sum : tensor<8194xf32>, tensor<8192xf32>) outs(%f : tensor<8192xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<8192xf32>
  %h = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%relu, %x : tensor<8192xf32>, tensor<8192xf32>) outs(%f : tensor<8192xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<8192xf32>
  return %loss, %g, %h : tensor<1xf32>, tensor<8192xf32>, tensor<8192xf32>
}
