// A clamp behind a requantization is part of it where its range is the smaller one and nothing else takes
// what comes before it.
// RUN: qopt %s --tally-fold-requantize | FileCheck %s

!sum = !quant.uniform<i32<-405:0>:f32, 0.25>
!u8 = !quant.uniform<u8:f32, 0.25>
!u4 = !quant.uniform<u8<0:15>:f32, 0.25>
!u2 = !quant.uniform<u8<0:3>:f32, 0.25>

// CHECK-DAG: ![[SUM:.*]] = !quant.uniform<i32<-405:0>
// CHECK-DAG: ![[U2:.*]] = !quant.uniform<u8<0:3>
// CHECK: func.func @chain
// CHECK: %[[Q:.*]] = tally.requantize %arg0 multiplier dense<3> {{.*}} offset dense<7> {{.*}} shift dense<2> {{.*}} rounding <half_up> {tally.name = "last"}
// CHECK-SAME: tensor<1x2x![[SUM]]> -> tensor<1x2x![[U2]]>
// CHECK-NEXT: return %[[Q]]
func.func @chain(%x: tensor<1x2x!sum>) -> tensor<1x2x!u2> {
  %0 = tally.requantize %x multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64>
      shift dense<2> : tensor<1xi8> rounding <half_up> {tally.name = "first"} : tensor<1x2x!sum> -> tensor<1x2x!u8>
  %1 = tally.requantize %0 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x2x!u8> -> tensor<1x2x!u4>
  %2 = tally.requantize %1 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <floor> {tally.name = "last"} : tensor<1x2x!u4> -> tensor<1x2x!u2>
  return %2 : tensor<1x2x!u2>
}

// Of the wider codes something else is made too; a clamp to more than came before; no clamp at all.
// CHECK: func.func @not_these
// CHECK-COUNT-5: tally.requantize
func.func @not_these(%x: tensor<1x2x!sum>, %y: tensor<1x2x!sum>) -> (tensor<1x2x!u8>, tensor<1x2x!u4>, tensor<1x2x!u8>) {
  %0 = tally.requantize %x multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64>
      shift dense<2> : tensor<1xi8> rounding <half_up> : tensor<1x2x!sum> -> tensor<1x2x!u8>
  %1 = tally.requantize %0 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x2x!u8> -> tensor<1x2x!u4>
  %2 = tally.requantize %y multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64>
      shift dense<2> : tensor<1xi8> rounding <half_up> : tensor<1x2x!sum> -> tensor<1x2x!u4>
  %3 = tally.requantize %2 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x2x!u4> -> tensor<1x2x!u8>
  %4 = tally.requantize %3 multiplier dense<1> : tensor<1xi32> offset dense<1> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x2x!u8> -> tensor<1x2x!u8>
  return %0, %1, %4 : tensor<1x2x!u8>, tensor<1x2x!u4>, tensor<1x2x!u8>
}
