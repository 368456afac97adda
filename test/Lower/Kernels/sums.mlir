// Sums that no other kernel computes: neighbouring outputs in one nest of loops, each with its terms in the order that it has
// alone; a vector of weights is loaded once for all of them, and floats may be multiplied and added in one instruction.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,sse2" --tally-lower-to-linalg=keep-attributes --tally-pack-filters --tally-linalg-to-steps --cse | FileCheck %s
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,sse2" --tally-lower-to-linalg=keep-attributes --tally-pack-filters --tally-linalg-to-steps --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=AVX2
// RUN: qopt %s --split-input-file --tally-lower-to-linalg=keep-attributes --tally-pack-filters --tally-linalg-to-steps | FileCheck %s --check-prefix=SCALAR
// AVX2: [Passed] Tile{{.*}}Remark="in tiles of 3 outputs by 16 lanes"
// SCALAR-NOT: vector
ml_program.global private @w(dense<[[[[0.0, 1.0]]], [[[2.0, 3.0]]], [[[4.0, 5.0]]], [[[6.0, 7.0]]], [[[8.0, 9.0]]], [[[10.0, 11.0]]], [[[12.0, 13.0]]], [[[14.0, 15.0]]], [[[16.0, 17.0]]], [[[18.0, 19.0]]], [[[20.0, 21.0]]], [[[22.0, 23.0]]], [[[24.0, 25.0]]], [[[26.0, 27.0]]], [[[28.0, 29.0]]], [[[30.0, 31.0]]]]> : tensor<16x1x1x2xf32>) : tensor<16x1x1x2xf32>

// Nine outputs in a row of a map: nine sums of sixteen filters.
// CHECK: func.func private @{{"?}}step.
// CHECK: scf.for {{.*}} iter_args({{(%[a-z0-9_]+ = %[a-z0-9_]+(, )?)+}}) -> ({{(vector<16xf32>(, )?)+}}) {
// CHECK: vector.load {{.*}} : memref<32xf32>, vector<16xf32>
// CHECK-NOT: vector.load {{.*}} : memref<32xf32>
// CHECK-COUNT-9: arith.addf {{.*}} fastmath<contract> : vector<16xf32>
func.func @main(%x: tensor<1x3x9x2xf32>) -> tensor<1x3x9x16xf32> {
  %w = ml_program.global_load_const @w : tensor<16x1x1x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %bias = "tosa.const"() <{values = dense<1.0> : tensor<16xf32>}> : () -> tensor<16xf32>
  %y = tosa.conv2d %x, %w, %bias, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x3x9x2xf32>, tensor<16x1x1x2xf32>, tensor<16xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x9x16xf32>
  return %y : tensor<1x3x9x16xf32>
}

// -----

// A product and a sum that are no part of a reduction stay two operations: equal squares have no difference.
// CHECK: func.func private @{{"?}}step.
// CHECK: arith.mulf %{{[^ ]*}}, %{{[^ ]*}} : vector
// CHECK: arith.subf %{{[^ ]*}}, %{{[^ ]*}} : vector
func.func @main(%x: tensor<1x64xf32>, %y: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %a = tosa.mul %x, %x, %shift : (tensor<1x64xf32>, tensor<1x64xf32>, tensor<1xi8>) -> tensor<1x64xf32>
  %b = tosa.mul %y, %y, %shift : (tensor<1x64xf32>, tensor<1x64xf32>, tensor<1xi8>) -> tensor<1x64xf32>
  %c = tosa.sub %a, %b : (tensor<1x64xf32>, tensor<1x64xf32>) -> tensor<1x64xf32>
  return %c : tensor<1x64xf32>
}

// -----

// Types of no register have no tiles.
// CHECK: func.func private @{{"?}}step.
// CHECK: arith.addi %{{[^ ]*}}, %{{[^ ]*}} : {{index|vector<[0-9]*xindex>}}
func.func @main(%x: tensor<5x20xindex>) -> tensor<20xindex> {
  %zero = arith.constant dense<0> : tensor<20xindex>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<5x20xindex>) outs(%zero : tensor<20xindex>) {
  ^bb0(%a: index, %sum: index):
    %next = arith.addi %a, %sum : index
    linalg.yield %next : index
  } -> tensor<20xindex>
  return %y : tensor<20xindex>
}

// -----

// Truth values are read one by one: a vector of them would be bits.
// CHECK: func.func private @{{"?}}step.
// CHECK-NOT: vector.load {{.*}}xi1>
// CHECK: memref.load {{.*}} : memref<100xi1>
func.func @main(%x: tensor<5x20xi1>) -> tensor<20xi8> {
  %zero = arith.constant dense<0> : tensor<20xi8>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<5x20xi1>) outs(%zero : tensor<20xi8>) {
  ^bb0(%a: i1, %sum: i8):
    %wide = arith.extui %a : i1 to i8
    %next = arith.addi %wide, %sum : i8
    linalg.yield %next : i8
  } -> tensor<20xi8>
  return %y : tensor<20xi8>
}
