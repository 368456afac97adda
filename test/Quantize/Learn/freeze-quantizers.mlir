// Learned scales become types: pairs on activations, codes for filters under their own names.
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-freeze-quantizers | FileCheck %s

// CHECK-DAG: !i8 = !quant.uniform<i8<-1:1>:f32, 5.000000e-01>
// CHECK-DAG: !pot3 = !tally.pot<s3, 2.500000e-01>
// CHECK-DAG: !u8 = !quant.uniform<u8<0:3>:f32, 5.000000e-01>
// CHECK-DAG: ml_program.global private @w(dense<{{.*}}-1, 0, 1{{.*}}> : tensor<1x3xi8>) : tensor<1x3x!i8>
// CHECK-LABEL: func.func @main
// CHECK: quant.qcast %{{.*}} : tensor<1x3xf32> to tensor<1x3x!u8>
// CHECK: %[[W:.*]] = ml_program.global_load_const @w
// CHECK: quant.dcast %[[W]]
// CHECK: ml_program.global_load_const @p : tensor<1x3x!pot3>
// CHECK: tally.decode
ml_program.global private @w(dense<[[-0.9, 0.1, 0.3]]> : tensor<1x3xf32>) : tensor<1x3xf32>
ml_program.global private @p(dense<[[-0.9, 0.1, 0.3]]> : tensor<1x3xf32>) : tensor<1x3xf32>
ml_program.global private @half(dense<0.5> : tensor<1xf32>) : tensor<1xf32>
ml_program.global private @quarter(dense<0.25> : tensor<1xf32>) : tensor<1xf32>
func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %h = ml_program.global_load_const @half : tensor<1xf32>
  %f = ml_program.global_load_const @quarter : tensor<1xf32>
  %i = tally.learned_quantizer %x by %h to !quant.uniform<u8<0:3>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  %w = ml_program.global_load_const @w : tensor<1x3xf32>
  %q = tally.learned_quantizer %w by %h to !quant.uniform<i8<-1:1>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  %p = ml_program.global_load_const @p : tensor<1x3xf32>
  %d = tally.learned_quantizer %p by %f to !tally.pot<s3, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  %a = tosa.add %i, %q : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %y = tosa.add %a, %d : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

ml_program.global private @zero(dense<0.0> : tensor<1xf32>) : tensor<1xf32>
func.func @zero_scale(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %s = ml_program.global_load_const @zero : tensor<1xf32>
  // expected-error @below {{requires scales above 0, but got 0}}
  %y = tally.learned_quantizer %x by %s to !quant.uniform<u8<0:3>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  return %y : tensor<1x3xf32>
}

// -----

func.func @computed_scale(%x: tensor<1x3xf32>, %s: tensor<1xf32>) -> tensor<1x3xf32> {
  // expected-error @below {{requires a constant scale}}
  %y = tally.learned_quantizer %x by %s to !quant.uniform<u8<0:3>:f32, 1.0> : tensor<1x3xf32>, tensor<1xf32>
  return %y : tensor<1x3xf32>
}
