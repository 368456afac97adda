// Each constraint of TallyOps.td, broken once.
// RUN: qopt %s --split-input-file --verify-diagnostics

!u4 = !quant.uniform<u8<0:15>:f32, 0.25>
func.func @c1(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2x!u4>) {
  // expected-error @below {{all float or all quantized (adder_conv2d_c1)}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2x!u4>) -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @c2_channels(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x3xf32>) {
  // expected-error @below {{requires 'filter' to have 2 / 1 channels and a multiple of 1 filters (adder_conv2d_c2), but got 3 and 3}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x3xf32>) -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @c2_group(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x1xf32>) {
  // expected-error @below {{a multiple of 2 filters (adder_conv2d_c2), but got 1 and 3}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x1xf32>) -> tensor<1x4x4x3xf32>
  return
}

// -----

!a = !quant.uniform<u8<0:15>:f32, 0.5>
!b = !quant.uniform<u8<0:15>:f32, 0.25>
!sum = !quant.uniform<i16<-30:0>:f32, 0.5>
func.func @c3_scale(%x: tensor<1x4x4x2x!a>, %w: tensor<3x1x1x2x!b>) {
  // expected-error @below {{requires 'input' and 'filter' to share one scale (adder_conv2d_c3), but got 5.000000e-01 and 2.500000e-01}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!a>, tensor<3x1x1x2x!b>) -> tensor<1x4x4x3x!sum>
  return
}

// -----

!a = !quant.uniform<u8<0:15>:f32, 0.5>
!b = !quant.uniform<u8<0:15>:f32, 0.5:8>
!sum = !quant.uniform<i16<-30:0>:f32, 0.5>
func.func @c3_zero_point(%x: tensor<1x4x4x2x!a>, %w: tensor<3x1x1x2x!b>) {
  // expected-error @below {{share one zero point (adder_conv2d_c3), but got 0 and 8}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!a>, tensor<3x1x1x2x!b>) -> tensor<1x4x4x3x!sum>
  return
}

// -----

!a = !quant.uniform<u8<0:15>:f32, 0.5>
!sum = !quant.uniform<i8<-29:0>:f32, 0.5>
func.func @c4_range(%x: tensor<1x4x4x2x!a>, %w: tensor<3x1x1x2x!a>) {
  // expected-error @below {{hold every sum in -30..0 (adder_conv2d_c4), but its range is -29..0}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!a>, tensor<3x1x1x2x!a>) -> tensor<1x4x4x3x!sum>
  return
}

// -----

func.func @c5_stride(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf32>) {
  // expected-error @below {{of at least 1 (adder_conv2d_c5), but got 1, 0 and 1}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [0, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @c5_fit(%x: tensor<1x4x4x2xf32>, %w: tensor<3x7x1x2xf32>) {
  // expected-error @below {{requires a window that fits the input (adder_conv2d_c5), but it spans 7 elements and the padded input has 5}}
  %0 = tally.adder_conv2d %x, %w pad [1, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x7x1x2xf32>) -> tensor<1x1x4x3xf32>
  return
}

// -----

