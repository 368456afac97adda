// Real factors become a 32-bit multiplier, a shift and an offset in fractions of a code.
// RUN: qopt %s --tally-to-integer --split-input-file --verify-diagnostics | FileCheck %s

!sum = !quant.uniform<i32<-1000:0>:f32, 0.25>
!out = !quant.uniform<u8:f32, 0.5:10>
!axis = !quant.uniform<i32<-1000:1000>:f32:1, {0.5,0.125}>
// CHECK: module attributes {tally.stage = #tally.stage<integer>}
module attributes {tally.stage = #tally.stage<quantized>} {
// CHECK-NOT: ml_program.global
ml_program.global private @scale(dense<[1.0, -2.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @bias(dense<[0.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @tenth(dense<0.1> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @zero(dense<0.0> : tensor<2xf32>) : tensor<2xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x2x!sum>, %c: tensor<1x2x!axis>) -> (tensor<1x2x!out>, tensor<1x2x!out>, tensor<1x2x!out>) {
  %scale = ml_program.global_load_const @scale : tensor<2xf32>
  %bias = ml_program.global_load_const @bias : tensor<2xf32>
  %tenth = ml_program.global_load_const @tenth : tensor<2xf32>
  %zero = ml_program.global_load_const @zero : tensor<2xf32>
  // 0.25 / 0.5 * [1, -2] is a shift by one, or by none; the zero point and 3 / 0.5 are the offsets.
  // CHECK: tally.requantize %arg0 multiplier dense<[1, -1]> : tensor<2xi32> offset dense<[20, 16]> : tensor<2xi64>
  // CHECK-SAME: shift dense<[1, 0]> : tensor<2xi8> rounding <half_up> {tally.name = "bn"}
  %0 = tally.channel_affine %x, %scale, %bias {tally.name = "bn"} : (tensor<1x2x!sum>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!out>
  // The float nearest to 0.1, halved, is 13421773 / 2^28. One for all channels.
  // CHECK: tally.requantize %arg0 multiplier dense<13421773> : tensor<1xi32> offset dense<2684354560> : tensor<1xi64>
  // CHECK-SAME: shift dense<28> : tensor<1xi8>
  %1 = tally.channel_affine %x, %tenth, %zero : (tensor<1x2x!sum>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!out>
  // Each channel its own step.
  // CHECK: tally.requantize %arg1 multiplier dense<[1, -1]> : tensor<2xi32> {{.*}} shift dense<[0, 1]>
  %2 = tally.channel_affine %c, %scale, %bias : (tensor<1x2x!axis>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!out>
  return %0, %1, %2 : tensor<1x2x!out>, tensor<1x2x!out>, tensor<1x2x!out>
}
}

// -----

func.func @float(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %p = "tosa.const"() <{values = dense<1.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  // expected-error @below {{requires quantized operands: run tally-to-quantized first}}
  %y = tally.channel_affine %x, %p, %p : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
func.func @too_large(%x: tensor<1x2x!q>) -> tensor<1x2x!q> {
  %s = "tosa.const"() <{values = dense<[1.0, 1.0e+12]> : tensor<2xf32>}> : () -> tensor<2xf32>
  // expected-error-re @below {{'bn', channel 1: factor {{.*}} have no 32-bit multiplier}}
  %y = tally.channel_affine %x, %s, %s {tally.name = "bn"} : (tensor<1x2x!q>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!q>
  return %y : tensor<1x2x!q>
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
func.func @computed(%x: tensor<1x2x!q>, %p: tensor<2xf32>) -> tensor<1x2x!q> {
  // expected-error @below {{requires constant parameters}}
  %y = tally.channel_affine %x, %p, %p : (tensor<1x2x!q>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!q>
  return %y : tensor<1x2x!q>
}
