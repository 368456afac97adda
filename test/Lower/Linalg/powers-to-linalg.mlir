// A layer of powers of two computes one of three ways, with the same result: by products with
// unpacked levels, by shifts of the activations, or by sums per exponent that are shifted once.
// RUN: qopt %s --tally-to-linalg=powers=levels | FileCheck %s --check-prefix=LEVELS
// RUN: qopt %s --tally-to-linalg=powers=shifts --canonicalize | FileCheck %s --check-prefix=SHIFTS
// RUN: qopt %s --tally-to-linalg=powers=buckets --canonicalize | FileCheck %s --check-prefix=BUCKETS
// The cheapest is chosen for the kind of core.
// RUN: qopt %s --tally-set-target=core=multiplier --tally-to-linalg | FileCheck %s --check-prefix=LEVELS
// RUN: qopt %s --tally-set-target=mul-free=macs --tally-to-linalg --canonicalize | FileCheck %s --check-prefix=SHIFTS
// RUN: qopt %s --tally-set-target=core=barrel-shifter --tally-to-linalg --canonicalize | FileCheck %s --check-prefix=SHIFTS
// RUN: qopt %s --tally-set-target=core=serial-shifter --tally-to-linalg --canonicalize | FileCheck %s --check-prefix=BUCKETS
// Buckets become a row of sums that each activation is added to.
// RUN: qopt %s --tally-to-linalg=powers=buckets --tosa-to-arith --canonicalize --tally-linalg-to-steps | FileCheck %s --check-prefix=STEPS
// RUN: not qopt %s --tally-to-linalg=powers=tables 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: requires 'powers' to be auto, levels, shifts or buckets, but got 'tables'

!x = !quant.uniform<u8:f32, 0.5:3>
!w = !quant.uniform<i8<-64:64>:f32, 0.25>
!y = !quant.uniform<i32<-100000:100000>:f32, 0.125>
ml_program.global private @codes(dense<"0x21436507214365072143650721436507214365072143650721436507214365A7"> : tensor<32xui8>) : tensor<2x2x2x8x!tally.pot<s4, 0.25>>

// LEVELS: arith.muli {{.*}} overflow<nsw> : i32

// SHIFTS: %[[CODES:.*]] = linalg.generic
// SHIFTS: linalg.generic {{.*}}"reduction", "reduction", "reduction"
// SHIFTS-NOT: arith.muli
// SHIFTS: %[[TERM:.*]] = arith.shli
// SHIFTS-NEXT: arith.addi %{{.*}}, %[[TERM]] : i32

// BUCKETS: linalg.generic {{.*}}"parallel", "reduction", "reduction", "reduction"
// BUCKETS-NOT: arith.shli
// BUCKETS: %[[HERE:.*]] = arith.cmpi eq
// BUCKETS: arith.select %[[HERE]]
// BUCKETS: linalg.generic
// BUCKETS: %[[SUM:.*]] = arith.shli
// BUCKETS-NEXT: arith.addi %{{.*}}, %[[SUM]] : i32

// STEPS: %[[ROW:.*]] = memref.alloca() : memref<8xi32>
// STEPS: %[[OLD:.*]] = memref.load %[[ROW]]
// STEPS: %[[NEW:.*]] = arith.addi %[[OLD]]
// STEPS: memref.store %[[NEW]], %[[ROW]]
// STEPS: memref.load %[[ROW]]
// STEPS: arith.shli
func.func @main(%x: tensor<1x4x4x8x!x>) -> tensor<1x3x3x2x!y> {
  %codes = ml_program.global_load_const @codes : tensor<2x2x2x8x!tally.pot<s4, 0.25>>
  %w = tally.decode %codes : tensor<2x2x2x8x!tally.pot<s4, 0.25>> -> tensor<2x2x2x8x!w>
  %bias = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %three = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %bias, %three, %zero {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x8x!x>, tensor<2x2x2x8x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x3x3x2x!y>
  return %y : tensor<1x3x3x2x!y>
}
