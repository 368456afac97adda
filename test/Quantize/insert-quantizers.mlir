// Observed values, inputs and weights are rounded by a pair of casts, each to what reads it wants.
// RUN: qopt %s --tally-insert-quantizers --split-input-file --verify-diagnostics | FileCheck %s

// The adder layer's operands share one type: 15 steps over [0, 3]. The trunk is 8 bits over what was seen.
// CHECK-DAG: ![[ADDER:.*]] = !quant.uniform<u8<0:15>:f32, 2.0{{0*}}e-01>
// CHECK-DAG: ![[TRUNK:.*]] = !quant.uniform<u8:f32, {{.*}}:129>
// CHECK-DAG: ![[RESULT:.*]] = !quant.uniform<i32<-33554432:33554432>:f32,
// CHECK-DAG: ![[BOX:.*]] = !quant.uniform<u8<0:5>:f32, 2.0{{0*}}e-01>
// CHECK-DAG: ![[CONV:.*]] = !quant.uniform<i8<-127:127>:f32:0, {{{.*}},{{.*}}}>
#in = #tally.sketch<count = 4, min = -4.0, max = 3.9, exponent = 1, first = -2, bins = [1, 1, 1, 1]>
#relu = #tally.sketch<count = 4, min = 0.0, max = 4.0, exponent = 0, first = 1, bins = [2, 1, 0, 1]>
ml_program.global private @w(dense<[[[[1.0]]], [[[-0.5]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
// CHECK-LABEL: func @main(%arg0: tensor<1x2x2x1xf32>)
func.func @main(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x2xf32>) {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // Several operations read it: it has the codes of the trunk.
  // CHECK: %[[Q:.*]] = quant.qcast %arg0 : {{.*}} to tensor<1x2x2x1x![[TRUNK]]>
  // CHECK: %[[X:.*]] = quant.dcast %[[Q]]
  %x1 = tally.observe %x sketch #in : tensor<1x2x2x1xf32>
  // CHECK: %[[RELU:.*]] = tosa.clamp %[[X]]
  %r = tosa.clamp %x1 {min_val = 0.0 : f32, max_val = 3.0 : f32} : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  // Only the adder layer reads this one: rounded to its codes at once.
  // CHECK: quant.qcast %[[RELU]] : {{.*}} to tensor<1x2x2x1x![[ADDER]]>
  %r1 = tally.observe %r sketch #relu : tensor<1x2x2x1xf32>
  // CHECK: quant.qcast %w : {{.*}} to tensor<2x1x1x1x![[ADDER]]>
  // CHECK: %[[W:.*]] = quant.dcast
  // CHECK: %[[Y:.*]] = tally.adder_conv2d %{{.*}}, %[[W]]
  %y = tally.adder_conv2d %r1, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 3.0>, tally.plan = {bits = 4 : i64}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  // The result has 32-bit codes.
  // CHECK: quant.qcast %[[Y]] : {{.*}} to tensor<1x2x2x2x![[RESULT]]>
  %y1 = tally.observe %y sketch #in : tensor<1x2x2x2xf32>
  // What exceeds the interval has the layer's step, and codes up to the largest seen.
  // CHECK: %[[EXCESS:.*]] = tosa.sub
  // CHECK: quant.qcast %[[EXCESS]] : {{.*}} to tensor<1x2x2x1x![[BOX]]>
  %excess = tosa.sub %x1, %r : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %box = tally.box_sum %excess kernel [1, 1] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 3.0>, tally.plan = {bits = 4 : i64}}
      : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  // Convolutions have one scale a filter.
  // CHECK: quant.qcast %w : {{.*}} to tensor<2x1x1x1x![[CONV]]>
  // CHECK: tosa.conv2d
  %c = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  // CHECK-NOT: tally.observe
  return %y1, %box, %c : tensor<1x2x2x2xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x2xf32>
}

// -----

func.func @not_calibrated(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  // expected-error @below {{was not calibrated: run tally-calibrate first}}
  %y = tally.observe %x : tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// -----

func.func @no_interval(%x: tensor<1x2x2x1xf32>, %w: tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32> {
  // expected-error @below {{has no interval: run tally-assign-scales first}}
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

func.func @not_observed(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32> {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // expected-error @below {{requires its input to be observed: run tally-calibrate first}}
  %y = tosa.avg_pool2d %x, %zero, %zero {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x4x4x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}
