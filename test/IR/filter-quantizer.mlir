// RUN: qopt %s --split-input-file --verify-diagnostics | qopt --split-input-file | FileCheck %s

// CHECK-DAG: !pot1 = !tally.pot<s1:0 nonzero, {1.000000e+00, 1.000000e+00}>
// CHECK-DAG: !pot2 = !tally.pot<s2, 1.000000e+00>
// CHECK-DAG: !i8 = !quant.uniform<i8<-7:7>:f32, 1.000000e+00>
// CHECK-LABEL: func.func @rules
func.func @rules(%w: tensor<2x3x3x4xf32>) {
  // CHECK: tally.filter_quantizer %{{.*}} to !pot1 : tensor<2x3x3x4xf32>
  %0 = tally.filter_quantizer %w to !tally.pot<s1:0 nonzero, {1.0, 1.0}> : tensor<2x3x3x4xf32>
  // CHECK: tally.filter_quantizer %{{.*}} to !pot2 : tensor<2x3x3x4xf32>
  %1 = tally.filter_quantizer %w to !tally.pot<s2, 1.0> : tensor<2x3x3x4xf32>
  // CHECK: tally.filter_quantizer %{{.*}} to !i8 : tensor<2x3x3x4xf32>
  %2 = tally.filter_quantizer %w to !quant.uniform<i8<-7:7>:f32, 1.0> : tensor<2x3x3x4xf32>
  // CHECK: tally.learned_quantizer {{.*}} {tally.learns_clip}
  %s = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %3 = tally.learned_quantizer %w by %s to !quant.uniform<u8<0:15>:f32, 1.0> {tally.learns_clip} : tensor<2x3x3x4xf32>, tensor<1xf32>
  return
}

// -----

func.func @filter_quantizer_c1(%w: tensor<2x3xf32>) {
  // expected-error @below {{requires binary, ternary or symmetric uniform levels (filter_quantizer_c1), but got '!tally.pot<s3, 1.000000e+00>'}}
  %0 = tally.filter_quantizer %w to !tally.pot<s3, 1.0> : tensor<2x3xf32>
  return
}

// -----

func.func @filter_quantizer_c1(%w: tensor<2x3xf32>) {
  // expected-error @below {{requires binary, ternary or symmetric uniform levels (filter_quantizer_c1)}}
  %0 = tally.filter_quantizer %w to !quant.uniform<i8<-8:7>:f32, 1.0> : tensor<2x3xf32>
  return
}

// -----

func.func @filter_quantizer_c1(%w: tensor<2x3xf32>) {
  // expected-error @below {{requires levels with scale 1 (filter_quantizer_c1), but got 5.000000e-01}}
  %0 = tally.filter_quantizer %w to !tally.pot<s2, 0.5> : tensor<2x3xf32>
  return
}

// -----

func.func @filter_quantizer_c2(%w: tensor<2x3xf32>) {
  // expected-error @below {{requires a static shape with an index for each of 3 scales along dimension 0 (filter_quantizer_c2), but got 'tensor<2x3xf32>'}}
  %0 = tally.filter_quantizer %w to !tally.pot<s2:0, {1.0, 1.0, 1.0}> : tensor<2x3xf32>
  return
}

// -----

func.func @binary_with_zero(%w: tensor<2x3xf32>) {
  // expected-error @below {{powers of two take 2 to 5 bits, or 1 with a sign and without zero, but got 1}}
  %0 = tally.filter_quantizer %w to !tally.pot<s1, 1.0> : tensor<2x3xf32>
  return
}

// -----

func.func @clip_of_powers(%w: tensor<2x3xf32>, %s: tensor<1xf32>) {
  // expected-error @below {{attribute 'tally.learns_clip' belongs on a tally.learned_quantizer of uniform levels that learns its step}}
  %0 = tally.learned_quantizer %w by %s to !tally.pot<s3, 1.0> {tally.learns_clip} : tensor<2x3xf32>, tensor<1xf32>
  return
}
