// Intervals go beside values, and the loss is in part that of their worst end; statistics of a batch have none.
// RUN: qopt %s --tally-batch-statistics --tally-add-loss --tally-add-interval-loss | FileCheck %s
// RUN: not qopt %s --tally-add-interval-loss 2>&1 | FileCheck %s --check-prefix=EARLY
// EARLY: requires a loss: run tally-add-loss first

// CHECK: func.func @main(%[[X:.*]]: tensor<2x4x4x1xf32>, %{{.*}}: tensor<2x3xf32> {tally.name = "targets"},
// CHECK-SAME: %[[L:.*]]: tensor<2x4x4x1xf32> {tally.name = "interval:low"}, %[[H:.*]]: tensor<2x4x4x1xf32> {tally.name = "interval:high"},
// CHECK-SAME: tensor<1xf32> {tally.name = "interval:share"}) -> (tensor<f32> {tally.name = "loss"}, tensor<2x3xf32>, tensor<2xf32> {tally.name = "statistic:mean"}
// CHECK: %[[W:.*]] = ml_program.global_load_const @w
// CHECK: tosa.conv2d %[[X]], %[[W]]
// CHECK: tally.batch_norm {{.*}} %[[MEAN:.*]], %[[VARIANCE:.*]] {
// CHECK: tosa.log

// The first layer at the middle, and with magnitudes of weights at the radius.
// CHECK: %[[SUM:.*]] = tosa.add %[[L]], %[[H]]
// CHECK: %[[M:.*]] = tosa.mul %[[SUM]]
// CHECK: %[[DIFFERENCE:.*]] = tosa.sub %[[H]], %[[L]]
// CHECK: %[[R:.*]] = tosa.mul %[[DIFFERENCE]]
// CHECK: tosa.conv2d %[[M]], %[[W]]
// CHECK: %[[A:.*]] = tosa.abs %[[W]]
// CHECK: tosa.conv2d %[[R]], %[[A]]

// CHECK: tally.batch_norm {{.*}} %[[MEAN]], %[[VARIANCE]] {
// CHECK: tosa.rsqrt
// CHECK-COUNT-2: tosa.clamp

// The last layer, joined with the margins.
// CHECK: tosa.matmul
// CHECK: tosa.abs {{.*}} : (tensor<2x3x8xf32>)
// CHECK: tosa.matmul
// CHECK: tosa.log

ml_program.global private @w(dense<0.5> : tensor<2x2x2x1xf32>) : tensor<2x2x2x1xf32>
ml_program.global private @v(dense<0.5> : tensor<3x2x2x2xf32>) : tensor<3x2x2x2xf32>
ml_program.global private @mean(dense<0.0> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @variance(dense<1.0> : tensor<2xf32>) : tensor<2xf32>
func.func @main(%x: tensor<2x4x4x1xf32>) -> tensor<2x3xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %s = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %w = ml_program.global_load_const @w : tensor<2x2x2x1xf32>
  %0 = tosa.conv2d %x, %w, %z, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>}
      : (tensor<2x4x4x1xf32>, tensor<2x2x2x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x2x2x2xf32>
  %m = ml_program.global_load_const @mean : tensor<2xf32>
  %v = ml_program.global_load_const @variance : tensor<2xf32>
  %1 = tally.batch_norm %0, %s, %s, %m, %v {epsilon = 1.0e-05 : f32} : tensor<2x2x2x2xf32>, tensor<2xf32>
  %2 = tosa.clamp %1 {min_val = 0.0 : f32, max_val = 3.4028235e+38 : f32} : (tensor<2x2x2x2xf32>) -> tensor<2x2x2x2xf32>
  %u = ml_program.global_load_const @v : tensor<3x2x2x2xf32>
  %3 = tosa.conv2d %2, %u, %z, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>}
      : (tensor<2x2x2x2xf32>, tensor<3x2x2x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x1x1x3xf32>
  %n = tosa.const_shape {values = dense<[2, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %y = tosa.reshape %3, %n : (tensor<2x1x1x3xf32>, !tosa.shape<2>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
