// RUN: qopt %s --tally-to-rtl=filters=10000 --split-input-file --verify-diagnostics
// RUN: not qopt %s --tally-to-rtl=name=2nd --split-input-file 2>&1 | FileCheck %s --check-prefix=NAME

// NAME: requires an identifier as name, but got '2nd'

!u = !quant.uniform<u8<0:3>:f32, 1.0>
// expected-error @below {{has 2 inputs and 1 results: circuits have one of each}}
func.func @two(%x: tensor<1x4x!u>, %y: tensor<1x4x!u>) -> tensor<1x4x!u> {
  return %x : tensor<1x4x!u>
}

// -----

// expected-error @below {{has an input or result of type 'tensor<1x4xf32>': only integer networks become circuits; quantize it first}}
func.func @floats(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  return %x : tensor<1x4xf32>
}

// -----

!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @layer(%x: tensor<1x4x!u>) -> tensor<1x4x!u> {
  // expected-error @below {{finds no stage in Verilog for layer 'inside', which is tosa.clamp}}
  %0 = tosa.clamp %x {max_val = 2 : ui8, min_val = 1 : ui8, tally.name = "inside"} : (tensor<1x4x!u>) -> tensor<1x4x!u>
  return %0 : tensor<1x4x!u>
}

// -----

!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @constant(%x: tensor<1x2x!u>) -> tensor<1x2x!u> {
  %0 = "tosa.const"() <{values = dense<1> : tensor<1x2xui8>}> : () -> tensor<1x2x!u>
  // expected-error @below {{returns what does not depend on the input}}
  return %0 : tensor<1x2x!u>
}

// -----

!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @many(%x: tensor<1x2x2x2x2x2x2x2x!u>) -> tensor<1x2x2x2x2x2x2x2x!u> {
  // expected-error @below {{'turned', which moves codes in more than 6 loops}}
  %0 = tosa.transpose %x {perms = array<i32: 0, 7, 6, 5, 4, 3, 2, 1>, tally.name = "turned"}
      : (tensor<1x2x2x2x2x2x2x2x!u>) -> tensor<1x2x2x2x2x2x2x2x!u>
  return %0 : tensor<1x2x2x2x2x2x2x2x!u>
}

// -----

!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @wide(%x: tensor<1x2x!u>) -> tensor<1x2x!u> {
  // expected-error @below {{'scaled', which needs more than 62 bits for a scaled code}}
  %0 = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<4611686018427387904> : tensor<1xi64>
      shift dense<1> : tensor<1xi8> rounding <floor> {tally.name = "scaled"} : tensor<1x2x!u> -> tensor<1x2x!u>
  return %0 : tensor<1x2x!u>
}

// -----

!u = !quant.uniform<u8<0:3>:f32, 1.0>
!s = !quant.uniform<i32<-3:0>:f32, 1.0>
func.func @weights(%x: tensor<1x1x1x1x!u>) -> tensor<1x1x1x1x!s> {
  // expected-error @below {{finds no stage in Verilog for layer 'computed', which has weights that are no constants}}
  %0 = tally.adder_conv2d %x, %x pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "computed"}
      : (tensor<1x1x1x1x!u>, tensor<1x1x1x1x!u>) -> tensor<1x1x1x1x!s>
  return %0 : tensor<1x1x1x1x!s>
}

// -----

!u = !quant.uniform<u8<0:3>:f32, 1.0>
func.func @batches(%x: tensor<2x2x2x1x!u>) -> tensor<2x1x1x1x!u> {
  // expected-error @below {{finds no stage in Verilog for layer 'pool', which works on batches}}
  %0 = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "pool"}
      : (tensor<2x2x2x1x!u>) -> tensor<2x1x1x1x!u>
  return %0 : tensor<2x1x1x1x!u>
}

// -----

!u = !quant.uniform<u8<0:255>:f32, 1.0>
!s = !quant.uniform<i32<-255:0>:f32, 1.0>
ml_program.global private @w(dense<1> : tensor<8193x1x1x1xui8>) : tensor<8193x1x1x1x!u>
func.func @lanes(%x: tensor<1x1x1x1x!u>) -> tensor<1x1x1x8193x!s> {
  %w = ml_program.global_load_const @w : tensor<8193x1x1x1x!u>
  // expected-error @below {{layer 'wide' with lanes 8193x1 would read words of 65544 bits: at most 65536; take fewer --lanes}}
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "wide"}
      : (tensor<1x1x1x1x!u>, tensor<8193x1x1x1x!u>) -> tensor<1x1x1x8193x!s>
  return %0 : tensor<1x1x1x8193x!s>
}
