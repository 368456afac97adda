// Two tensors are stored: what the reduction reads again and again, and the result. Everything else is
// computed in registers. With lanes, the innermost dimension of 6 is a vector of 4 and one of 2.
// RUN: qopt %s --pass-pipeline="builtin.module(func.func(linalg-generalize-named-ops),tally-linalg-to-steps)" | FileCheck %s
// RUN: qopt %s --pass-pipeline="builtin.module(func.func(linalg-generalize-named-ops),tally-linalg-to-steps{lanes=4})" | FileCheck %s --check-prefix=LANES

#x = affine_map<(n, f, k) -> (n, k)>
#w = affine_map<(n, f, k) -> (k, f)>
#y = affine_map<(n, f, k) -> (n, f)>
#id = affine_map<(n, f) -> (n, f)>
// Constants are flat, and the parameter they came from is gone.
// CHECK-NOT: ml_program.global
// CHECK: memref.global "private" constant @{{.*}} : memref<12xf32> = dense<[1.0{{.*}}, 2.0{{.*}}, 1.2{{0*}}e+01]> {alignment = 64 : i64}
ml_program.global private @w(dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]]> : tensor<2x6xf32>) : tensor<2x6xf32>

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[IN:.*]]: memref<4xf32>, %[[OUT:.*]]: memref<12xf32>
// CHECK-NEXT: %[[ABS:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT: call @[[FIRST:.*]](%[[IN]], %[[ABS]])
// CHECK-NEXT: call @[[SECOND:.*]](%[[ABS]], %[[OUT]])
// CHECK-NEXT: return

// CHECK: func.func private @[[FIRST]](
// CHECK: math.absf
// CHECK: memref.store

// Four sums in registers; exp behind each before its only store.
// CHECK: func.func private @[[SECOND]](
// CHECK: %[[SUM:.*]]:4 = scf.for {{.*}} iter_args({{.*}}) -> (f32, f32, f32, f32)
// CHECK: memref.load
// CHECK: memref.load
// CHECK: math.absf
// CHECK: scf.yield
// CHECK: math.exp %[[SUM]]#0 : f32
// CHECK: memref.store {{.*}} : memref<12xf32>
// CHECK: math.exp %[[SUM]]#3 : f32
// CHECK: memref.store {{.*}} : memref<12xf32>
// CHECK-NOT: memref.store

// LANES: %[[FOUR:.*]] = scf.for {{.*}} -> (vector<4xf32>)
// LANES: vector.load {{.*}} : memref<12xf32>, vector<4xf32>
// LANES: math.exp %[[FOUR]] : vector<4xf32>
// LANES: vector.store {{.*}} : memref<12xf32>, vector<4xf32>
// LANES: %[[TWO:.*]] = scf.for {{.*}} -> (vector<2xf32>)
// LANES: math.exp %[[TWO]] : vector<2xf32>
// LANES: vector.store {{.*}} : memref<12xf32>, vector<2xf32>
func.func @main(%x: tensor<2x2xf32>) -> tensor<2x6xf32> {
  %w = ml_program.global_load_const @w : tensor<2x6xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x6xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x6xf32>) -> tensor<2x6xf32>
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = math.absf %in : f32
    linalg.yield %p : f32
  } -> tensor<2x2xf32>
  %sum = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %w : tensor<2x2xf32>, tensor<2x6xf32>) outs(%start : tensor<2x6xf32>) {
  ^bb0(%in: f32, %filter: f32, %s: f32):
    %d = arith.subf %in, %filter : f32
    %t = math.absf %d : f32
    %r = arith.subf %s, %t : f32
    linalg.yield %r : f32
  } -> tensor<2x6xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%sum : tensor<2x6xf32>) outs(%empty : tensor<2x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = math.exp %in : f32
    linalg.yield %p : f32
  } -> tensor<2x6xf32>
  return %y : tensor<2x6xf32>
}
