// RUN: qopt %s --tally-limit-digits=digits=1 --verify-diagnostics

!q = !quant.uniform<u8:f32, 0.5>
func.func @no_room(%x: tensor<1x1x!q>) -> tensor<1x1x!q> {
  // The nearest power is 2^31, one too many for 32 bits, and there is no shift to lower.
  // expected-error @below {{'bn', channel 0: multiplier 2147483642 with shift 0 has no neighbour of 1 signed digits in 32 bits}}
  %0 = tally.requantize %x multiplier dense<2147483642> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<0> : tensor<1xi8> rounding <floor> {tally.name = "bn"} : tensor<1x1x!q> -> tensor<1x1x!q>
  return %0 : tensor<1x1x!q>
}
