// How finely terms are rounded before they are added follows from how large they can be, where quantizers and clamps
// say so: 20 bits behind the point of the result's step at most, with every term below 2^30.
// RUN: qopt %s --tally-to-quantized --split-input-file | FileCheck %s

// 255 steps of 1/2 in a result of the same step: 2^30 / 255 is 2^22, so 20 bits.
// CHECK-DAG: ![[FINE:.*]] = !quant.uniform<i32<-1073741823:1073741823>:f32, 4.76837158203125E-7>
// CHECK-LABEL: func.func @small
// CHECK: tosa.add {{.*}} -> tensor<1x2x![[FINE]]>
!q = !quant.uniform<u8:f32, 0.5>
func.func @small(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!q>
  %d = quant.dcast %q : tensor<1x2x!q> to tensor<1x2xf32>
  %s = tosa.add %d, %d : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = quant.qcast %s : tensor<1x2xf32> to tensor<1x2x!q>
  %y = quant.dcast %r : tensor<1x2x!q> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// A term of 255 * 512 halves, clamped to 1,024 of them, then doubled: 2,048 steps of the result, so 2^19 to one.
// CHECK-DAG: ![[FINE:.*]] = !quant.uniform<i32<-1073741823:1073741823>:f32, 9.5367431640625E-7>
// CHECK-LABEL: func.func @clamped
// CHECK: tosa.add {{.*}} -> tensor<1x2x![[FINE]]>
!q = !quant.uniform<u8:f32, 0.5>
!large = !quant.uniform<u8:f32, 256.0>
func.func @clamped(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %two = "tosa.const"() <{values = dense<2.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!large>
  %d = quant.dcast %q : tensor<1x2x!large> to tensor<1x2xf32>
  %c = tosa.clamp %d {min_val = 0.0 : f32, max_val = 511.5 : f32} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %t = tally.channel_affine %c, %two, %zero : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %s = tosa.add %t, %t : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = quant.qcast %s : tensor<1x2xf32> to tensor<1x2x!q>
  %y = quant.dcast %r : tensor<1x2x!q> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// A layer's sum: two terms of 127 quarters by 255 halves are 16,192.5 steps of the result, so 2^30
// leaves 2^16 to one.
// CHECK-DAG: ![[FINE:.*]] = !quant.uniform<i32<-1073741823:1073741823>:f32, 7.62939453125E-6>
// CHECK-LABEL: func.func @layer
// CHECK: tosa.add {{.*}} -> tensor<1x1x1x1x![[FINE]]>
!q = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.25}>
ml_program.global private @w(dense<[[[[1.0, -1.0]]]]> : tensor<1x1x1x2xf32>) : tensor<1x1x1x2xf32>
func.func @layer(%x: tensor<1x1x1x2xf32>) -> tensor<1x1x1x1xf32> {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %w = ml_program.global_load_const @w : tensor<1x1x1x2xf32>
  %wq = quant.qcast %w : tensor<1x1x1x2xf32> to tensor<1x1x1x2x!w>
  %wd = quant.dcast %wq : tensor<1x1x1x2x!w> to tensor<1x1x1x2xf32>
  %q = quant.qcast %x : tensor<1x1x1x2xf32> to tensor<1x1x1x2x!q>
  %d = quant.dcast %q : tensor<1x1x1x2x!q> to tensor<1x1x1x2xf32>
  %c = tosa.conv2d %d, %wd, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  %s = tosa.add %c, %c : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %r = quant.qcast %s : tensor<1x1x1x1xf32> to tensor<1x1x1x1x!q>
  %y = quant.dcast %r : tensor<1x1x1x1x!q> to tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}
