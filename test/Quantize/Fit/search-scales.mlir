// An interval that is too narrow for the inputs, 0 .. 6, grows; one that is too wide shrinks.
// RUN: %make_images %t 8,4,4,1 31
// RUN: qopt %s --tally-search-scales=data=npy:%t.x.npy,%t.y.npy > %t.once
// RUN: FileCheck %s < %t.once
// RUN: qopt %s --tally-search-scales=data=npy:%t.x.npy,%t.y.npy | diff - %t.once
// RUN: not qopt %s --tally-search-scales 2>&1 | FileCheck %s --check-prefix=NODATA

// NODATA: error: requires images: give 'data' (--data DATA), or a recipe that does not measure outputs

ml_program.global private @w(dense<[[[[0.5]]], [[[5.0]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x8xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  // CHECK: tally.interval = array<f64: 0.0{{0*}}e+00, {{[56].[0-9]+}}>, tally.name = "narrow"
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: 0.0, 4.0>, tally.name = "narrow", tally.plan = {bits = 8 : i64}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  // CHECK: tally.interval = array<f64: -{{[5-7].[0-9]+}}, {{[5-7].[0-9]+}}>, tally.name = "wide"
  %1 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: -16.0, 16.0>, tally.name = "wide", tally.plan = {bits = 8 : i64}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  // Not where the plan says no, and only for unsigned codes.
  // CHECK: tally.interval = array<f64: 0.0{{0*}}e+00, 4.0{{0*}}e+00>, tally.name = "unwanted"
  %2 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: 0.0, 4.0>, tally.name = "unwanted", tally.plan = {search_scale = false}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  // CHECK: tally.interval = array<f64: -4.0{{0*}}e+00, 4.0{{0*}}e+00>, tally.name = "signed"
  %3 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: -4.0, 4.0>, tally.name = "signed", tally.plan = {codes = "signed"}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %y = tosa.concat %0, %1, %2, %3 {axis = 3 : i32} : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x8xf32>
  return %y : tensor<1x4x4x8xf32>
}
