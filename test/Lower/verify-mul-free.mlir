// RUN: qopt %s --tally-verify-mul-free=level=macs --split-input-file --verify-diagnostics
// RUN: not qopt %s --tally-verify-mul-free=level=none --split-input-file 2>&1 | FileCheck %s --check-prefix=LEVEL

// LEVEL: requires 'level' to be macs, compute, strict or target, but got 'none'

!q = !quant.uniform<i8<-127:127>:f32, 0.5>
!sum = !quant.uniform<i32:f32, 0.25>
func.func @convolution(%x: tensor<1x4x4x1x!q>, %w: tensor<2x1x1x1x!q>, %b: tensor<2xi32>) -> tensor<1x4x4x2x!sum> {
  %zp = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  // expected-error @below {{'stem': 'tosa.conv2d' multiplies in its sums; an adder layer or one of powers of two does not (mul-free=macs)}}
  %y = tosa.conv2d %x, %w, %b, %zp, %zp {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "stem"}
      : (tensor<1x4x4x1x!q>, tensor<2x1x1x1x!q>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2x!sum>
  return %y : tensor<1x4x4x2x!sum>
}

// -----

// Outside of sums, floats may multiply at this level.
func.func @normalisation(%x: tensor<1x2xf32>, %p: tensor<2xf32>) -> tensor<1x2xf32> {
  %y = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 1.0e-5 : f32} : tensor<1x2xf32>, tensor<2xf32>
  return %y : tensor<1x2xf32>
}

// -----

func.func @unknown(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{'tosa.sigmoid' is not known to be free of multiplications}}
  %y = tosa.sigmoid %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Nothing is known of an operation that no model was written for.
func.func @no_interface(%c: tensor<1x2xi1>, %x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{'tosa.select' is not known to be free of multiplications}}
  %y = tosa.select %c, %x, %x : (tensor<1x2xi1>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Products of two activations are no part of sums, and functions are tables.
!q = !quant.uniform<u8:f32, 0.5>
!product = !quant.uniform<i32<0:65025>:f32, 0.25>
func.func @gate(%x: tensor<1x2x!q>, %t: tensor<256x!q>) -> tensor<1x2x!product> {
  %g = tally.table %x, %t : (tensor<1x2x!q>, tensor<256x!q>) -> tensor<1x2x!q>
  %y = tally.multiply %x, %g {tally.name = "gate"} : (tensor<1x2x!q>, tensor<1x2x!q>) -> tensor<1x2x!product>
  return %y : tensor<1x2x!product>
}

// -----

// On codes every product with a power of two is a shift; on floats it is a product.
!q = !quant.uniform<i8<-127:127>:f32, 0.5>
!levels = !quant.uniform<i8<-64:64>:f32, 0.25>
!sum = !quant.uniform<i32:f32, 0.125>
func.func @powers(%x: tensor<1x4x4x1x!q>, %f: tensor<1x4x4x1xf32>, %codes: tensor<2x1x1x1x!tally.pot<s4, 0.25>>, %b: tensor<2xi32>, %z: tensor<1xf32>, %c: tensor<2xf32>)
    -> (tensor<1x4x4x2x!sum>, tensor<1x4x4x2xf32>) {
  %zp = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %w = tally.decode %codes : tensor<2x1x1x1x!tally.pot<s4, 0.25>> -> tensor<2x1x1x1x!levels>
  %y = tosa.conv2d %x, %w, %b, %zp, %zp {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x1x!q>, tensor<2x1x1x1x!levels>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2x!sum>
  %v = tally.decode %codes : tensor<2x1x1x1x!tally.pot<s4, 0.25>> -> tensor<2x1x1x1xf32>
  // expected-error @below {{multiplies in its sums}}
  %u = tosa.conv2d %f, %v, %c, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  return %y, %u : tensor<1x4x4x2x!sum>, tensor<1x4x4x2xf32>
}
