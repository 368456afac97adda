// One quantizer of those that attention mixes is left: the first, or the one with most attention. The
// parameters of the others go.
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-collapse-mixtures | FileCheck %s

// CHECK: @w.step
// CHECK-NOT: @w.uniform4.step
// CHECK-NOT: @w.attention
// CHECK-LABEL: func.func @lowest
// CHECK: ml_program.global_load_const @w.step
// CHECK: %[[ONE:.*]] = tally.learned_quantizer %{{.*}} by %{{.*}} to !i8 :
// CHECK: return %[[ONE]]
ml_program.global private @w(dense<[0.5, 1.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @w.step(dense<0.5> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @w.uniform4.step(dense<0.125> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @w.attention(dense<[9.0, 0.0]> : tensor<2xf32>) : tensor<2xf32>
func.func @lowest() -> tensor<2xf32> {
  %w = ml_program.global_load_const @w : tensor<2xf32>
  %s = ml_program.global_load_const @w.step : tensor<1xf32>
  %f = ml_program.global_load_const @w.uniform4.step : tensor<1xf32>
  %l = ml_program.global_load_const @w.attention : tensor<2xf32>
  %two = tally.learned_quantizer %w by %s to !quant.uniform<i8<-1:1>:f32, 1.0> : tensor<2xf32>, tensor<1xf32>
  %four = tally.learned_quantizer %w by %f to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2xf32>, tensor<1xf32>
  %y = tally.mixture %two, %four by %l : tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @others
// CHECK: %[[TWO:.*]] = tally.learned_quantizer %{{.*}} to !i8 :
// CHECK: %[[FOUR:.*]] = tally.learned_quantizer %{{.*}} to !i8_1 :
// CHECK: return %[[TWO]], %[[FOUR]], %[[TWO]]
func.func @others(%w: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %s = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %more = "tosa.const"() {values = dense<[0.0, 9.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %even = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %two = tally.learned_quantizer %w by %s to !quant.uniform<i8<-1:1>:f32, 1.0> : tensor<2xf32>, tensor<1xf32>
  %four = tally.learned_quantizer %w by %s to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2xf32>, tensor<1xf32>
  // expected-warning @below {{'a': attention chose quantizer 2 (0.00, 1.00), but 'deploy' 'own' takes the first}}
  %a = tally.mixture %two, %four by %more {tally.name = "a"} : tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  %b = tally.mixture %two, %four by %more {deploys_winner} : tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  // expected-warning @below {{'c': attention chose none of the quantizers (0.50, 0.50); number 1 is taken}}
  %c = tally.mixture %two, %four by %even {tally.name = "c"} : tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  return %a, %b, %c : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// Members that nothing makes, and one that is there twice.
// CHECK-LABEL: func.func @same
// CHECK-SAME: (%[[V:.*]]: tensor<2xf32>, %[[W:.*]]: tensor<2xf32>)
// CHECK: return %[[V]], %[[W]]
func.func @same(%v: tensor<2xf32>, %w: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %s = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %l = "tosa.const"() {values = dense<[9.0, 0.0, 0.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %q = tally.learned_quantizer %w by %s to !quant.uniform<i8<-1:1>:f32, 1.0> : tensor<2xf32>, tensor<1xf32>
  %a = tally.mixture %v, %w, %w by %l : tensor<3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  %b = tally.mixture %w, %q, %q by %l : tensor<3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  return %a, %b : tensor<2xf32>, tensor<2xf32>
}

// -----

func.func @computed(%w: tensor<2xf32>, %l: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{requires constant logits to choose a member by}}
  %y = tally.mixture %w, %w by %l : tensor<2xf32>, tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  return %y : tensor<2xf32>
}
