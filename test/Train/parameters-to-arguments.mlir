// Float parameters are passed in, each once; running statistics stay.
// RUN: qopt %s --tally-parameters-to-arguments | FileCheck %s

ml_program.global private @w(dense<2.0> : tensor<3xf32>) : tensor<3xf32>
ml_program.global private @mean(dense<0.0> : tensor<3xf32>) : tensor<3xf32>

// CHECK: func.func @main(%{{.*}}: tensor<2x3xf32>, %[[W:.*]]: tensor<3xf32> {tally.name = "parameter:w"})
// CHECK: %[[M:.*]] = ml_program.global_load_const @mean
// CHECK-NOT: @w
// CHECK: tally.batch_norm %{{.*}}, %[[W]], %[[W]], %[[M]], %[[M]]
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = ml_program.global_load_const @w : tensor<3xf32>
  %b = ml_program.global_load_const @w : tensor<3xf32>
  %m = ml_program.global_load_const @mean : tensor<3xf32>
  %y = tally.batch_norm %x, %s, %b, %m, %m {epsilon = 1.0e-05 : f32} : tensor<2x3xf32>, tensor<3xf32>
  return %y : tensor<2x3xf32>
}
