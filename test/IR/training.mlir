// The operations of training read and print as they are documented.
// RUN: qopt %s | qopt | FileCheck %s

// CHECK-DAG: !i8 = !quant.uniform<i8<-7:7>:f32, 1.000000e+00>
// CHECK-DAG: !pot4 = !tally.pot<s4:0, {1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00}>

// CHECK-LABEL: func.func @gradients
func.func @gradients(%g: tensor<1x4x4x4xf32>, %x: tensor<1x8x8x2xf32>, %w: tensor<4x3x3x1xf32>) {
  // CHECK: tally.conv2d_input_gradient %{{.*}}, %{{.*}} pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1] group 2
  %0 = tally.conv2d_input_gradient %g, %w pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1] group 2
      : (tensor<1x4x4x4xf32>, tensor<4x3x3x1xf32>) -> tensor<1x8x8x2xf32>
  // CHECK: tally.conv2d_filter_gradient %{{.*}}, %{{.*}} pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1] group 2
  %1 = tally.conv2d_filter_gradient %x, %g pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1] group 2
      : (tensor<1x8x8x2xf32>, tensor<1x4x4x4xf32>) -> tensor<4x3x3x1xf32>
  // CHECK: tally.adder_input_gradient %{{.*}}, %{{.*}}, %{{.*}} rule <hard_tanh> pad [1, 0, 1, 0]
  %2 = tally.adder_input_gradient %g, %x, %w rule <hard_tanh> pad [1, 0, 1, 0] stride [2, 2] dilation [1, 1] group 2
      : (tensor<1x4x4x4xf32>, tensor<1x8x8x2xf32>, tensor<4x3x3x1xf32>) -> tensor<1x8x8x2xf32>
  return
}

// CHECK-LABEL: func.func @pool
func.func @pool(%g: tensor<1x4x4x2xf32>, %x: tensor<1x8x8x2xf32>) {
  // CHECK: tally.max_pool2d_gradient %{{.*}}, %{{.*}} kernel [2, 2] pad [0, 0, 0, 0] stride [2, 2]
  %0 = tally.max_pool2d_gradient %g, %x kernel [2, 2] pad [0, 0, 0, 0] stride [2, 2]
      : (tensor<1x4x4x2xf32>, tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32>
  // CHECK: tally.inside %{{.*}} low -1.000000e+00 high 2.500000e+00
  %1 = tally.inside %x low -1.0 high 2.5 : tensor<1x8x8x2xf32>
  return
}

// CHECK-LABEL: func.func @quantizers
func.func @quantizers(%x: tensor<4x3x3x2xf32>, %one: tensor<1xf32>, %each: tensor<4xf32>) {
  // CHECK: tally.learned_quantizer %{{.*}} by %{{.*}} to !i8 :
  %0 = tally.learned_quantizer %x by %one to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<4x3x3x2xf32>, tensor<1xf32>
  // CHECK: tally.learned_quantizer %{{.*}} by %{{.*}} sigma %{{.*}} to !i8 {literal} : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32>
  %s = tally.learned_quantizer %x by %one sigma %one to !quant.uniform<i8<-7:7>:f32, 1.0> {literal} : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32>
  // CHECK: %[[WIDE:.*]] = tally.learned_quantizer %{{.*}} by %{{.*}} to !i8{{.*}} {spans_input} :
  %wide = tally.learned_quantizer %x by %one to !quant.uniform<i8<-7:7>:f32, 1.0> {spans_input} : tensor<4x3x3x2xf32>, tensor<1xf32>
  %logits = "tosa.const"() <{values = dense<[1.0, 0.5]> : tensor<2xf32>}> : () -> tensor<2xf32>
  // CHECK: tally.mixture %[[WIDE]], %{{.*}} by %{{.*}} {deploys_winner} : tensor<2xf32>, tensor<4x3x3x2xf32>, tensor<4x3x3x2xf32> -> tensor<4x3x3x2xf32>
  %mixture = tally.mixture %wide, %x by %logits {deploys_winner} : tensor<2xf32>, tensor<4x3x3x2xf32>, tensor<4x3x3x2xf32> -> tensor<4x3x3x2xf32>
  // CHECK: tally.categorical_slope <sigma> of %{{.*}} by %{{.*}} sigma %{{.*}} to !i8 :
  %t = tally.categorical_slope <sigma> of %x by %one sigma %one to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32>
  // CHECK: %[[MASKS:.*]] = tally.level_masks %{{.*}} : tensor<2xf32>
  %masks = tally.level_masks %logits : tensor<2xf32>
  // CHECK: tally.level_masks %{{.*}} noise %{{.*}} : tensor<2xf32>, tensor<2xf32>
  %drawn = tally.level_masks %logits noise %logits : tensor<2xf32>, tensor<2xf32>
  // CHECK: tally.learned_quantizer %{{.*}} by %{{.*}} sigma %{{.*}} masks %[[MASKS]] to !i8 : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  %masked = tally.learned_quantizer %x by %one sigma %one masks %masks to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  // CHECK: tally.categorical_slope <masks> of %{{.*}} by %{{.*}} sigma %{{.*}} masks %[[MASKS]] to !i8 {mask = 1 : i64} : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  %along = tally.categorical_slope <masks> of %x by %one sigma %one masks %masks to !quant.uniform<i8<-7:7>:f32, 1.0> {mask = 1} : tensor<4x3x3x2xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  // CHECK: tally.learned_quantizer %{{.*}} by %{{.*}} to !pot4 {nearest_exponent, passes_outside}
  %1 = tally.learned_quantizer %x by %each to !tally.pot<s4:0, {1.0, 1.0, 1.0, 1.0}> {nearest_exponent, passes_outside}
      : tensor<4x3x3x2xf32>, tensor<4xf32>
  // CHECK: tally.round
  %2 = tally.round %x : tensor<4x3x3x2xf32>
  // CHECK: tally.adder_excess %{{.*}} low 0.000000e+00 high 1.500000e+00
  %3 = tally.adder_excess %x low 0.0 high 1.5 : tensor<4x3x3x2xf32> -> tensor<4xf32>
  return
}
