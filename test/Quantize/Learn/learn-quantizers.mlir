// Scales of activations and of filters become parameters; the image, wide codes and adder layers keep theirs.
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-learn-quantizers | FileCheck %s

// CHECK-DAG: !i8_axis = !quant.uniform<i8<-1:1>:f32:0, {1.000000e+00,1.000000e+00}>
// CHECK-DAG: ![[INNER:u8.*]] = !quant.uniform<u8<0:3>:f32, 1.000000e+00>
// CHECK-DAG: ![[SHARED:u8.*]] = !quant.uniform<u8<0:15>:f32, 1.000000e+00>
// CHECK-DAG: ml_program.global private @[[STEPS:conv.weight.step]](dense<{{.*}}> : tensor<2xf32>)
// CHECK-DAG: ml_program.global private @[[STEP:inner.step]](dense<2.500000e-01> : tensor<1xf32>)
// CHECK-LABEL: func.func @main
// CHECK: quant.dcast
// CHECK: %[[SCALES:.*]] = ml_program.global_load_const @[[STEPS]]
// CHECK: tally.learned_quantizer %{{.*}} by %[[SCALES]] to !i8_axis :
// CHECK: tosa.conv2d
// CHECK: %[[ONE:.*]] = ml_program.global_load_const @[[STEP]]
// CHECK: tally.learned_quantizer %{{.*}} by %[[ONE]] to ![[INNER]] 
// The filter of the adder layer has its step; gradients pass everywhere.
// CHECK: tally.learned_quantizer %{{.*}} by %{{.*}} to ![[SHARED]] {passes_outside}
// CHECK: tally.adder_conv2d
ml_program.global private @conv.weight(dense<[[[[0.5]]], [[[-0.25]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
ml_program.global private @adder.weight(dense<0.5> : tensor<1x1x1x2xf32>) : tensor<1x1x1x2xf32>
!image = !quant.uniform<u8:f32, 0.5>
!inner = !quant.uniform<u8<0:3>:f32, 0.25>
!shared = !quant.uniform<u8<0:15>:f32, 0.125>
!filter = !quant.uniform<i8<-1:1>:f32:0, {0.5, 0.25}>
!wide = !quant.uniform<i32:f32, 0.001>
func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %c = quant.qcast %x : tensor<1x2x2x1xf32> to tensor<1x2x2x1x!image>
  %i = quant.dcast %c : tensor<1x2x2x1x!image> to tensor<1x2x2x1xf32>
  %w = ml_program.global_load_const @conv.weight : tensor<2x1x1x1xf32>
  %wc = quant.qcast %w : tensor<2x1x1x1xf32> to tensor<2x1x1x1x!filter>
  %wq = quant.dcast %wc : tensor<2x1x1x1x!filter> to tensor<2x1x1x1xf32>
  %y = tosa.conv2d %i, %wq, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv", tally.plan = {bits = 2 : i64}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %yc = quant.qcast %y : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!inner>
  %yq = quant.dcast %yc {tally.name = "inner"} : tensor<1x2x2x2x!inner> to tensor<1x2x2x2xf32>
  %e = tosa.exp %yq : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %ac = quant.qcast %e : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!shared>
  %aq = quant.dcast %ac : tensor<1x2x2x2x!shared> to tensor<1x2x2x2xf32>
  %v = ml_program.global_load_const @adder.weight : tensor<1x1x1x2xf32>
  %vc = quant.qcast %v : tensor<1x1x1x2xf32> to tensor<1x1x1x2x!shared>
  %vq = quant.dcast %vc : tensor<1x1x1x2x!shared> to tensor<1x1x1x2xf32>
  %s = tally.adder_conv2d %aq, %vq pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "adder"}
      : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x1xf32>
  %rc = quant.qcast %s : tensor<1x2x2x1xf32> to tensor<1x2x2x1x!wide>
  %r = quant.dcast %rc : tensor<1x2x2x1x!wide> to tensor<1x2x2x1xf32>
  return %r : tensor<1x2x2x1xf32>
}

// -----

func.func @computed(%x: tensor<1x2x2x1xf32>, %w: tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-error @below {{requires a float filter to be trained}}
  %y = tosa.conv2d %x, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv"}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

// Codes become the same codes: one quantizer. Scales that must be powers of two are not learned.
// CHECK-LABEL: func.func @twice
// CHECK: %[[FIXED:.*]] = "tosa.const"() <{values = dense<{{.*}}> : tensor<2xf32>}> : () -> tensor<2xf32>
// CHECK: tally.learned_quantizer %{{.*}} by %[[FIXED]] to
// CHECK: %[[CONV:.*]] = tosa.conv2d
// CHECK: %[[ONCE:.*]] = tally.learned_quantizer %[[CONV]]
// CHECK-NEXT: return %[[ONCE]]
ml_program.global private @powers.weight(dense<[[[[0.5]]], [[[-0.25]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
!image = !quant.uniform<u8:f32, 0.5>
!inner = !quant.uniform<u8<0:3>:f32, 0.25>
func.func @twice(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %c = quant.qcast %x : tensor<1x2x2x1xf32> to tensor<1x2x2x1x!image>
  %i = quant.dcast %c : tensor<1x2x2x1x!image> to tensor<1x2x2x1xf32>
  %w = ml_program.global_load_const @powers.weight : tensor<2x1x1x1xf32>
  %y = tosa.conv2d %i, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "powers", tally.plan = {bits = 3 : i64, levels = "pot", power_of_two_scales = true}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %yc = quant.qcast %y : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!inner>
  %yq = quant.dcast %yc {tally.name = "first"} : tensor<1x2x2x2x!inner> to tensor<1x2x2x2xf32>
  %rc = quant.qcast %yq : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!inner>
  %r = quant.dcast %rc {tally.name = "second"} : tensor<1x2x2x2x!inner> to tensor<1x2x2x2xf32>
  return %r : tensor<1x2x2x2xf32>
}

// -----

// Other codes.
// CHECK-LABEL: func.func @apart
// CHECK: %[[FIRST:.*]] = tally.learned_quantizer
// CHECK: %[[SECOND:.*]] = tally.learned_quantizer %[[FIRST]]
// CHECK-NEXT: return %[[SECOND]]
!coarse = !quant.uniform<u8<0:15>:f32, 1.0>
!fine = !quant.uniform<u8<0:15>:f32, 0.0625>
func.func @apart(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %e = tosa.exp %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %c = quant.qcast %e : tensor<1x4xf32> to tensor<1x4x!coarse>
  %q = quant.dcast %c {tally.name = "first"} : tensor<1x4x!coarse> to tensor<1x4xf32>
  %rc = quant.qcast %q : tensor<1x4xf32> to tensor<1x4x!fine>
  %r = quant.dcast %rc {tally.name = "second"} : tensor<1x4x!fine> to tensor<1x4xf32>
  return %r : tensor<1x4xf32>
}
