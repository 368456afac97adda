// The type in all its forms, and the operation on them, survive printing.
// RUN: qopt %s | qopt | FileCheck %s

// CHECK-DAG: ![[S4:[a-z0-9_]+]] = !tally.pot<s4, 5.000000e-01>
// CHECK-DAG: ![[AXIS:[a-z0-9_]+]] = !tally.pot<additive s4:0, {2.500000e-01, 5.000000e-01}>
// CHECK-DAG: ![[NONZERO:[a-z0-9_]+]] = !tally.pot<u3 nonzero, 1.000000e+00>
!s4 = !tally.pot<s4, 0.5>
!axis = !tally.pot<additive s4:0, {0.25, 0.5}>
!nonzero = !tally.pot<u3 nonzero, 1.0>
!levels = !quant.uniform<i8<-64:64>:f32, 0.5>
!axis_levels = !quant.uniform<i8<-10:10>:f32:0, {0.25, 0.5}>
// CHECK: ml_program.global private @w(dense<[33, 3]> : tensor<2xui8>) : tensor<3x!
ml_program.global private @w(dense<[33, 3]> : tensor<2xui8>) : tensor<3x!s4>
// CHECK: tally.decode %arg0 : tensor<3x![[S4]]> -> tensor<3x!
// CHECK: tally.decode %arg1 : tensor<2x3x![[AXIS]]> -> tensor<2x3x!
// CHECK: tally.decode %arg2 : tensor<4x![[NONZERO]]> -> tensor<4xf32>
func.func @main(%a: tensor<3x!s4>, %b: tensor<2x3x!axis>, %c: tensor<4x!nonzero>) {
  %0 = tally.decode %a : tensor<3x!s4> -> tensor<3x!levels>
  %1 = tally.decode %b : tensor<2x3x!axis> -> tensor<2x3x!axis_levels>
  %2 = tally.decode %c : tensor<4x!nonzero> -> tensor<4xf32>
  return
}
