// |x - w| = |min(x, s) - w| + max(x - s, 0) where no w exceeds s: the second term is one box sum
// for all filters. That the result is exact is tested by ExactRewrites.
// RUN: qopt %s --tally-split-residual --remark-policy=all --remarks-filter-missed=tally-.* --remark-format=emitRemark \
// RUN:   > %t.mlir 2> %t.remarks
// RUN: FileCheck %s < %t.mlir
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=Missed < %t.remarks

ml_program.global private @w(dense<[[[[1.0]]], [[[-9.0]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x4x10xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  // CHECK: %[[X:.*]] = tosa.clamp %arg0 {max_val = 3.40{{.*}}, min_val = 0.0
  %relu = tosa.clamp %x {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  // CHECK: %[[INSIDE:.*]] = tosa.clamp %[[X]] {max_val = 2.0{{.*}}, min_val = 0.0
  // CHECK: %[[EXCESS:.*]] = tosa.sub %[[X]], %[[INSIDE]]
  // CHECK: %[[SUM:.*]] = tally.adder_conv2d %[[INSIDE]], {{.*}}"split"
  // CHECK: %[[BOX:.*]] = tally.box_sum %[[EXCESS]] kernel [1, 1] pad [0, 0, 1, 1] stride [2, 2] dilation [1, 1]
  // CHECK-SAME: -> tensor<1x2x3x1xf32>
  // CHECK: %[[Y:.*]] = tosa.sub %[[SUM]], %[[BOX]]
  // CHECK: tosa.pad %[[Y]]
  %0 = tally.adder_conv2d %relu, %w pad [0, 0, 1, 1] stride [2, 2] dilation [1, 1] {tally.interval = array<f64: 0.0, 2.0>, tally.name = "split", tally.plan = {residual_plane = true}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x3x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %pads = tosa.const_shape {values = dense<[0, 0, 0, 0, 0, 1, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %p = tosa.pad %0, %pads, %zero : (tensor<1x2x3x2xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x2x4x2xf32>
  // CHECK-NOT: tally.box_sum
  // REMARK-DAG: [Missed] SplitResidual {{.*}}Function=below | Remark="the input may lie below the interval"
  %1 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [2, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 2.0>, tally.name = "below", tally.plan = {residual_plane = true}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x2xf32>
  // REMARK-DAG: [Missed] SplitResidual {{.*}}Function=weight | Remark="a weight exceeds the interval"
  %2 = tally.adder_conv2d %relu, %w pad [0, 0, 0, 0] stride [2, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 0.5>, tally.name = "weight", tally.plan = {residual_plane = true}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x2xf32>
  %two = tosa.concat %relu, %relu {axis = 3 : i32} : (tensor<1x4x4x1xf32>, tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32>
  // REMARK-DAG: [Missed] SplitResidual {{.*}}Function=grouped | Remark="the groups of a grouped layer have different inputs"
  %3 = tally.adder_conv2d %two, %w pad [0, 0, 0, 0] stride [2, 1] dilation [1, 1] group 2 {tally.interval = array<f64: 0.0, 2.0>, tally.name = "grouped", tally.plan = {residual_plane = true}}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x2xf32>
  // Nothing to do, and nothing to say, where nothing exceeds the interval and without the wish.
  %relu1 = tosa.clamp %x {min_val = 0.0 : f32, max_val = 1.0 : f32} : (tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  %4 = tally.adder_conv2d %relu1, %w pad [0, 0, 0, 0] stride [2, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 1.0>, tally.name = "inside", tally.plan = {residual_plane = true}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x2xf32>
  %5 = tally.adder_conv2d %4, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2 {tally.interval = array<f64: 0.0, 1.0>, tally.name = "unwanted"}
      : (tensor<1x2x4x2xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x4x2xf32>
  %y = tosa.concat %p, %1, %2, %3, %5 {axis = 3 : i32} : (tensor<1x2x4x2xf32>, tensor<1x2x4x2xf32>, tensor<1x2x4x2xf32>, tensor<1x2x4x2xf32>, tensor<1x2x4x2xf32>) -> tensor<1x2x4x10xf32>
  return %y : tensor<1x2x4x10xf32>
}
