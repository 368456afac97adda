// Mean and variance come from the batch, over all dimensions but the last, and are returned.
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-batch-statistics | FileCheck %s

ml_program.global private @mean(dense<0.0> : tensor<3xf32>) : tensor<3xf32>
ml_program.global private @variance(dense<1.0> : tensor<3xf32>) : tensor<3xf32>

// CHECK: func.func @main
// CHECK-SAME: tensor<3xf32> {tally.name = "statistic:mean"}, tensor<3xf32> {tally.name = "statistic:variance"}
// CHECK: tosa.reduce_sum {{.*}} {axis = 1 : i32}
// CHECK: tosa.reduce_sum {{.*}} {axis = 0 : i32}
// An eighth of the sum, and the variance by eight and by seven.
// CHECK: dense<1.250000e-01>
// CHECK: %[[MEAN:.*]] = tosa.mul
// CHECK: %[[VARIANCE:.*]] = tosa.mul %{{.*}}, %{{.*}}, %{{.*}} : (tensor<3xf32>
// CHECK: dense<1.14285719>
// CHECK: %[[UNBIASED:.*]] = tosa.mul %[[VARIANCE]]
// CHECK: tally.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %[[MEAN]], %[[VARIANCE]]
// CHECK: return %{{.*}}, %[[MEAN]], %[[UNBIASED]]
func.func @main(%x: tensor<4x2x3xf32>, %s: tensor<3xf32>) -> tensor<4x2x3xf32> {
  %m = ml_program.global_load_const @mean : tensor<3xf32>
  %v = ml_program.global_load_const @variance : tensor<3xf32>
  %y = tally.batch_norm %x, %s, %s, %m, %v {epsilon = 1.0e-05 : f32} : tensor<4x2x3xf32>, tensor<3xf32>
  return %y : tensor<4x2x3xf32>
}

// -----

ml_program.global private @mean(dense<0.0> : tensor<3xf32>) : tensor<3xf32>

func.func @one(%x: tensor<1x3xf32>, %s: tensor<3xf32>) -> tensor<1x3xf32> {
  %m = ml_program.global_load_const @mean : tensor<3xf32>
  // expected-error @below {{'norm' requires at least two elements a channel to take their variance, but got 1}}
  %y = tally.batch_norm %x, %s, %s, %m, %m {epsilon = 1.0e-05 : f32, tally.name = "norm"} : tensor<1x3xf32>, tensor<3xf32>
  return %y : tensor<1x3xf32>
}

// -----

func.func @given(%x: tensor<2x3xf32>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error @below {{'norm' requires running statistics that are parameters}}
  %y = tally.batch_norm %x, %s, %s, %s, %s {epsilon = 1.0e-05 : f32, tally.name = "norm"} : tensor<2x3xf32>, tensor<3xf32>
  return %y : tensor<2x3xf32>
}
