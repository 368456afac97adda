// One shift and offsets of 32 bits but for zeros, where every code gives the same result; in C the tables.
// RUN: qopt %s --tally-narrow-requantize | FileCheck %s
// RUN: qopt %s --tally-set-target=mul-free=macs --tally-narrow-requantize | FileCheck %s --check-prefix=KEEP
// RUN: qopt %s --tally-narrow-requantize --tally-to-linalg=outline | FileCheck %s --check-prefix=TABLES
// RUN: qopt %s --tally-narrow-requantize --tally-to-linalg | FileCheck %s --check-prefix=INLINE

!sum = !quant.uniform<i32<-1000000:0>:f32, 0.25>
!short = !quant.uniform<i32<-2700:0>:f32, 0.25>
!u4 = !quant.uniform<u8<0:15>:f32, 0.25>

// The rounding half, 2^42 and 2^43, is part of the offset.
// CHECK-LABEL: func @channels
// CHECK: tally.requantize %arg0 multiplier dense<[1134903170, 918316950]> : tensor<2xi32> offset dense<[{{[0-9]+}}, {{[0-9]+}}]> : tensor<2xi64> shift dense<43> : tensor<2xi8> rounding <floor>
// Multipliers that become shifts and additions stay.
// KEEP-LABEL: func @channels
// KEEP: multiplier dense<[1134903170, 1836633900]> {{.*}} shift dense<[43, 44]> : tensor<2xi8> rounding <floor>
// TABLES-LABEL: func @channels
// TABLES-DAG: arith.constant dense<[1134903170, 918316950]> : tensor<2xi32>
// TABLES-DAG: arith.constant dense<{{.*}}> : tensor<2xi32>
// TABLES: %[[LONG:.*]] = arith.extsi %{{.*}} : i32 to i64
// TABLES: %[[ZEROS:.*]] = arith.constant {{[0-9]+}} : i64
// TABLES: %[[OFFSET:.*]] = arith.shli %[[LONG]], %[[ZEROS]] : i64
// TABLES: %[[SHIFT:.*]] = arith.constant 43 : i32
// TABLES: call @requantize(%{{.*}}, %{{.*}}, %[[OFFSET]], %[[SHIFT]],
// INLINE-LABEL: func @channels
// INLINE: arith.constant dense<{{.*}}> : tensor<2xi64>
// INLINE-NOT: arith.shli
func.func @channels(%x: tensor<1x2x!sum>) -> tensor<1x2x!u4> {
  %0 = tally.requantize %x multiplier dense<[1134903170, 1836633900]> : tensor<2xi32>
      offset dense<[1024000000000001, 1228800000000007]> : tensor<2xi64>
      shift dense<[43, 44]> : tensor<2xi8> rounding <half_up> : tensor<1x2x!sum> -> tensor<1x2x!u4>
  return %0 : tensor<1x2x!u4>
}

// Of short sums a few bits of the multiplier are enough: all of it fits 32 bits.
// CHECK-LABEL: func @short
// CHECK: multiplier dense<[554152, 448397]> : tensor<2xi32> offset dense<[{{[0-9]+}}, {{[0-9]+}}]> : tensor<2xi64> shift dense<22> : tensor<2xi8> rounding <floor>
// KEEP-LABEL: func @short
// KEEP: multiplier dense<[1134903170, 1836633900]>
// TABLES-LABEL: func @short
// TABLES: %[[PRODUCT:.*]] = arith.muli {{.*}} overflow<nsw> : i32
// TABLES: %[[SUM:.*]] = arith.addi %[[PRODUCT]], {{.*}} overflow<nsw> : i32
// TABLES: %[[SHIFTED:.*]] = arith.shrsi %[[SUM]], {{.*}} : i32
// TABLES: call @clamp_narrow(%[[SHIFTED]],
// INLINE-LABEL: func @short
// INLINE-NOT: i64
// INLINE: return
func.func @short(%x: tensor<1x2x!short>) -> tensor<1x2x!u4> {
  %0 = tally.requantize %x multiplier dense<[1134903170, 1836633900]> : tensor<2xi32>
      offset dense<[1000000000001, 1200000000007]> : tensor<2xi64>
      shift dense<[33, 34]> : tensor<2xi8> rounding <half_up> : tensor<1x2x!short> -> tensor<1x2x!u4>
  return %0 : tensor<1x2x!u4>
}

// Two multipliers of so few bits that none can go.
// CHECK-LABEL: func @stays
// CHECK: multiplier dense<[1, 3]> : tensor<2xi32> offset dense<0> : tensor<2xi64> shift dense<[0, 1]> : tensor<2xi8> rounding <half_up>
func.func @stays(%x: tensor<1x2x!u4>) -> tensor<1x2x!u4> {
  %0 = tally.requantize %x multiplier dense<[1, 3]> : tensor<2xi32> offset dense<0> : tensor<2xi64>
      shift dense<[0, 1]> : tensor<2xi8> rounding <half_up> : tensor<1x2x!u4> -> tensor<1x2x!u4>
  return %0 : tensor<1x2x!u4>
}

// What only clamps is a comparison or two, and nothing where the types say that it is not needed.
!i4 = !quant.uniform<i8<-8:7>:f32, 0.25>
!u8 = !quant.uniform<u8:f32, 0.25>
// TABLES-LABEL: func @clamps
// TABLES: %[[LOW:.*]] = arith.maxsi
// TABLES-NEXT: arith.trunci %[[LOW]]
// TABLES-NOT: arith
// TABLES: return
func.func @clamps(%x: tensor<1x2x!i4>) -> (tensor<1x2x!u4>, tensor<1x2x!u8>) {
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x2x!i4> -> tensor<1x2x!u4>
  %1 = tally.requantize %0 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x2x!u4> -> tensor<1x2x!u8>
  return %0, %1 : tensor<1x2x!u4>, tensor<1x2x!u8>
}
