// Plans that are written by hand are checked before a pass reads them.
// RUN: qopt %s --split-input-file --tally-cluster-filters --verify-diagnostics

// expected-error @below {{requires 'quantile' in 'tally.plan' to be a number in 0.5..1, but got 2.000000e+00 : f64}}
module attributes {tally.plan = {quantile = 2.0 : f64}} {
  func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    return %x : tensor<1x4xf32>
  }
}

// -----

func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error @below {{has a key 'bit' in 'tally.plan' that is not known}}
  %0 = tosa.abs %x {tally.plan = {bit = 4 : i64}} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // expected-error @below {{requires 'bits' in 'tally.plan' to be a 64-bit integer in 1..8, but got 9 : i64}}
  %1 = tosa.abs %0 {tally.plan = {bits = 9 : i64}} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // expected-error @below {{requires 'codes' in 'tally.decisions' to be one of 'unsigned', 'signed', 'double-step', but got "both"}}
  %2 = tosa.abs %1 {tally.decisions = {codes = "both"}} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // expected-error @below {{requires 'clamp_weights' in 'tally.plan' to be true or false, but got 1 : i64}}
  %3 = tosa.abs %2 {tally.plan = {clamp_weights = 1 : i64}} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %3 : tensor<1x4xf32>
}