func.func @c5_shape(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf32>) {
  // expected-error @below {{requires 'output' dimension 1 to be 4 (adder_conv2d_c5), but got 5}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x5x4x3xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<1x4xf32>, %w: tensor<3x5xf32>) {
  // expected-error @below {{agree in their last dimension (adder_linear_c2), but got 4 and 5}}
  %0 = tally.adder_linear %x, %w : (tensor<1x4xf32>, tensor<3x5xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @batch_norm_c1(%x: tensor<1x4xf32>, %p: tensor<3xf32>) {
  // expected-error @below {{requires parameters of 4 elements (batch_norm_c1), but got 3}}
  %0 = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<1x4xf32>, tensor<3xf32>
  return
}

// -----

func.func @batch_norm_c2(%x: tensor<1x3xf32>, %p: tensor<3xf32>) {
  // expected-error @below {{requires 'epsilon' of at least 0 (batch_norm_c2)}}
  %0 = tally.batch_norm %x, %p, %p, %p, %p {epsilon = -1.0 : f32} : tensor<1x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @channel_affine_c2(%x: tensor<1x3xf32>, %p: tensor<3xf32>) {
  // expected-error @below {{of one shape, both float or both quantized (channel_affine_c2)}}
  %0 = tally.channel_affine %x, %p, %p : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xi8>
  return
}

// -----

!u4 = !quant.uniform<u8<0:15>:f32, 0.5:1>
!sum = !quant.uniform<u16:f32, 0.5>
func.func @box_sum_c1(%x: tensor<1x4x4x2x!u4>) {
  // expected-error @below {{requires 'input' to have zero point 0 (box_sum_c1), but got 1}}
  %0 = tally.box_sum %x kernel [2, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!u4>) -> tensor<1x3x3x1x!sum>
  return
}

// -----

!u4 = !quant.uniform<u8<0:15>:f32, 0.5:1>
!sum = !quant.uniform<u8<0:56>:f32, 0.5>
func.func @sum_pool2d_c1(%x: tensor<1x4x4x2x!u4>) {
  // expected-error @below {{hold every sum in -4..56 (sum_pool2d_c1), but its range is 0..56}}
  %0 = tally.sum_pool2d %x kernel [2, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!u4>) -> tensor<1x3x3x2x!sum>
  return
}

// -----

func.func @sum_pool2d_c2(%x: tensor<1x4x4x2xf32>) {
  // expected-error @below {{requires 'output' dimension 3 to be 2 (sum_pool2d_c2), but got 1}}
  %0 = tally.sum_pool2d %x kernel [2, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>) -> tensor<1x3x3x1xf32>
  return
}

// -----

func.func @requantize_c1(%x: tensor<1x4xi32>) {
  // expected-error @below {{of integer or quantized type (requantize_c1)}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xf32>
  return
}

// -----

func.func @requantize_c2_shape(%x: tensor<1x4xi32>) {
  // expected-error @below {{that broadcasts to the input's (requantize_c2)}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<3xi32> offset dense<0> : tensor<3xi64>
      shift dense<0> : tensor<3xi8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xi8>
  return
}

// -----

func.func @requantize_c2_shift(%x: tensor<1x4xi32>) {
  // expected-error @below {{requires 'shift' in 0..62 (requantize_c2), but got 63}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<63> : tensor<1xi8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xi8>
  return
}

// -----

func.func @requantize_c3(%x: tensor<1x4xi32>) {
  // expected-error @below {{requires products that fit 64 bits (requantize_c3), but code -2147483648 times -2147483648 plus 4611686018427387904 does not}}
  %0 = tally.requantize %x multiplier dense<-2147483648> : tensor<1xi32> offset dense<4611686018427387904> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xi8>
  return
}

// -----

func.func @shuffle_channels_c1(%x: tensor<1x3xf32>) {
  // expected-error @below {{requires 'permutation' to hold each of the 3 channels exactly once (shuffle_channels_c1)}}
  %0 = tally.shuffle_channels %x [0, 1, 1] : tensor<1x3xf32>
  return
}

// -----

func.func @take_c1(%x: tensor<1x3xf32>) {
  // expected-error @below {{requires 'axis' within rank 2 (take_c1), but got 2}}
  %0 = tally.take %x [0, 1] along 2 : (tensor<1x3xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @take_c2(%x: tensor<1x3xf32>) {
  // expected-error @below {{requires the result 'tensor<1x2xf32>' (take_c2), but got 'tensor<1x3xf32>'}}
  %0 = tally.take %x [0, 1] along 1 : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @take_c3(%x: tensor<1x3xf32>) {
  // expected-error @below {{requires 'indices' within 0..2 (take_c3), but got 3}}
  %0 = tally.take %x [0, 3] along 1 : (tensor<1x3xf32>) -> tensor<1x2xf32>
  return
}

// -----

func.func @take_c3_none(%x: tensor<1x3xf32>) {
  // expected-error @below {{requires at least one index (take_c3)}}
  %0 = tally.take %x [] along 1 : (tensor<1x3xf32>) -> tensor<1x0xf32>
  return
}

// -----

// expected-error @below {{expects bins that add up to 'count' = 3, but got 2}}
#sketch = #tally.sketch<count = 3, min = 0.0, max = 1.0, exponent = 0, first = 0, bins = [1, 1]>

// -----

// expected-error @below {{expects finite 'min' <= 'max'}}
#sketch = #tally.sketch<count = 1, min = 2.0, max = 1.0, exponent = 0, first = 0, bins = [1]>

// -----

!a = !quant.uniform<u8:f32:3, {0.5,0.25}>
!sum = !quant.uniform<i16<-510:0>:f32, 0.5>
func.func @c3_per_axis(%x: tensor<1x4x4x2x!a>, %w: tensor<3x1x1x2x!a>) {
  // expected-error @below {{requires 'input' to be per-tensor quantized (adder_conv2d_c3)}}
  // expected-error @below {{requires 'filter' to be per-tensor quantized (adder_conv2d_c3)}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!a>, tensor<3x1x1x2x!a>) -> tensor<1x4x4x3x!sum>
  return
}

// -----

!a = !quant.uniform<u8<0:15>:f32, 0.5>
!sum = !quant.uniform<i8<-30:0>:f32, 0.25>
func.func @c4_scale(%x: tensor<1x4x4x2x!a>, %w: tensor<3x1x1x2x!a>) {
  // expected-error @below {{requires 'output' to keep the scale of 'input' (adder_conv2d_c4), but got 2.500000e-01 and 5.000000e-01}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!a>, tensor<3x1x1x2x!a>) -> tensor<1x4x4x3x!sum>
  return
}

// -----

!a = !quant.uniform<u8<0:15>:f32, 0.5>
!sum = !quant.uniform<i8<-30:0>:f32, 0.5:-1>
func.func @c4_zero_point(%x: tensor<1x4x4x2x!a>, %w: tensor<3x1x1x2x!a>) {
  // expected-error @below {{requires 'output' to have zero point 0 (adder_conv2d_c4), but got -1}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!a>, tensor<3x1x1x2x!a>) -> tensor<1x4x4x3x!sum>
  return
}

// -----

func.func @c5_pad(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf32>) {
  // expected-error @below {{requires 'pad' of at least 0 (adder_conv2d_c5), but got -1}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, -1] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x4x3x3xf32>
  return
}

// -----

func.func @c5_pad(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf32>) {
  // expected-error @below {{requires a window and an input of sizes below 2^31 (adder_conv2d_c5), but got 9223372036854775806}}
  %0 = tally.adder_conv2d %x, %w pad [9223372036854775806, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x4x3x3xf32>
  return
}

// -----

func.func @c5_dilation(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf32>) {
  // expected-error @below {{of at least 1 (adder_conv2d_c5), but got 1, 1 and 0}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 0]
      : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @channel_affine_c1(%x: tensor<1x3xf32>, %p: tensor<2xf32>) {
  // expected-error @below {{requires parameters of 3 elements (channel_affine_c1), but got 2}}
  %0 = tally.channel_affine %x, %p, %p : (tensor<1x3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @box_sum_c2(%x: tensor<1x4x4x2xf32>) {
  // expected-error @below {{requires 'output' dimension 3 to be 1 (box_sum_c2), but got 2}}
  %0 = tally.box_sum %x kernel [2, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2xf32>) -> tensor<1x3x3x2xf32>
  return
}

// -----

func.func @requantize_c2_types(%x: tensor<1x4xi32>) {
  // expected-error @below {{(requantize_c2)}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi64> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xi8>
  return
}

// -----

func.func @requantize_c2_signless(%x: tensor<1x4xi32>) {
  // expected-error @below {{(requantize_c2)}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xui8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xi8>
  return
}

// -----

// Half of a step counts, too.
func.func @requantize_c3_half(%x: tensor<1x4xi32>) {
  // expected-error @below {{requires products that fit 64 bits (requantize_c3)}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<6917529025493598209> : tensor<1xi64>
      shift dense<62> : tensor<1xi8> rounding <half_up> : tensor<1x4xi32> -> tensor<1x4xi8>
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
!y = !quant.uniform<u8:f32, 0.5>
func.func @table_c1(%x: tensor<1x3x!x>, %t: tensor<256x!y>) {
  // expected-error @below {{requires 'input' of 8 bits and 'output' of one shape (table_c1), but got}}
  %0 = tally.table %x, %t : (tensor<1x3x!x>, tensor<256x!y>) -> tensor<1x3x!y>
  return
}

// -----

!x = !quant.uniform<u8<0:15>:f32, 0.5>
func.func @table_c2(%x: tensor<1x3x!x>, %t: tensor<256x!x>) {
  // expected-error @below {{requires 'table' of 16 entries of the type of 'output' (table_c2), but got}}
  %0 = tally.table %x, %t : (tensor<1x3x!x>, tensor<256x!x>) -> tensor<1x3x!x>
  return
}

// -----

!x = !quant.uniform<u8:f32, 0.5>
!p = !quant.uniform<i32<0:65025>:f32, 0.25>
func.func @multiply_c1(%a: tensor<1x4x4x2x!x>, %b: tensor<1x2x1x2x!x>) {
  // expected-error @below {{requires 'a' and 'b' that broadcast to 'output' (multiply_c1), but got}}
  %0 = tally.multiply %a, %b : (tensor<1x4x4x2x!x>, tensor<1x2x1x2x!x>) -> tensor<1x4x4x2x!p>
  return
}

// -----

!x = !quant.uniform<u8:f32, 0.5>
!p = !quant.uniform<i32<0:65025>:f32, 0.5>
func.func @multiply_c2_scale(%a: tensor<1x2x!x>) {
  // expected-error @below {{requires 'output' of scale 2.500000e-01 and zero point 0 (multiply_c2), but got '!quant.uniform<i32<0:65025>:f32, 5.000000e-01>'}}
  %0 = tally.multiply %a, %a : (tensor<1x2x!x>, tensor<1x2x!x>) -> tensor<1x2x!p>
  return
}

// -----

!x = !quant.uniform<u8:f32, 0.5:100>
!p = !quant.uniform<i32<0:65025>:f32, 0.25>
func.func @multiply_c2_range(%a: tensor<1x2x!x>) {
  // expected-error @below {{requires 'output' of 32 bits that holds every product in -15500..24025 (multiply_c2), but its range is 0..65025}}
  %0 = tally.multiply %a, %a : (tensor<1x2x!x>, tensor<1x2x!x>) -> tensor<1x2x!p>
  return
}

// -----

// Factors by place are for codes.
func.func @channel_affine_c1_float(%x: tensor<1x2x3xf32>, %p: tensor<1x2x1xf32>) {
  // expected-error @below {{requires parameters of one dimension (channel_affine_c1), or factors by place for codes, but got 'tensor<1x2x1xf32>'}}
  %0 = tally.channel_affine %x, %p, %p : (tensor<1x2x3xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

!x = !quant.uniform<u8:f32, 0.5>
func.func @channel_affine_c1_place(%x: tensor<1x2x3x!x>, %p: tensor<1x3x1xf32>) {
  // expected-error @below {{requires parameters of one dimension (channel_affine_c1), or factors by place for codes, but got 'tensor<1x3x1xf32>'}}
  %0 = tally.channel_affine %x, %p, %p : (tensor<1x2x3x!x>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<1x2x3x!x>
  return
}

// -----

// Numbers of a window count for nothing before they are checked, and their products are bounded.
!u8 = !quant.uniform<u8:f32, 0.5>
func.func @negative_kernel(%x: tensor<1x1x1x64x!u8>) {
  // expected-error @below {{requires kernel, stride and dilation of at least 1 (sum_pool2d_c2), but got -9223372036854775807, 1 and 1}}
  %0 = tally.sum_pool2d %x kernel [-9223372036854775807, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x1x1x64x!u8>) -> tensor<1x1x1x64x!quant.uniform<i32:f32, 0.5>>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5>
func.func @large_kernel(%x: tensor<1x1x1x64x!u8>) {
  // expected-error @below {{requires 'output' to hold every sum in 0..9223372036854775807 (box_sum_c1)}}
  %0 = tally.box_sum %x kernel [1073741824, 1073741824] pad [1073741823, 0, 1073741823, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x1x1x64x!u8>) -> tensor<1x1x1x1x!quant.uniform<i32:f32, 0.5>>
  return
}
