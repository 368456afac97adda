// Mean and variance come from the data, each behind layers that already have theirs: images are
// 0 and 1/16, mean 1/32, variance 1/1024; then (x - 1/32) * 32 * 3 + 5 has mean 5, variance 9.
// RUN: %make_images %t 2,1,1,1 1
// RUN: qopt %s --tally-reestimate-batch-norm=data=npy:%t.x.npy,%t.y.npy | FileCheck %s
// RUN: sed s/true/false/ %s | qopt --tally-reestimate-batch-norm | FileCheck %s --check-prefix=UNWANTED
// RUN: not qopt %s --tally-reestimate-batch-norm 2>&1 | FileCheck %s --check-prefix=NODATA

// NODATA: error: requires images: give 'data' (--data DATA), or a recipe that does not measure outputs

module attributes {tally.plan = {reestimate_batch_norm = true}} {
// What another operation reads, too, keeps its value.
// CHECK-DAG: @mean(dense<7.0{{0*}}e+00>
// CHECK-DAG: @[[MEAN1:mean\..*]](dense<3.125{{0*}}e-02>
// CHECK-DAG: @[[MEAN2:mean\..*]](dense<5.0{{0*}}e+00>
// CHECK-DAG: @var1(dense<9.765625E-4>
// CHECK-DAG: @var2(dense<9.0{{0*}}e+00>
// UNWANTED-DAG: @mean(dense<7.0{{0*}}e+00>
// UNWANTED-DAG: @var1(dense<1.0{{0*}}e+00>
ml_program.global private @three(dense<3.0> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @five(dense<5.0> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @mean(dense<7.0> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @var1(dense<1.0> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @var2(dense<1.0> : tensor<1xf32>) : tensor<1xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1xf32>) {
  %three = ml_program.global_load_const @three : tensor<1xf32>
  %five = ml_program.global_load_const @five : tensor<1xf32>
  %mean = ml_program.global_load_const @mean : tensor<1xf32>
  %v1 = ml_program.global_load_const @var1 : tensor<1xf32>
  %v2 = ml_program.global_load_const @var2 : tensor<1xf32>
  // CHECK: %[[M1:.*]] = ml_program.global_load_const @[[MEAN1]]
  // CHECK: %[[Y:.*]] = tally.batch_norm %arg0, %three, %five, %[[M1]], %var1 {epsilon = 0.0
  %0 = tally.batch_norm %x, %three, %five, %mean, %v1 {epsilon = 0.0 : f32} : tensor<1x1x1x1xf32>, tensor<1xf32>
  // CHECK: %[[M2:.*]] = ml_program.global_load_const @[[MEAN2]]
  // CHECK: tally.batch_norm %[[Y]], %three, %five, %[[M2]], %var2
  %1 = tally.batch_norm %0, %three, %five, %mean, %v2 {epsilon = 0.0 : f32} : tensor<1x1x1x1xf32>, tensor<1xf32>
  return %1, %mean : tensor<1x1x1x1xf32>, tensor<1xf32>
}
}
