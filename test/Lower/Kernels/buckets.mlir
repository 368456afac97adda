// Sums into buckets are a small row that each number is added to; a code that names no bucket adds to a place of its own.
// What only looks like it, because a number depends on the bucket or on its sum, stays as it is written.
// RUN: qopt %s --linalg-generalize-named-ops --tally-linalg-to-steps --split-input-file | FileCheck %s

#code = affine_map<(n, b, k) -> (n, k)>
#sum = affine_map<(n, b, k) -> (n, b)>
#in = affine_map<(n, u, b) -> (n, b)>
#out = affine_map<(n, u, b) -> (n, u)>

// CHECK-LABEL: func.func @main
// CHECK: %[[ROW:.*]] = memref.alloca() : memref<4xi32>
// CHECK: %[[EXISTS:.*]] = arith.cmpi ult, %[[BUCKET:.*]], %[[COUNT:.*]] : index
// CHECK: %[[PLACE:.*]] = arith.select %[[EXISTS]], %[[BUCKET]], %[[COUNT]] : index
// CHECK: memref.load %[[ROW]][%[[PLACE]]]
func.func @main(%c: tensor<2x5xi8>, %x: tensor<2x5xi32>) -> tensor<2x1xi32> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<2x3xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<2x3xi32>) -> tensor<2x3xi32>
  %s = linalg.generic {indexing_maps = [#code, #code, #sum], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%c, %x : tensor<2x5xi8>, tensor<2x5xi32>) outs(%f : tensor<2x3xi32>) {
  ^bb0(%a: i8, %v: i32, %o: i32):
    %i = linalg.index 1 : index
    %ic = arith.index_cast %i : index to i8
    %q = arith.cmpi eq, %a, %ic : i8
    %m = arith.select %q, %v, %z : i32
    %r = arith.addi %o, %m : i32
    linalg.yield %r : i32
  } -> tensor<2x3xi32>
  %e2 = tensor.empty() : tensor<2x1xi32>
  %f2 = linalg.fill ins(%z : i32) outs(%e2 : tensor<2x1xi32>) -> tensor<2x1xi32>
  %y = linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%s : tensor<2x3xi32>) outs(%f2 : tensor<2x1xi32>) {
  ^bb0(%a: i32, %o: i32):
    %i = linalg.index 2 : index
    %ic = arith.index_cast %i : index to i32
    %p = arith.shli %a, %ic : i32
    %r = arith.addi %o, %p : i32
    linalg.yield %r : i32
  } -> tensor<2x1xi32>
  return %y : tensor<2x1xi32>
}

// -----

#code = affine_map<(n, b, k) -> (n, k)>
#sum = affine_map<(n, b, k) -> (n, b)>
#in = affine_map<(n, u, b) -> (n, b)>
#out = affine_map<(n, u, b) -> (n, u)>

// CHECK-LABEL: func.func @main
// CHECK-NOT: memref.alloca
func.func @main(%c: tensor<2x5xi8>, %x: tensor<2x5xi32>) -> tensor<2x1xi32> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<2x3xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<2x3xi32>) -> tensor<2x3xi32>
  %s = linalg.generic {indexing_maps = [#code, #code, #sum], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%c, %x : tensor<2x5xi8>, tensor<2x5xi32>) outs(%f : tensor<2x3xi32>) {
  ^bb0(%a: i8, %v: i32, %o: i32):
    %i = linalg.index 1 : index
    %ic = arith.index_cast %i : index to i8
    %q = arith.cmpi eq, %a, %ic : i8
    %n = arith.addi %v, %o : i32
    %m = arith.select %q, %n, %z : i32
    %r = arith.addi %o, %m : i32
    linalg.yield %r : i32
  } -> tensor<2x3xi32>
  %e2 = tensor.empty() : tensor<2x1xi32>
  %f2 = linalg.fill ins(%z : i32) outs(%e2 : tensor<2x1xi32>) -> tensor<2x1xi32>
  %y = linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%s : tensor<2x3xi32>) outs(%f2 : tensor<2x1xi32>) {
  ^bb0(%a: i32, %o: i32):
    %r = arith.addi %o, %a : i32
    linalg.yield %r : i32
  } -> tensor<2x1xi32>
  return %y : tensor<2x1xi32>
}
