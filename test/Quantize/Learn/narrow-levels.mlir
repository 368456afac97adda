// Levels that masks leave out go, with the masks: those of bits, of pairs of end points, as their logits say or
// as many as a mean allows.
// RUN: qopt %s --split-input-file --tally-narrow-levels | FileCheck %s
// RUN: qopt %s --split-input-file --tally-narrow-levels=average-bits=3 | FileCheck %s --check-prefix=MEAN
// RUN: qopt %s --split-input-file --tally-narrow-levels=average-bits=2 | FileCheck %s --check-prefix=LEAST

// RUN: not qopt %s --split-input-file --tally-narrow-levels=average-bits=1e30 2>&1 | FileCheck %s --check-prefix=RANGE
// RANGE: requires 'average-bits' of 0 or from 2 to 8, but got

// CHECK-DAG: ![[THREE:.*]] = !quant.uniform<i8<-3:3>:f32, 1.000000e+00>
// CHECK-DAG: ![[FOUR:.*]] = !quant.uniform<i8<-7:7>:f32, 1.000000e+00>
// CHECK-NOT: masks
// CHECK-LABEL: func.func @learned
// CHECK: %[[A:.*]] = tally.learned_quantizer %{{.*}} by %{{.*}} sigma %{{.*}} to ![[THREE]] :
// CHECK: %[[B:.*]] = tally.learned_quantizer %{{.*}} by %{{.*}} sigma %{{.*}} to ![[FOUR]] :
// CHECK: return %[[A]], %[[B]]
// The mean of four weights of @v and two of @w.
// MEAN-DAG: ![[THREE:.*]] = !quant.uniform<i8<-3:3>:f32, 1.000000e+00>
// MEAN-LABEL: func.func @learned
// MEAN: tally.learned_quantizer %{{.*}} to ![[THREE]] :
// MEAN: tally.learned_quantizer %{{.*}} to ![[THREE]] :
// LEAST-LABEL: func.func @learned
// LEAST: tally.learned_quantizer %{{.*}} to ![[TWO:.*]] :
// LEAST: tally.learned_quantizer %{{.*}} to ![[TWO]] :
ml_program.global private @v(dense<[0.5, 1.0, 1.5, 2.0]> : tensor<4xf32>) : tensor<4xf32>
ml_program.global private @v.masks(dense<[2.0, -0.5]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @w(dense<[0.5, 1.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @w.masks(dense<[2.5, 1.0]> : tensor<2xf32>) : tensor<2xf32>
func.func @learned() -> (tensor<4xf32>, tensor<2xf32>) {
  %s = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %v = ml_program.global_load_const @v : tensor<4xf32>
  %vl = ml_program.global_load_const @v.masks : tensor<2xf32>
  %vm = tally.level_masks %vl : tensor<2xf32>
  %a = tally.learned_quantizer %v by %s sigma %s masks %vm to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<4xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  %w = ml_program.global_load_const @w : tensor<2xf32>
  %wl = ml_program.global_load_const @w.masks : tensor<2xf32>
  %wm = tally.level_masks %wl : tensor<2xf32>
  %b = tally.learned_quantizer %w by %s sigma %s masks %wm to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  return %a, %b : tensor<4xf32>, tensor<2xf32>
}

// -----

// Masks that are not learned do not count in the mean.
// CHECK-DAG: ![[SIX:.*]] = !quant.uniform<i8<-2:2>:f32:0, {1.000000e+00,1.000000e+00}>
// CHECK-DAG: ![[ALL:.*]] = !quant.uniform<i8<-7:7>:f32, 1.000000e+00>
// CHECK-LABEL: func.func @constant
// CHECK-NOT: level_masks
// CHECK: tally.learned_quantizer %{{.*}} to ![[SIX]] :
// CHECK: tally.learned_quantizer %{{.*}} to ![[ALL]] :
// LEAST-LABEL: func.func @constant
// LEAST-NOT: level_masks
func.func @constant(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %s = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %l = "tosa.const"() {values = dense<[2.0, -1.0, 2.0, 2.0, 2.0, 2.0]> : tensor<6xf32>} : () -> tensor<6xf32>
  %m = tally.level_masks %l : tensor<6xf32>
  %a = tally.learned_quantizer %x by %s sigma %s masks %m to !quant.uniform<i8<-7:7>:f32:0, {1.0, 1.0}> {endpoints} : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<6xf32>
  %k = "tosa.const"() {values = dense<2.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %n = tally.level_masks %k : tensor<2xf32>
  %b = tally.learned_quantizer %x by %s sigma %s masks %n to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3xf32>, tensor<1xf32>, tensor<1xf32> masks tensor<2xf32>
  return %a, %b : tensor<2x3xf32>, tensor<2x3xf32>
}
