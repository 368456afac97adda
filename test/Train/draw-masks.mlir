// Each quantizer with masks draws its own, from one argument; without masks there is none.
// RUN: qopt %s --split-input-file --tally-draw-masks | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%{{.*}}: tensor<2x3xf32>, %[[U:.*]]: tensor<4xf32> {tally.name = "noise"})
// CHECK: %[[A:.*]] = tosa.slice %[[U]]
// CHECK: %[[M:.*]] = tally.level_masks %{{.*}} noise %[[A]]
// CHECK: %[[B:.*]] = tosa.slice %[[U]]
// CHECK: %[[N:.*]] = tally.level_masks %{{.*}} noise %[[B]]
// CHECK-DAG: tally.learned_quantizer %{{.*}} masks %[[M]]
// CHECK-DAG: tally.learned_quantizer %{{.*}} masks %[[N]]
func.func @main(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %s = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %l = "tosa.const"() {values = dense<2.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %m = tally.level_masks %l : tensor<2xf32>
  %a = tally.learned_quantizer %x by %s sigma %s masks %m to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  %b = tally.learned_quantizer %a by %s sigma %s masks %m to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  return %a, %b : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @none(%{{.*}}: tensor<2x3xf32>) ->
func.func @none(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  return %x : tensor<2x3xf32>
}
