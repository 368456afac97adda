// The weights in their old shape go with the last operation that reads them.
// RUN: qopt %s --tally-linear-to-conv | FileCheck %s

// CHECK-COUNT-1: ml_program.global
// CHECK-NOT: ml_program.global{{ }}
ml_program.global private @w(dense<1.0> : tensor<3x2xf32>) : tensor<3x2xf32>
func.func @main(%x: tensor<4x2xf32>) -> tensor<4x3xf32> {
  %w = ml_program.global_load_const @w : tensor<3x2xf32>
  %y = tally.adder_linear %x, %w : (tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
