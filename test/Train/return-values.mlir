// What quantizers of activations round to is returned, that of filters is not.
// RUN: qopt %s --tally-return-values | FileCheck %s

ml_program.global private @w(dense<0.5> : tensor<1x3xf32>) : tensor<1x3xf32>

// CHECK: func.func @main
// CHECK-SAME: -> (tensor<1x3xf32>, tensor<1x3xf32> {tally.name = "value:0"}, tensor<1x3xf32> {tally.name = "value:1"})
// CHECK: %[[IMAGE:.*]] = quant.dcast
// CHECK: %[[W:.*]] = tally.learned_quantizer
// CHECK: %[[Y:.*]] = tally.learned_quantizer
// CHECK: return %[[Y]], %[[IMAGE]], %[[Y]]
func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %s = "tosa.const"() {values = dense<0.25> : tensor<1xf32>} : () -> tensor<1xf32>
  %c = quant.qcast %x : tensor<1x3xf32> to tensor<1x3x!quant.uniform<u8:f32, 0.5>>
  %i = quant.dcast %c : tensor<1x3x!quant.uniform<u8:f32, 0.5>> to tensor<1x3xf32>
  %w = ml_program.global_load_const @w : tensor<1x3xf32>
  %q = tally.learned_quantizer %w by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  %a = tosa.add %i, %q : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %y = tally.learned_quantizer %a by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  return %y : tensor<1x3xf32>
}
