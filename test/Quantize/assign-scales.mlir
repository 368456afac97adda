// The shared interval by each rule, at the quantile 0.75 of four values 0 .. 2.
// RUN: qopt %s --tally-assign-scales --split-input-file --verify-diagnostics | FileCheck %s

#seen = #tally.sketch<count = 4, min = 0.0, max = 1.9, exponent = -1, first = 0, bins = [1, 1, 1, 1]>
#both = #tally.sketch<count = 4, min = -2.0, max = 1.75, exponent = 0, first = -2, bins = [1, 1, 1, 1]>
module attributes {tally.plan = {quantile = 0.75 : f64}} {
ml_program.global private @small(dense<-0.5> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>
ml_program.global private @large(dense<-7.0> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x6xf32> {
  %s = ml_program.global_load_const @small : tensor<1x1x1x1xf32>
  %l = ml_program.global_load_const @large : tensor<1x1x1x1xf32>
  %relu = tosa.clamp %x {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %unsigned = tally.observe %relu sketch #seen : tensor<1x2x2x1xf32>
  %signed = tally.observe %x sketch #both : tensor<1x2x2x1xf32>
  // Activations alone decide: from 0 where range analysis knows so, else both tails.
  // CHECK: tally.interval = array<f64: 0.{{0*}}e+00, 1.5{{0*}}e+00>, tally.name = "one_sided"
  %0 = tally.adder_conv2d %unsigned, %l pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "one_sided"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: tally.interval = array<f64: -1.0{{0*}}e+00, 1.0{{0*}}e+00>, tally.name = "two_sided"
  %1 = tally.adder_conv2d %signed, %l pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "two_sided"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // The smaller of the activations' quantile and the largest weight.
  // CHECK: tally.interval = array<f64: -5.0{{0*}}e-01, 5.0{{0*}}e-01>, tally.name = "by_weights"
  %2 = tally.adder_conv2d %unsigned, %s pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "by_weights", tally.plan = {scale = "group-minimum"}}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: tally.interval = array<f64: -1.5{{0*}}e+00, 1.5{{0*}}e+00>, tally.name = "by_activations"
  %3 = tally.adder_conv2d %unsigned, %l pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "by_activations", tally.plan = {scale = "group-minimum"}}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // The largest of everything, outliers too.
  // CHECK: tally.interval = array<f64: -7.0{{0*}}e+00, 7.0{{0*}}e+00>, tally.name = "shared"
  %4 = tally.adder_conv2d %unsigned, %l pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "shared", tally.plan = {scale = "shared-maximum"}}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  // CHECK: tally.interval = array<f64: -2.0{{0*}}e+00, 2.0{{0*}}e+00>, tally.name = "shared_signed"
  %5 = tally.adder_conv2d %signed, %s pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "shared_signed", tally.plan = {scale = "shared-maximum"}}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  %y = tosa.concat %0, %1, %2, %3, %4, %5 {axis = 3 : i32} : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x6xf32>
  return %y : tensor<1x2x2x6xf32>
}
}

// -----

func.func @unobserved(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %w = "tosa.const"() <{values = dense<1.0> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
  // expected-error @below {{layer 'tally.adder_conv2d' (1x2x2x1 to 1x2x2x1) requires its input to be observed: run tally-calibrate first}}
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// -----

func.func @not_finite(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %w = "tosa.const"() <{values = dense<0x7F800000> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
  %o = tally.observe %x sketch <count = 1, min = 0.0, max = 0.0, exponent = 0, first = 0, bins = [1]> : tensor<1x2x2x1xf32>
  // expected-error @below {{layer 'bad' (1x2x2x1 to 1x2x2x1) has a weight that is not finite: INF}}
  %y = tally.adder_conv2d %o, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "bad"}
      : (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}
