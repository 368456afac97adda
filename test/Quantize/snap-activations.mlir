// Inputs of layers are rounded to powers of two, or sums of them, where the plan says so: with
// a sign where they may be negative, once for layers that want the same.
// RUN: qopt %s --tally-snap-activations --split-input-file --verify-diagnostics | FileCheck %s

// Values 0.5, 2.5, 4.5 and 6.5, the middles of bins. Of the units k/64 * 6.5 / 10 the one with
// k = 61 has its multiples 1, 4, 8 and 10 nearest to them.
// CHECK-DAG: !apot3 = !tally.pot<additive u3, 0.6195
// CHECK-DAG: !pot4 = !tally.pot<s4,
#relu = #tally.sketch<count = 4, min = 0.0, max = 6.5, exponent = 0, first = 0, bins = [1, 0, 1, 0, 1, 0, 1]>
#both = #tally.sketch<count = 4, min = -4.0, max = 3.9, exponent = 1, first = -2, bins = [1, 1, 1, 1]>
ml_program.global private @w(dense<[[[[1.0]]], [[[-0.5]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %x1 = tally.observe %x sketch #both : tensor<1x2x2x1xf32>
  // CHECK: %[[X:.*]] = tally.observe
  // CHECK: %[[XS:.*]] = tally.snap %[[X]] to !pot4 {tally.name = "first.input.levels"}
  // CHECK: tosa.conv2d %[[XS]]
  %a = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "first", tally.plan = {activation_bits = 4 : i64, activation_levels = "pot"}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %r = tosa.clamp %x1 {min_val = 0.0 : f32, max_val = 3.4028234663852886E+38 : f32} : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %r1 = tally.observe %r sketch #relu : tensor<1x2x2x1xf32>
  // CHECK: %[[R:.*]] = tally.observe
  // CHECK: %[[RS:.*]] = tally.snap %[[R]] to !{{apot3}}
  // CHECK: tosa.conv2d %[[RS]]
  %b = tosa.conv2d %r1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "second", tally.plan = {activation_bits = 3 : i64, activation_levels = "apot"}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  // CHECK-NOT: tally.snap
  // CHECK: tosa.conv2d %[[RS]]
  %c = tosa.conv2d %r1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "third", tally.plan = {activation_bits = 3 : i64, activation_levels = "apot"}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %a, %b, %c : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
}

// -----

#both = #tally.sketch<count = 4, min = -4.0, max = 3.9, exponent = 1, first = -2, bins = [1, 1, 1, 1]>
ml_program.global private @w(dense<[[[[1.0]]], [[[-0.5]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
func.func @bits(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %x1 = tally.observe %x sketch #both : tensor<1x2x2x1xf32>
  // expected-error @below {{layer 'wide' requires inputs on powers of two to have 2 to 5 bits, but its plan says 8}}
  %a = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "wide", tally.plan = {activation_levels = "apot"}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %a : tensor<1x2x2x2xf32>
}
