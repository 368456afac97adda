// What each stage allows: once legal, then every kind of violation, all of them reported.
// RUN: qopt %s --tally-verify-stage --split-input-file --verify-diagnostics

!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<imported>} {
func.func @imported(%x: tensor<1x2x2x2xf32>, %w: tensor<1x1x1x2xf32>, %p: tensor<1xf32>) -> tensor<1x2x2x1xf32> {
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x1xf32>
  %b = tally.batch_norm %y, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<1x2x2x1xf32>, tensor<1xf32>
  %q = quant.qcast %b : tensor<1x2x2x1xf32> to tensor<1x2x2x1x!q>
  %d = quant.dcast %q : tensor<1x2x2x1x!q> to tensor<1x2x2x1xf32>
  %e = tosa.exp %d : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %e : tensor<1x2x2x1xf32>
}
}

// -----

module attributes {tally.stage = #tally.stage<calibrated>} {
func.func @calibrated(%x: tensor<1x2xf32>, %p: tensor<2xf32>) -> tensor<1x2xf32> {
  %o = tally.observe %x : tensor<1x2xf32>
  %a = tally.channel_affine %o, %p, %p : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %a : tensor<1x2xf32>
}
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<quantized>} {
ml_program.global private @p(dense<1.0> : tensor<2xf32>) : tensor<2xf32>
func.func @quantized(%x: tensor<1x2x!q>) -> tensor<1x2x!q> {
  %p = ml_program.global_load_const @p : tensor<2xf32>
  %a = tally.channel_affine %x, %p, %p : (tensor<1x2x!q>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!q>
  %i = tosa.identity %a : (tensor<1x2x!q>) -> tensor<1x2x!q>
  return %i : tensor<1x2x!q>
}
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
!s = !quant.uniform<i32<-510:0>:f32, 0.5>
module attributes {tally.stage = #tally.stage<integer>} {
func.func @integer(%x: tensor<1x2x2x2x!q>, %w: tensor<1x1x1x2x!q>) -> tensor<1x2x2x1x!q> {
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x2x2x2x!q>, tensor<1x1x1x2x!q>) -> tensor<1x2x2x1x!s>
  %r = tally.requantize %y multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <half_up> : tensor<1x2x2x1x!s> -> tensor<1x2x2x1x!q>
  return %r : tensor<1x2x2x1x!q>
}
}

// -----

module attributes {tally.stage = #tally.stage<imported>} {
// expected-error @below {{has a value of type 'tensor<1x2xf16>', but networks compute with f32: convert them to it first}}
func.func @half(%x: tensor<1x2xf16>) -> tensor<1x2xf16> {
  // expected-error @below {{has a value of type 'tensor<1x2xf16>', but networks compute with f32}}
  %y = tosa.abs %x : (tensor<1x2xf16>) -> tensor<1x2xf16>
  return %y : tensor<1x2xf16>
}
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<imported>} {
// expected-error @below {{has a dynamic shape, which is not legal in stage 'imported'}}
func.func @not_imported(%x: tensor<1x2xf32>, %q: tensor<1x2x!q>, %d: tensor<?x2xf32>) {
  // expected-error @below {{'tally.observe' is not legal in stage 'imported'}}
  %o = tally.observe %x : tensor<1x2xf32>
  // expected-error @below {{'tally.requantize' is not legal in stage 'imported'}}
  %r = tally.requantize %q multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <half_up> : tensor<1x2x!q> -> tensor<1x2x!q>
  // expected-error @below {{has a dynamic shape, which is not legal in stage 'imported'}}
  %e = tosa.exp %d : (tensor<?x2xf32>) -> tensor<?x2xf32>
  // expected-error @below {{'math.exp' is not legal in stage 'imported'}}
  %m = math.exp %x : tensor<1x2xf32>
  return
}
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<quantized>} {
// expected-error @below {{has element type 'f32', which is not legal in stage 'quantized'}}
func.func @not_quantized(%x: tensor<1x2xf32>, %q: tensor<1x2x!q>, %p: tensor<2xf32>) {
  // expected-error @below {{has element type 'f32', which is not legal in stage 'quantized'}}
  %s = tosa.add %x, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-error @below {{'tosa.exp' is not legal in stage 'quantized'}}
  %e = tosa.exp %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-error @below {{'tally.batch_norm' is not legal in stage 'quantized'}}
  %b = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<1x2xf32>, tensor<2xf32>
  // expected-error @below {{'quant.dcast' is not legal in stage 'quantized'}}
  %d = quant.dcast %q : tensor<1x2x!q> to tensor<1x2xf32>
  // expected-error @below {{'tally.requantize' is not legal in stage 'quantized'}}
  %r = tally.requantize %q multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <half_up> : tensor<1x2x!q> -> tensor<1x2x!q>
  return
}
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<integer>} {
// expected-error @below {{has element type 'f32', which is not legal in stage 'integer'}}
func.func @not_integer(%q: tensor<1x2x!q>, %p: tensor<2xf32>, %i: tensor<1x2xi32>) {
  // expected-error @below {{'tally.channel_affine' is not legal in stage 'integer'}}
  %a = tally.channel_affine %q, %p, %p : (tensor<1x2x!q>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!q>
  // expected-error @below {{'tosa.clamp' is not legal in stage 'integer'}}
  %c = tosa.clamp %i {min_val = 0 : i32, max_val = 9 : i32} : (tensor<1x2xi32>) -> tensor<1x2xi32>
  return
}
}

// -----

// expected-error @below {{requires a stage: give one of imported, calibrated, quantized, integer, or a module with 'tally.stage'}}
module {}

// -----

// Constants that do not fit their types are part of it (all kinds: verify-contents.mlir).
!q = !quant.uniform<u8<0:15>:f32, 0.5>
module attributes {tally.stage = #tally.stage<integer>} {
// expected-error @below {{holds codes of '!quant.uniform<u8<0:15>:f32, 5.000000e-01>' in elements of type 'f32'}}
ml_program.global private @w(dense<1.0> : tensor<2xf32>) : tensor<2x!q>
func.func @main(%x: tensor<1x2x!q>) -> tensor<1x2x!q> {
  return %x : tensor<1x2x!q>
}
}
