// The input of a layer is clamped to its interval where it may lie beyond.
// RUN: qopt %s --tally-clamp-activations --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func @main(%{{.*}}: tensor<1x2x2x1xf32>
func.func @main(%x: tensor<1x2x2x1xf32>, %w: tensor<1x1x1x1xf32>) -> tensor<1x2x2x6xf32> {
  // CHECK: %[[RELU:.*]] = tosa.clamp %arg0 {max_val = 2.0{{.*}}, min_val = 0.0
  %relu2 = tosa.clamp %x {min_val = 0.0 : f32, max_val = 2.0 : f32} : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: %[[A:.*]] = tosa.clamp %arg0 {max_val = 3.0{{.*}}, min_val = -1.5
  // CHECK: tally.adder_conv2d %[[A]], {{.*}}"unbounded"
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: -1.5, 3.0>, tally.name = "unbounded"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: %[[B:.*]] = tosa.clamp %[[RELU]] {max_val = 1.0{{.*}}, min_val = 0.0
  // CHECK: tally.adder_conv2d %[[B]], {{.*}}"beyond"
  %1 = tally.adder_conv2d %relu2, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 1.0>, tally.name = "beyond"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: tally.adder_conv2d %[[RELU]], {{.*}}"within"
  %2 = tally.adder_conv2d %relu2, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 2.0>, tally.name = "within"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // An interval that holds everything seen needs no clamp; without one there is nothing to clamp to.
  // CHECK: tally.adder_conv2d %arg0, {{.*}}"shared"
  %3 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: -1.0, 1.0>, tally.name = "shared", tally.plan = {scale = "shared-maximum"}}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: tally.adder_conv2d %arg0, {{.*}}"none"
  %4 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "none"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // Other readers of the input are left alone.
  // CHECK: tosa.concat {{.*}}, %arg0 {axis = 3 : i32}
  %y = tosa.concat %0, %1, %2, %3, %4, %x {axis = 3 : i32} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x6xf32>
  return %y : tensor<1x2x2x6xf32>
}

// -----

// One value of 16 in 10,000, all others zero, is what the input says; in front of values that are
// spread over 0 .. 4 it is an outlier. A layer in clusters is warned of once.
#rare = #tally.sketch<count = 10000, min = 0.0, max = 16.5, exponent = 0, first = 0, bins = [9999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]>
#outlier = #tally.sketch<count = 10000, min = 0.0, max = 16.5, exponent = 0, first = 0, bins = [2500, 2500, 2500, 2499, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]>
module attributes {tally.plan = {quantile = 0.9995 : f64}} {
// CHECK-LABEL: func @events
func.func @events(%x: tensor<1x2x2x1xf32>, %w: tensor<1x1x1x1xf32>) -> tensor<1x2x2x5xf32> {
  %rare = tally.observe %x sketch #rare : tensor<1x2x2x1xf32>
  %outlier = tally.observe %x sketch #outlier : tensor<1x2x2x1xf32>
  // expected-warning@+1 {{layer 'rare' clamps inputs in [0, 16.5] to [0, 0.9996], which cuts off 87.9 % of the sum of their squares; a 'quantile' of the recipe above 0.9995 keeps more}}
  %0 = tally.adder_conv2d %rare, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 0.9995>, tally.name = "rare.cluster0"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: max_val = 5.0
  %1 = tally.adder_conv2d %rare, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 0.5>, tally.name = "rare.cluster1"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %2 = tally.adder_conv2d %outlier, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 4.0>, tally.name = "outlier"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // The quantile is not what narrowed these: a search did, small weights, or nothing.
  %3 = tally.adder_conv2d %outlier, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 1.0>, tally.name = "searched"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %4 = tally.adder_conv2d %rare, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.interval = array<f64: 0.0, 17.0>, tally.name = "wide"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %y = tosa.concat %0, %1, %2, %3, %4 {axis = 3 : i32} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x5xf32>
  return %y : tensor<1x2x2x5xf32>
}
}
