// The option counts, not the module's own stage; a stage that does not exist is an error.
// RUN: qopt %s --tally-verify-stage
// RUN: not qopt %s --tally-verify-stage=stage=imported 2>&1 | FileCheck %s
// RUN: not qopt %s --tally-verify-stage=stage=final 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// CHECK: error: 'tally.observe' is not legal in stage 'imported'
// UNKNOWN: error: stage 'final' is not one of imported, calibrated, quantized, integer
module attributes {tally.stage = #tally.stage<calibrated>} {
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %o = tally.observe %x : tensor<1x2xf32>
  return %o : tensor<1x2xf32>
}
}
