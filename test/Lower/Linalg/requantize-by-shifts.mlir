// Requantization without a multiplication, written out and as calls.
// RUN: qopt %s --tally-set-target=mul-free=macs --tally-to-linalg | FileCheck %s
// RUN: qopt %s --tally-set-target=mul-free=macs --tally-to-linalg=outline | FileCheck %s --check-prefix=CALLS

!sum = !quant.uniform<i32<-1000:0>:f32, 0.25>
!wide = !quant.uniform<i32:f32, 0.25>
!u8 = !quant.uniform<u8:f32, 0.5>

// Code, offset, shift, bounds, and a place and a sign for each of the digits.
// CALLS-LABEL: func private @requantize_8_wide(
// CALLS-LABEL: func private @requantize_2(
// CALLS: %[[FIRST:.*]] = call @shift_add(%arg1, %arg0, %arg5, %arg6)
// CALLS: %[[BOTH:.*]] = call @shift_add(%[[FIRST]], %arg0, %arg7, %arg8)
// CALLS: %[[SHIFTED:.*]] = arith.shrsi %[[BOTH]], %arg2
// CALLS: call @clamp_narrow(%[[SHIFTED]], %arg3, %arg4)
// CALLS-LABEL: func private @shift_add(%{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32) -> i32
// CALLS: %[[APART:.*]] = call @apart(%arg1)
// CALLS: %[[TERM:.*]] = arith.shli %[[APART]], %arg2
// CALLS: %[[FLIPPED:.*]] = arith.xori %[[TERM]], %arg3
// CALLS: %[[SIGNED:.*]] = arith.subi %[[FLIPPED]], %arg3
// CALLS: arith.addi %arg0, %[[SIGNED]]
// CALLS-LABEL: func private @apart(%{{.*}}: i32) -> i32 attributes {tally.opaque}
// CALLS-LABEL: func @one_multiplier
// CALLS: func.call @requantize_2({{.*}}) : (i32, i32, i32, i32, i32, i32, i32, i32, i32) -> i32
// CALLS-LABEL: func @channels
// CALLS: func.call @requantize_2(
// CALLS-LABEL: func @many_bits
// CALLS: func.call @requantize_8_wide(

// The sums fit 32 bits: 7 x = (x << 3) - x, and offset plus half is 9.
// CHECK-LABEL: func @one_multiplier
// CHECK-NOT: arith.muli
// CHECK: %[[NINE:.*]] = arith.constant 9 : i32
// CHECK: %[[THREE:.*]] = arith.constant 3 : i32
// CHECK: %[[TERM:.*]] = arith.shli %[[X:.*]], %[[THREE]] : i32
// CHECK: %[[SUM:.*]] = arith.addi %[[NINE]], %[[TERM]] : i32
// CHECK: arith.subi %[[SUM]], %[[X]] : i32
// CHECK: arith.shrsi
func.func @one_multiplier(%x: tensor<1x2x!sum>) -> tensor<1x2x!u8> {
  %0 = tally.requantize %x multiplier dense<7> : tensor<1xi32> offset dense<7> : tensor<1xi64>
      shift dense<2> : tensor<1xi8> rounding <half_up> : tensor<1x2x!sum> -> tensor<1x2x!u8>
  return %0 : tensor<1x2x!u8>
}

// -5 and 3 * 2, with one shift for both, have tables of places and of signs: -4 - 1, 8 - 2.
// CHECK-LABEL: func @channels
// CHECK-DAG: arith.constant dense<[2, 3]> : tensor<2xi8>
// CHECK-DAG: arith.constant dense<[-1, 0]> : tensor<2xi8>
// CHECK-DAG: arith.constant dense<[0, 1]> : tensor<2xi8>
// CHECK-NOT: arith.muli
// CHECK: arith.shli {{.*}} : i64
// CHECK: arith.xori {{.*}} : i64
func.func @channels(%x: tensor<1x2x!sum>) -> tensor<1x2x!u8> {
  %0 = tally.requantize %x multiplier dense<[-5, 3]> : tensor<2xi32> offset dense<0> : tensor<2xi64>
      shift dense<[2, 1]> : tensor<2xi8> rounding <half_up> : tensor<1x2x!sum> -> tensor<1x2x!u8>
  return %0 : tensor<1x2x!u8>
}

// CHECK-LABEL: func @many_bits
// CHECK-COUNT-7: arith.shli {{.*}} : i64
// CHECK-NOT: arith.muli
func.func @many_bits(%x: tensor<1x2x!wide>) -> tensor<1x2x!u8> {
  %0 = tally.requantize %x multiplier dense<21845> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<33> : tensor<1xi8> rounding <floor> : tensor<1x2x!wide> -> tensor<1x2x!u8>
  return %0 : tensor<1x2x!u8>
}
