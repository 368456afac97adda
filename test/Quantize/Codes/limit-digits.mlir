// Multipliers become the nearest sums of at most three, or one, signed powers of two.
// RUN: qopt %s --tally-limit-digits | FileCheck %s --check-prefixes=CHECK,THREE
// RUN: qopt %s --tally-limit-digits=digits=1 | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: not qopt %s --tally-limit-digits=digits=0 2>&1 | FileCheck %s --check-prefix=ZERO

// ZERO: requires 'digits' of at least 1, but got 0

!sum = !quant.uniform<i32<-1000:0>:f32, 0.25>
!out = !quant.uniform<u8:f32, 0.5:10>
// CHECK-LABEL: func @channels
func.func @channels(%x: tensor<1x3x!sum>) -> tensor<1x3x!out> {
  // 14 has two digits; its lowest bit and the shift's shrink to nothing. 363 has five, the
  // nearest with three is 368 = 23 * 16 = (16 + 8 - 1) * 16. An input that stood for the zero
  // point still does: in the third channel 3 * -640 / 4 + 1960 / 4 = 10 = -640 / 2 + 660 / 2.
  // THREE: tally.requantize %arg0 multiplier dense<[7, 23, 3]> : tensor<3xi32> offset dense<[160, 320, 1960]> : tensor<3xi64>
  // THREE-SAME: shift dense<[4, 5, 2]>
  // ONE: tally.requantize %arg0 multiplier dense<1> : tensor<3xi32> offset dense<[20, 20, 660]> : tensor<3xi64>
  // ONE-SAME: shift dense<1>
  %0 = tally.requantize %x multiplier dense<[14, 363, 3]> : tensor<3xi32> offset dense<[320, 5120, 1960]> : tensor<3xi64>
      shift dense<[5, 9, 2]> : tensor<3xi8> rounding <half_up> : tensor<1x3x!sum> -> tensor<1x3x!out>
  return %0 : tensor<1x3x!out>
}

// CHECK-LABEL: func @one_for_all
// THREE: multiplier dense<5> : tensor<1xi32> offset dense<1> : tensor<1xi64> shift dense<4> : tensor<1xi8> rounding <floor>
// ONE: multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<2> : tensor<1xi8> rounding <floor>
func.func @one_for_all(%x: tensor<1x3x!quant.uniform<u8:f32, 0.5>>) -> tensor<1x3x!quant.uniform<u8:f32, 0.25>> {
  // The offset's bits below the multiplier's lowest one cannot change a result.
  %0 = tally.requantize %x multiplier dense<5> : tensor<1xi32> offset dense<1> : tensor<1xi64>
      shift dense<4> : tensor<1xi8> rounding <floor>
      : tensor<1x3x!quant.uniform<u8:f32, 0.5>> -> tensor<1x3x!quant.uniform<u8:f32, 0.25>>
  return %0 : tensor<1x3x!quant.uniform<u8:f32, 0.25>>
}
