// The function goes on with what it is given in place of what quantizers of activations round to.
// RUN: qopt %s --tally-take-values | FileCheck %s

// CHECK: func.func @main(%[[X:.*]]: tensor<1x3xf32>, %[[W:.*]]: tensor<1x3xf32> {tally.name = "parameter:w"},
// CHECK-SAME: %[[V:.*]]: tensor<1x3xf32> {tally.name = "value:0"})
// CHECK: %[[Q:.*]] = tally.learned_quantizer %[[W]]
// CHECK: tosa.add %[[X]], %[[Q]]
// CHECK: tosa.exp %[[V]]
// CHECK: return %[[V]]
func.func @main(%x: tensor<1x3xf32>, %w: tensor<1x3xf32> {tally.name = "parameter:w"}) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %s = "tosa.const"() {values = dense<0.25> : tensor<1xf32>} : () -> tensor<1xf32>
  %q = tally.learned_quantizer %w by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  %a = tosa.add %x, %q : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %y = tally.learned_quantizer %a by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  %e = tosa.exp %y : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return %y, %e : tensor<1x3xf32>, tensor<1x3xf32>
}
