// What a `tally.` attribute may be called, where it stands, and what it is.
// RUN: qopt %s --split-input-file --verify-diagnostics

// expected-error @below {{has an attribute 'tally.mul_fre' that Tally does not know, and that would have no effect; did you mean 'tally.mul_free'?}}
module attributes {tally.mul_fre = "strict"} {}

// -----

// expected-error @below {{attribute 'tally.mul_free' must be "no", "macs", "compute" or "strict", but is "stritc"}}
module attributes {tally.mul_free = "stritc"} {}

// -----

// expected-error @below {{attribute 'tally.stage' must be #tally.stage<imported>, <calibrated>, <quantized> or <integer>, but is "integer"}}
module attributes {tally.stage = "integer"} {}

// -----

// expected-error @below {{attribute 'tally.std' must be an array<f32> of numbers above 0}}
module attributes {tally.mean = array<f32: 0.5>, tally.std = array<f32: 0.0>} {}

// -----

// expected-error @below {{attribute 'tally.resize' must be a string of N or HxW pixels, but is "8x"}}
module attributes {tally.crop = "6x4", tally.resize = "8x"} {}

// -----

// expected-error @below {{has 'tally.mean', which requires 'tally.std' beside it}}
module attributes {tally.mean = array<f32: 0.5>} {}

// -----

// expected-error @below {{has 'tally.std', which requires 'tally.mean' beside it}}
module attributes {tally.std = array<f32: 0.5>} {}

// -----

// expected-error @below {{requires as many numbers in 'tally.mean' as in 'tally.std', but got 3 and 2}}
module attributes {tally.mean = array<f32: 0.5, 0.5, 0.5>, tally.std = array<f32: 1.0, 1.0>} {}

// -----

// One number stands for all channels.
module attributes {tally.mean = array<f32: 0.5, 0.5, 0.5>, tally.std = array<f32: 1.0>} {}

// -----

// expected-error @below {{attribute 'tally.integer' must be an integer type with or without sign, of at most 32 bits, but is i8}}
func.func private @integer(%x: tensor<4xf32> {tally.integer = i8})

// -----

// expected-error @below {{attribute 'tally.range' must be an array<f64> of two finite numbers, rising, but is array<f64: 1.000000e+00, 0.000000e+00>}}
func.func private @range(%x: tensor<4xf32> {tally.range = array<f64: 1.0, 0.0>})

// -----

func.func @mark(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has an attribute 'tally.byte_dot' that Tally does not know, and that would have no effect}}
  %0 = tosa.abs %x {tally.byte_dot = true} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @place(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{attribute 'tally.stage' belongs on a module}}
  %0 = tosa.abs %x {tally.stage = #tally.stage<integer>} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @interval(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{attribute 'tally.interval' must be an array<f64> of two finite numbers, rising, but is array<f64: 1.000000e+00, 0.000000e+00>}}
  %0 = tosa.abs %x {tally.interval = array<f64: 1.0, 0.0>} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @below {{attribute 'tally.unsigned' must be a unit attribute, but is true}}
func.func private @argument(%x: tensor<4xi8> {tally.unsigned = true}) -> tensor<4xi8>

// -----

// expected-error @below {{attribute 'tally.plan' belongs on a module or an operation of a network}}
func.func private @result() -> (tensor<4xi8> {tally.plan = {}})

// -----

// expected-error @below {{attribute 'tally.name' belongs on an operation, an argument or a result of a network}}
func.func private @function() attributes {tally.name = "x"}

// -----

// expected-error @below {{attribute 'tally.arena' must be a dictionary from widths in bits to elements}}
func.func private @arena() attributes {tally.arena = {seven = 4 : i64}}

// -----

// A level as files had it before there was a target.
module attributes {tally.mul_free = "strict"} {}

// -----

module attributes {tally.mul_free = "strict", tally.target = #tally.target<mul_free = strict, core = "barrel-shifter">} {}

// -----

// expected-error @below {{attribute 'tally.mul_free' asks for the level 'strict', but 'tally.target' for 'macs': omit the former}}
module attributes {tally.mul_free = "strict", tally.target = #tally.target<mul_free = macs>} {}

// -----

// A target that does not name a level asks for none.
// expected-error @below {{asks for the level 'macs', but 'tally.target' for 'no'}}
module attributes {tally.mul_free = "macs", tally.target = #tally.target<core = "barrel-shifter">} {}
