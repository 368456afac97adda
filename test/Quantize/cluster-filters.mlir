// Filters 0 and 2 are small, 1 and 3 large: two layers, each with its own part of what follows
// channel by channel, joined and brought back to their order.
// RUN: qopt %s --tally-cluster-filters --split-input-file | FileCheck %s

// CHECK-DAG: @[[SMALL:.*cluster0]](dense<{{.*}}1.0{{.*}}, {{.*}}-1.25{{.*}}> : tensor<2x1x1x1xf32>)
// CHECK-DAG: @[[LARGE:.*cluster1]](dense<{{.*}}-8.0{{.*}}, {{.*}}9.0{{.*}}> : tensor<2x1x1x1xf32>)
// CHECK-DAG: @[[S0:scale.*cluster0]](dense<[1.0{{.*}}, 3.0{{.*}}]>
// CHECK-DAG: @[[S1:scale.*cluster1]](dense<[2.0{{.*}}, 4.0{{.*}}]>
// CHECK-LABEL: func @split
// CHECK-DAG: %[[W0:.*]] = ml_program.global_load_const @[[SMALL]]
// CHECK: %[[A0:.*]] = tally.adder_conv2d %arg0, %[[W0]] pad [1, 0, 0, 0] stride [2, 1] dilation [1, 1] {tally.name = "layer.cluster0"
// CHECK: %[[P0:.*]] = ml_program.global_load_const @[[S0]]
// CHECK: %[[B0:.*]] = tally.channel_affine %[[A0]], %[[P0]]
// CHECK: %[[C0:.*]] = tosa.clamp %[[B0]]
// CHECK-DAG: %[[W1:.*]] = ml_program.global_load_const @[[LARGE]]
// CHECK: %[[A1:.*]] = tally.adder_conv2d %arg0, %[[W1]] {{.*}} {tally.name = "layer.cluster1"
// CHECK: %[[P1:.*]] = ml_program.global_load_const @[[S1]]
// CHECK: %[[B1:.*]] = tally.channel_affine %[[A1]], %[[P1]]
// CHECK: %[[C1:.*]] = tosa.clamp %[[B1]]
// CHECK: %[[ALL:.*]] = tosa.concat %[[C0]], %[[C1]] {axis = 3 : i32}
// CHECK: %[[Y:.*]] = tally.shuffle_channels %[[ALL]] [0, 2, 1, 3]
// CHECK: return %[[Y]]
ml_program.global private @w(dense<[[[[1.0]]], [[[-8.0]]], [[[-1.25]]], [[[9.0]]]]> : tensor<4x1x1x1xf32>) : tensor<4x1x1x1xf32>
ml_program.global private @scale(dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>) : tensor<4xf32>
func.func @split(%x: tensor<1x3x4x1xf32>) -> tensor<1x2x4x4xf32> {
  %w = ml_program.global_load_const @w : tensor<4x1x1x1xf32>
  %s = ml_program.global_load_const @scale : tensor<4xf32>
  %a = tally.adder_conv2d %x, %w pad [1, 0, 0, 0] stride [2, 1] dilation [1, 1] {tally.name = "layer", tally.plan = {clusters = 2 : i64}}
      : (tensor<1x3x4x1xf32>, tensor<4x1x1x1xf32>) -> tensor<1x2x4x4xf32>
  %b = tally.channel_affine %a, %s, %s : (tensor<1x2x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x2x4x4xf32>
  %c = tosa.clamp %b {min_val = -5.0 : f32, max_val = 5.0 : f32} : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %c : tensor<1x2x4x4xf32>
}

// -----

// One layer stays one without a plan, with equal filters, and in groups.
// CHECK-LABEL: func @stay
// CHECK-COUNT-3: tally.adder_conv2d
// CHECK-NOT: tally.adder_conv2d
// CHECK-NOT: tosa.concat
ml_program.global private @w(dense<[[[[1.0]]], [[[-8.0]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
ml_program.global private @equal(dense<[[[[3.0, 1.0]]], [[[0.0, -3.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
func.func @stay(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %e = ml_program.global_load_const @equal : tensor<2x1x1x2xf32>
  %a = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  %b = tally.adder_conv2d %a, %e pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.plan = {clusters = 2 : i64}}
      : (tensor<1x2x2x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %c = tally.adder_conv2d %b, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2 {tally.plan = {clusters = 2 : i64}}
      : (tensor<1x2x2x2xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  return %c : tensor<1x2x2x2xf32>
}

// -----

// A convolution takes its bias along; one number serves all. A depthwise layer is not split.
// CHECK-DAG: @[[BIAS0:bias.*cluster0]](dense<[5.0{{.*}}, 7.0{{.*}}]>
// CHECK-DAG: @[[BIAS1:bias.*cluster1]](dense<6.0
// CHECK-LABEL: func @convolutions
// CHECK-DAG: %[[ONE:.*]] = ml_program.global_load_const @one
// CHECK: %[[B0:.*]] = ml_program.global_load_const @[[BIAS0]]
// CHECK: %[[A0:.*]] = tosa.conv2d %arg0, %{{.*}}, %[[B0]], {{.*}}tally.name = "conv.cluster0"{{.*}} -> tensor<1x2x2x2xf32>
// CHECK: %[[B1:.*]] = ml_program.global_load_const @[[BIAS1]]
// CHECK: %[[A1:.*]] = tosa.conv2d %arg0, %{{.*}}, %[[B1]], {{.*}}tally.name = "conv.cluster1"{{.*}} -> tensor<1x2x2x1xf32>
// CHECK: tosa.concat %[[A0]], %[[A1]]
// CHECK: %[[Y:.*]] = tally.shuffle_channels {{.*}} [0, 2, 1]
// CHECK-COUNT-2: tosa.conv2d %[[Y]], %{{[^,]*}}, %[[ONE]],
// CHECK: tosa.depthwise_conv2d
// CHECK-NOT: tosa.depthwise_conv2d
ml_program.global private @w(dense<[[[[1.0]]], [[[-8.0]]], [[[-1.25]]]]> : tensor<3x1x1x1xf32>) : tensor<3x1x1x1xf32>
ml_program.global private @bias(dense<[5.0, 6.0, 7.0]> : tensor<3xf32>) : tensor<3xf32>
ml_program.global private @v(dense<[[[[1.0, 2.0, 3.0]]], [[[8.0, 9.0, -10.0]]]]> : tensor<2x1x1x3xf32>) : tensor<2x1x1x3xf32>
ml_program.global private @one(dense<4.0> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @each(dense<[[[[1.0], [8.0]]]]> : tensor<1x1x2x1xf32>) : tensor<1x1x2x1xf32>
func.func @convolutions(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %w = ml_program.global_load_const @w : tensor<3x1x1x1xf32>
  %bias = ml_program.global_load_const @bias : tensor<3xf32>
  %v = ml_program.global_load_const @v : tensor<2x1x1x3xf32>
  %one = ml_program.global_load_const @one : tensor<1xf32>
  %each = ml_program.global_load_const @each : tensor<1x1x2x1xf32>
  %a = tosa.conv2d %x, %w, %bias, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv", tally.plan = {clusters = 2 : i64}}
      : (tensor<1x2x2x1xf32>, tensor<3x1x1x1xf32>, tensor<3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x3xf32>
  %b = tosa.conv2d %a, %v, %one, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "second", tally.plan = {clusters = 5 : i64}}
      : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %c = tosa.depthwise_conv2d %b, %each, %one, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {clusters = 2 : i64}}
      : (tensor<1x2x2x2xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %c : tensor<1x2x2x2xf32>
}
