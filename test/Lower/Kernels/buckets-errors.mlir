// RUN: qopt %s --tally-linalg-to-steps --verify-diagnostics

#x = affine_map<(i, b, k) -> (i, k)>
#y = affine_map<(i, b, k) -> (i, b)>
#id = affine_map<(i, b) -> (i, b)>
#sum = affine_map<(i, b) -> (i)>
func.func @products(%x: tensor<4x8xi32>) -> tensor<4xi32> {
  %zero = arith.constant dense<0> : tensor<4x3xi32>
  %start = arith.constant dense<0> : tensor<4xi32>
  // expected-error @below {{requires a body that adds to buckets to be lowered to loops}}
  %buckets = linalg.generic {indexing_maps = [#x, #y], iterator_types = ["parallel", "parallel", "reduction"], tally.buckets}
      ins(%x : tensor<4x8xi32>) outs(%zero : tensor<4x3xi32>) {
  ^bb0(%in: i32, %out: i32):
    %product = arith.muli %in, %out : i32
    linalg.yield %product : i32
  } -> tensor<4x3xi32>
  %y = linalg.generic {indexing_maps = [#id, #sum], iterator_types = ["parallel", "reduction"]}
      ins(%buckets : tensor<4x3xi32>) outs(%start : tensor<4xi32>) {
  ^bb0(%in: i32, %out: i32):
    %total = arith.addi %in, %out : i32
    linalg.yield %total : i32
  } -> tensor<4xi32>
  return %y : tensor<4xi32>
}
