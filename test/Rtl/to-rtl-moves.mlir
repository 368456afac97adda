// RUN: qopt %s --tally-to-rtl=name=small --split-input-file | FileCheck %s

// A concatenation is a move for each operand, in step: outside of its own rows each gives 0. The first
// says when they are done.
// CHECK-LABEL: rtl.module @small
// CHECK: %[[A:.*]]:5 = rtl.instance "both_move" of @tally_move
// CHECK-SAME: FIRST0 = 0 : i64
// CHECK-SAME: N0 = 3 : i64
// CHECK-SAME: SIZE0 = 1 : i64
// CHECK: %[[B:.*]]:5 = rtl.instance "both_move_2" of @tally_move
// CHECK-SAME: FIRST0 = -1 : i64
// CHECK-SAME: N0 = 3 : i64
// CHECK-SAME: SIZE0 = 2 : i64
// CHECK: %[[BOTH:.*]] = rtl.or %[[A]]#4, %[[B]]#4 : i2
// CHECK: rtl.instance "both_map" of @tally_map
// CHECK-SAME: %[[A]]#2, %[[A]]#3, %[[BOTH]]
!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @concat(%x: tensor<1x4x1x!u>) -> tensor<1x4x3x!u> {
  %c = "tosa.const"() <{values = dense<[[[1, 2], [3, 0], [1, 1], [2, 2]]]> : tensor<1x4x2xui8>}> : () -> tensor<1x4x2x!u>
  %0 = tosa.concat %x, %c {axis = 2 : i32, tally.name = "both"} : (tensor<1x4x1x!u>, tensor<1x4x2x!u>) -> tensor<1x4x3x!u>
  return %0 : tensor<1x4x3x!u>
}

// -----

// A table has the entries that codes can reach; here all of them, the lowest first.
// CHECK: rtl.table @function_table dense<{{\[\[}}0], [-1], [1], [-2{{\]\]}}> : tensor<4x1xi2>
// CHECK-LABEL: rtl.module @small
// CHECK: %[[INDEX:.*]] = rtl.add
// CHECK: rtl.instance "function_table" of @tally_table
!s = !quant.uniform<i8<-2:1>:f32, 1.0>
!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @table(%x: tensor<1x4x!s>) -> tensor<1x4x!u> {
  %t = "tosa.const"() <{values = dense<[0, 3, 1, 2]> : tensor<4xui8>}> : () -> tensor<4x!u>
  %0 = tally.table %x, %t {tally.name = "function"} : (tensor<1x4x!s>, tensor<4x!u>) -> tensor<1x4x!u>
  return %0 : tensor<1x4x!u>
}

// -----

// A transposition that only moves a dimension of one element is a move of one loop.
// CHECK-LABEL: rtl.module @small
// CHECK: rtl.instance "turned_move" of @tally_move
// CHECK-SAME: N0 = 6 : i64, N1 = 1 : i64, N2 = 1 : i64
!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @transpose(%x: tensor<1x2x3x1x!u>) -> tensor<1x1x2x3x!u> {
  %0 = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>, tally.name = "turned"} : (tensor<1x2x3x1x!u>) -> tensor<1x1x2x3x!u>
  return %0 : tensor<1x1x2x3x!u>
}
