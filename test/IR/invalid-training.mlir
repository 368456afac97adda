// RUN: qopt %s --split-input-file --verify-diagnostics

func.func @input_gradient_c1(%g: tensor<1x4x4x4xf32>, %w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{requires 'gradient' dimension 1 to be 8 (conv2d_input_gradient_c1), but got 4}}
  %0 = tally.conv2d_input_gradient %g, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x4xf32>, tensor<4x3x3x2xf32>) -> tensor<1x8x8x2xf32>
  return
}

// -----

func.func @input_gradient_c1_channels(%g: tensor<1x8x8x4xf32>, %w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{requires a filter of 3 / 1 channels and a multiple of 1 filters (conv2d_input_gradient_c1), but got 2 and 4}}
  %0 = tally.conv2d_input_gradient %g, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x8x8x4xf32>, tensor<4x3x3x2xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @filter_gradient_c1(%x: tensor<1x8x8x2xf32>, %g: tensor<1x8x8x4xf32>) {
  // expected-error @below {{requires 'gradient' dimension 3 to be 5 (conv2d_filter_gradient_c1), but got 4}}
  %0 = tally.conv2d_filter_gradient %x, %g pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x8x8x2xf32>, tensor<1x8x8x4xf32>) -> tensor<5x3x3x2xf32>
  return
}

// -----

func.func @filter_gradient_c1_stride(%x: tensor<1x8x8x2xf32>, %g: tensor<1x8x8x4xf32>) {
  // expected-error @below {{requires kernel, stride and dilation of at least 1 (conv2d_filter_gradient_c1), but got 3, 0 and 1}}
  %0 = tally.conv2d_filter_gradient %x, %g pad [1, 1, 1, 1] stride [0, 1] dilation [1, 1]
      : (tensor<1x8x8x2xf32>, tensor<1x8x8x4xf32>) -> tensor<4x3x3x2xf32>
  return
}

// -----

func.func @adder_input_gradient_c1(%g: tensor<1x8x8x4xf32>, %x: tensor<1x8x8x2xf32>, %w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{requires 'output' to have the shape of 'input' (adder_input_gradient_c1)}}
  %0 = tally.adder_input_gradient %g, %x, %w rule <sign> pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x8x8x4xf32>, tensor<1x8x8x2xf32>, tensor<4x3x3x2xf32>) -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @dynamic(%g: tensor<?x8x8x4xf32>, %w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{requires static shapes (conv2d_input_gradient_c1)}}
  %0 = tally.conv2d_input_gradient %g, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<?x8x8x4xf32>, tensor<4x3x3x2xf32>) -> tensor<1x8x8x2xf32>
  return
}

// -----

func.func @max_pool_gradient_c1(%g: tensor<1x3x4x2xf32>, %x: tensor<1x8x8x2xf32>) {
  // expected-error @below {{requires 'gradient' dimension 1 to be 4 (max_pool2d_gradient_c1), but got 3}}
  %0 = tally.max_pool2d_gradient %g, %x kernel [2, 2] pad [0, 0, 0, 0] stride [2, 2]
      : (tensor<1x3x4x2xf32>, tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32>
  return
}

// -----

func.func @learned_quantizer_c1(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires levels with scale 1 (learned_quantizer_c1), but got 5.000000e-01}}
  %0 = tally.learned_quantizer %x by %s to !quant.uniform<i8<-7:7>:f32, 0.5> : tensor<2x3xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c1_type(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires levels of a uniform type or of powers of two (learned_quantizer_c1), but got 'i8'}}
  %0 = tally.learned_quantizer %x by %s to i8 : tensor<2x3xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c1_axis(%x: tensor<2x3xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{requires levels with a scale for each index of a dimension of 'input' (learned_quantizer_c1), but got 2 along dimension 1}}
  %0 = tally.learned_quantizer %x by %s to !quant.uniform<i8<-7:7>:f32:1, {1.0, 1.0}> : tensor<2x3xf32>, tensor<2xf32>
  return
}

// -----

func.func @learned_quantizer_c1_zero(%x: tensor<2x3xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{requires zero points of 0 where levels are per axis (learned_quantizer_c1)}}
  %0 = tally.learned_quantizer %x by %s to !quant.uniform<i8<-7:7>:f32:0, {1.0, 1.0:1}> : tensor<2x3xf32>, tensor<2xf32>
  return
}

// -----

func.func @learned_quantizer_c2(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @below {{requires 'scale' to have one element or 1 (learned_quantizer_c2), but got 3}}
  %0 = tally.learned_quantizer %x by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @learned_quantizer_c3(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires single powers of two for 'nearest_exponent' (learned_quantizer_c3)}}
  %0 = tally.learned_quantizer %x by %s to !tally.pot<additive s4, 1.0> {nearest_exponent} : tensor<2x3xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c4(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires uniform levels for 'sigma', 32 at most (learned_quantizer_c4)}}
  %0 = tally.learned_quantizer %x by %s sigma %s to !tally.pot<s4, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c4_sizes(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %one: tensor<1xf32>) {
  // expected-error @below {{requires 'sigma' of the type of 'scale' (learned_quantizer_c4)}}
  %0 = tally.learned_quantizer %x by %s sigma %one to !quant.uniform<i8<-3:3>:f32:1, {1.0, 1.0, 1.0}> : tensor<2x3xf32>, tensor<3xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c4_literal(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires 'sigma' for 'literal' (learned_quantizer_c4)}}
  %0 = tally.learned_quantizer %x by %s to !quant.uniform<i8<-3:3>:f32, 1.0> {literal} : tensor<2x3xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c4_outside(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires no 'passes_outside' and no 'spans_input' with 'sigma' (learned_quantizer_c4)}}
  %0 = tally.learned_quantizer %x by %s sigma %s to !quant.uniform<i8<-3:3>:f32, 1.0> {passes_outside} : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32>
  return
}

