// Weights beyond the interval of the input go to its ends; what each filter loses is added behind.
// RUN: qopt %s --tally-clamp-weights --remark-policy=all --remarks-filter-missed=tally-.* --remark-format=emitRemark \
// RUN:   > %t.mlir 2> %t.remarks
// RUN: FileCheck %s < %t.mlir
// RUN: FileCheck %s --check-prefix=REMARK --implicit-check-not=Missed < %t.remarks

// CHECK-DAG: @one(dense<{{.*}}0.0{{.*}}1.0{{.*}}2.0{{.*}}2.0{{[^-]*}}> : tensor<2x1x1x2xf32>)
// CHECK-DAG: @one_sided.clamp.bias(dense<[-3.0{{0*}}e+00, -5.0{{0*}}e-01]>
// CHECK-DAG: @two(dense<{{.*}}-2.0{{.*}}1.0{{.*}}2.0{{.*}}2.0{{[^-]*}}> : tensor<2x1x1x2xf32>)
// CHECK-DAG: @symmetric.clamp.bias(dense<[-1.0{{0*}}e+00, -5.0{{0*}}e-01]>
// CHECK-DAG: @padded.clamp.bias(dense<[-3.0{{0*}}e+00, 0.0{{0*}}e+00]>
// CHECK-DAG: @shifted.clamp.bias(dense<[-6.0{{0*}}e+00, 0.0{{0*}}e+00]>
ml_program.global private @one(dense<[[[[-3.0, 1.0]]], [[[2.5, 2.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
ml_program.global private @two(dense<[[[[-3.0, 1.0]]], [[[2.5, 2.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
ml_program.global private @three(dense<[[[[-3.0, 1.0]]], [[[2.5, 2.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
ml_program.global private @other(dense<[[[[-3.0, 1.0]]], [[[2.5, 2.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x4x4x2xf32>, %f: tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32> {
  %one = ml_program.global_load_const @one : tensor<2x1x1x2xf32>
  %two = ml_program.global_load_const @two : tensor<2x1x1x2xf32>
  %three = ml_program.global_load_const @three : tensor<2x1x1x2xf32>
  %other = ml_program.global_load_const @other : tensor<2x1x1x2xf32>
  %unit = tosa.clamp %x {min_val = 0.0 : f32, max_val = 2.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  // CHECK: %[[Y:.*]] = tally.adder_conv2d {{.*}}"one_sided"
  // CHECK: %[[Z:.*]] = tally.channel_affine %[[Y]], %{{.*}}, %one_sided.clamp.bias {tally.clamp_constant, tally.name = "one_sided"}
  // CHECK: tosa.clamp %[[Z]]
  %0 = tally.adder_conv2d %unit, %one pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "one_sided"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %c = tosa.clamp %0 {min_val = -2.0 : f32, max_val = 2.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  // CHECK: tally.adder_conv2d {{.*}}"symmetric"
  %1 = tally.adder_conv2d %c, %two pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "symmetric"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  // Input in [2, 4]; behind padding also 0. One filter for both layers: each gets its own.
  %shifted = tosa.clamp %1 {min_val = 2.0 : f32, max_val = 4.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  // CHECK: tally.adder_conv2d %{{[^,]*}}, %[[OWN:[^ ]*]] pad {{.*}}"padded"
  %2 = tally.adder_conv2d %shifted, %three pad [1, 0, 0, 0] stride [2, 1] dilation [1, 1] {tally.name = "padded"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x3x4x2xf32>
  // CHECK-NOT: %[[OWN]] pad
  // CHECK: tally.adder_conv2d {{.*}}"shifted"
  // CHECK-NEXT: load_const
  // CHECK-NEXT: load_const
  // CHECK-NEXT: tally.channel_affine {{.*}}tally.clamp_constant
  %3 = tally.adder_conv2d %shifted, %three pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "shifted"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  // Left alone: input without bounds, filter not constant, nothing beyond, no wish.
  // CHECK-NOT: tally.clamp_constant
  // REMARK-DAG: [Missed] ClampWeights {{.*}}Function=unbounded | Remark="the input's interval is not bounded: clamp it first"
  %4 = tally.adder_conv2d %x, %other pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "unbounded"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  // REMARK-DAG: [Missed] ClampWeights {{.*}}Function=computed | Remark="the filter is not constant"
  %5 = tally.adder_conv2d %unit, %f pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "computed"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %wide = tosa.clamp %x {min_val = -5.0 : f32, max_val = 5.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %6 = tally.adder_conv2d %wide, %other pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "inside"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %7 = tally.adder_conv2d %unit, %other pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.plan = {clamp_weights = false}}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  return %7 : tensor<1x4x4x2xf32>
}
