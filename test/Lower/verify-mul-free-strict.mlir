// RUN: qopt %s --tally-verify-mul-free --split-input-file --verify-diagnostics

!q = !quant.uniform<u8:f32, 0.5>
func.func @requantization(%x: tensor<1x2x!q>) -> tensor<1x2x!q> {
  %y = tally.requantize %x multiplier dense<1431655765> : tensor<1xi32> offset dense<0> : tensor<1xi64>
      shift dense<31> : tensor<1xi8> rounding <half_up> : tensor<1x2x!q> -> tensor<1x2x!q>
  return %y : tensor<1x2x!q>
}

// -----

func.func @normalisation(%x: tensor<1x2xf32>, %p: tensor<2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{'bn': 'tally.batch_norm' multiplies; quantized, it is a requantization, which needs shifts and additions only (mul-free=strict)}}
  %y = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 1.0e-5 : f32, tally.name = "bn"} : tensor<1x2xf32>, tensor<2xf32>
  return %y : tensor<1x2xf32>
}
