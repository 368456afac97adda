// Quantizers on activations stay where the plan keeps them; elsewhere their ends stay. Constant codes stay for layers
// whose levels are imported, and become floats under the same name elsewhere.
// RUN: qopt %s --split-input-file --tally-resolve-quantizers --verify-diagnostics | FileCheck %s

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
// CHECK: @keep.w(dense<{{.*}}> : tensor<2x1x1x2xi8>)
// CHECK: @drop.w(dense<{{\[\[\[\[}}2.500000e-01, -5.000000e-01]]], {{\[\[\[}}7.500000e-01, -1.000000e+00]]]]> : tensor<2x1x1x2xf32>)
// CHECK-LABEL: func.func @main
// CHECK: [[Q:%.*]] = quant.qcast %arg0
// CHECK: [[D:%.*]] = quant.dcast [[Q]]
// CHECK: [[W:%.*]] = quant.dcast %keep.w
// CHECK: tosa.conv2d [[D]], [[W]],
// CHECK: tosa.conv2d {{.*}}, %drop.w,
module attributes {tally.plan = {keep_quantizers = true}} {
  ml_program.global private @keep.w(dense<[[[[1, -2]]], [[[3, -4]]]]> : tensor<2x1x1x2xi8>) : tensor<2x1x1x2x!i8>
  ml_program.global private @drop.w(dense<[[[[1, -2]]], [[[3, -4]]]]> : tensor<2x1x1x2xi8>) : tensor<2x1x1x2x!i8>
  func.func @main(%x: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
    %q = quant.qcast %x {tally.name = "q"} : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!u8>
    %d = quant.dcast %q {tally.name = "q"} : tensor<1x2x2x2x!u8> to tensor<1x2x2x2xf32>
    %b = "tosa.const"() <{values = dense<0.0> : tensor<2xf32>}> : () -> tensor<2xf32>
    %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
    %kw = ml_program.global_load_const @keep.w : tensor<2x1x1x2x!i8>
    %kf = quant.dcast %kw : tensor<2x1x1x2x!i8> to tensor<2x1x1x2xf32>
    %0 = tosa.conv2d %d, %kf, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {levels = "imported"}} : (tensor<1x2x2x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
    %dw = ml_program.global_load_const @drop.w : tensor<2x1x1x2x!i8>
    %df = quant.dcast %dw : tensor<2x1x1x2x!i8> to tensor<2x1x1x2xf32>
    %1 = tosa.conv2d %0, %df, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {levels = "uniform"}} : (tensor<1x2x2x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
    return %1 : tensor<1x2x2x2xf32>
  }
}

// -----

// (0 - 3) * 0.5 and (255 - 3) * 0.5.
!u8 = !quant.uniform<u8:f32, 0.5:3>
// CHECK-LABEL: func.func @dropped
// CHECK-NEXT: [[C:%.*]] = tosa.clamp %arg0 {max_val = 1.260000e+02 : f32, min_val = -1.500000e+00 : f32, tally.name = "q"}
// CHECK-NEXT: [[Q:%.*]] = quant.qcast [[C]]
// CHECK-NEXT: [[D:%.*]] = quant.dcast [[Q]] {tally.rounds}
// CHECK-NEXT: return [[D]]
// expected-warning @below {{drops the rounding of 1 quantizers that the network brings, and keeps their ends; hint: the recipe 'imported' keeps them}}
func.func @dropped(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = quant.qcast %x {tally.name = "q"} : tensor<1x2xf32> to tensor<1x2x!u8>
  %d = quant.dcast %q {tally.name = "q"} : tensor<1x2x!u8> to tensor<1x2xf32>
  %r = quant.qcast %d : tensor<1x2xf32> to tensor<1x2x!u8>
  %s = quant.dcast %r {tally.rounds} : tensor<1x2x!u8> to tensor<1x2xf32>
  return %s : tensor<1x2xf32>
}

// -----

// One quantizer for all channels, between the maps of each.
!axis = !quant.uniform<u8:f32:1, {0.5:3, 0.25:200}>
// CHECK-DAG: [[UNIT:!.*]] = !quant.uniform<u8:f32, 1.000000e+00>
// CHECK-DAG: @q.steps.scale(dense<[2.000000e+00, 4.000000e+00]>
// CHECK-DAG: @q.steps.bias(dense<[3.000000e+00, 2.000000e+02]>
// CHECK-DAG: @q.reals.scale(dense<[5.000000e-01, 2.500000e-01]>
// CHECK-DAG: @q.reals.bias(dense<[-1.500000e+00, -5.000000e+01]>
// CHECK-LABEL: func.func @channels
// CHECK: [[A:%.*]] = tally.channel_affine %arg0, %q.steps.scale, %q.steps.bias
// CHECK: [[Q:%.*]] = quant.qcast [[A]] {{.*}}[[UNIT]]>
// CHECK: [[D:%.*]] = quant.dcast [[Q]]
// CHECK: tally.channel_affine [[D]], %q.reals.scale, %q.reals.bias {tally.name = "q"}
module attributes {tally.plan = {keep_quantizers = true}} {
  func.func @channels(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
    %q = quant.qcast %x {tally.name = "q"} : tensor<1x2xf32> to tensor<1x2x!axis>
    %d = quant.dcast %q {tally.name = "q"} : tensor<1x2x!axis> to tensor<1x2xf32>
    return %d : tensor<1x2xf32>
  }
}

// -----

!axis = !quant.uniform<u8:f32:0, {0.5:3, 0.25:200}>
module attributes {tally.plan = {keep_quantizers = true}} {
  func.func @rows(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    // expected-error @below {{'q' quantizes activations along a dimension that is not that of channels}}
    %q = quant.qcast %x {tally.name = "q"} : tensor<2x3xf32> to tensor<2x3x!axis>
    %d = quant.dcast %q {tally.name = "q"} : tensor<2x3x!axis> to tensor<2x3xf32>
    return %d : tensor<2x3xf32>
  }
}
