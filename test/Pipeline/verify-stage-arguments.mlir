// An argument is a value, too: a float that passes through is not legal behind quantization.
// RUN: not qopt %s --tally-verify-stage
module attributes {tally.stage = #tally.stage<integer>} {
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  return %x : tensor<1x2xf32>
}
}