// -----

func.func @categorical_slope_c1(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires levels with scale 1, one or one for each index of a dimension of 'input', there without zero points (categorical_slope_c1)}}
  %0 = tally.categorical_slope <input> of %x by %s sigma %s to !quant.uniform<i8<-3:3>:f32, 0.5> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32>
  return
}

// -----

func.func @categorical_slope_c1(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires uniform levels for 'sigma', 32 at most (categorical_slope_c1)}}
  %0 = tally.categorical_slope <input> of %x by %s sigma %s to !quant.uniform<i8<-127:127>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32>
  return
}

// -----

func.func @categorical_slope_c2(%x: tensor<2x3xf32>, %s: tensor<1xf32>, %two: tensor<2xf32>) {
  // expected-error @below {{requires 'sigma' of the type of 'scale' (categorical_slope_c2)}}
  %0 = tally.categorical_slope <input> of %x by %s sigma %two to !quant.uniform<i8<-3:3>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<2xf32>
  return
}

// -----

func.func @categorical_slope_c3(%x: tensor<2x3xf32>, %s: tensor<1xf32>, %m: tensor<2xf32>) {
  // expected-error @below {{requires 1 masks (categorical_slope_c3), but got 2}}
  %0 = tally.categorical_slope <input> of %x by %s sigma %s masks %m to !quant.uniform<i8<-3:3>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  return
}

// -----

func.func @categorical_slope_c3(%x: tensor<2x3xf32>, %s: tensor<1xf32>, %m: tensor<2xf32>) {
  // expected-error @below {{requires 'mask' to be one of 2 masks (categorical_slope_c3), but got 2}}
  %0 = tally.categorical_slope <masks> of %x by %s sigma %s masks %m to !quant.uniform<i8<-7:7>:f32, 1.0> {mask = 2} : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  return
}

// -----

func.func @categorical_slope_c3(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires 'mask' to be one of 0 masks (categorical_slope_c3), but got 0}}
  %0 = tally.categorical_slope <masks> of %x by %s sigma %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32>
  return
}

// -----

func.func @learned_quantizer_c5(%x: tensor<2x3xf32>, %s: tensor<1xf32>, %m: tensor<2xf32>) {
  // expected-error @below {{requires 'sigma' for 'masks' (learned_quantizer_c5)}}
  %0 = tally.learned_quantizer %x by %s masks %m to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32> masks tensor<2xf32>
  return
}

// -----

func.func @learned_quantizer_c5(%x: tensor<2x3xf32>, %s: tensor<1xf32>, %m: tensor<2xf32>) {
  // expected-error @below {{requires levels from -m to m for 'masks', with m + 1 a power of two and at least 4 (learned_quantizer_c5)}}
  %0 = tally.learned_quantizer %x by %s sigma %s masks %m to !quant.uniform<i8<-8:7>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  return
}

// -----

func.func @learned_quantizer_c5(%x: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{requires 'masks' for 'endpoints' (learned_quantizer_c5)}}
  %0 = tally.learned_quantizer %x by %s sigma %s to !quant.uniform<i8<-7:7>:f32, 1.0> {endpoints} : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32>
  return
}

// -----

func.func @level_masks_c1(%l: tensor<2xf32>, %u: tensor<3xf32>) {
  // expected-error @below {{requires 'noise' of the type of 'logits' (level_masks_c1), but got 'tensor<3xf32>' and 'tensor<2xf32>'}}
  %0 = tally.level_masks %l noise %u : tensor<2xf32>, tensor<3xf32>
  return
}

// -----

func.func @mixture_c1(%x: tensor<2x3xf32>, %l: tensor<2xf32>) {
  // expected-error @below {{requires a logit for each of two or more members (mixture_c1), but got 2 for 1}}
  %0 = tally.mixture %x by %l : tensor<2xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @mixture_c1(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>, %l: tensor<2xf32>) {
  // expected-error @below {{requires members of the type of 'output' (mixture_c1)}}
  %0 = tally.mixture %x, %y by %l : tensor<2xf32>, tensor<2x3xf32>, tensor<3x2xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @mixture_of_f64(%x: tensor<2x3xf64>, %l: tensor<2xf32>) {
  // expected-error @below {{operand #0 must be variadic of ranked tensor of 32-bit float values, but got 'tensor<2x3xf64>'}}
  %0 = tally.mixture %x, %x by %l : tensor<2xf32>, tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  return
}

// -----

func.func @adder_excess_c1(%w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{requires 'low' not above 'high' (adder_excess_c1), but got 2}}
  %0 = tally.adder_excess %w low 2.0 high 1.0 : tensor<4x3x3x2xf32> -> tensor<4xf32>
  return
}

// -----

func.func @adder_excess_c1_filters(%w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{requires 'output' to have an element for each of 4 filters (adder_excess_c1), but got 2}}
  %0 = tally.adder_excess %w low 0.0 high 1.0 : tensor<4x3x3x2xf32> -> tensor<2xf32>
  return
}
