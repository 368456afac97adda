// Constants that meet activations: in the fine step of a sum, in the joined type, and as factors for each place.
// RUN: qopt %s --tally-to-quantized --split-input-file --verify-diagnostics | FileCheck %s --implicit-check-not='= tosa.mul'
// RUN: qopt %s --tally-to-quantized --split-input-file --tally-to-integer | FileCheck %s --check-prefix=INTEGER

// Steps of 1/2 in 255 codes and 7 of a constant: 2^30 / 255 is 2^22, so 20 bits of fraction.
// CHECK-DAG: ![[FINE:.*]] = !quant.uniform<i32<-1073741823:1073741823>:f32, 4.76837158203125E-7>
// CHECK-DAG: @position(dense<{{\[\[}}1048576, -7340032]]> : tensor<1x2xi32>) : tensor<1x2x![[FINE]]>
// CHECK-LABEL: func.func @added
// CHECK: %[[C:.*]] = ml_program.global_load_const @position
// CHECK: tosa.add %{{.*}}, %[[C]] : (tensor<1x2x![[FINE]]>, tensor<1x2x![[FINE]]>) -> tensor<1x2x![[FINE]]>
!q = !quant.uniform<u8:f32, 0.5>
ml_program.global private @position(dense<[[0.5, -3.5]]> : tensor<1x2xf32>) : tensor<1x2xf32>
func.func @added(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %c = ml_program.global_load_const @position : tensor<1x2xf32>
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!q>
  %d = quant.dcast %q : tensor<1x2x!q> to tensor<1x2xf32>
  %s = tosa.add %d, %c : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = quant.qcast %s : tensor<1x2xf32> to tensor<1x2x!q>
  %y = quant.dcast %r : tensor<1x2x!q> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// CHECK-DAG: ![[Q:.*]] = !quant.uniform<u8:f32, 5.000000e-01:8>
// CHECK-DAG: @constant(dense<{{\[\[}}9, 1]]> : tensor<1x2xui8>) : tensor<1x2x![[Q]]>
// CHECK-LABEL: func.func @joined
// CHECK: %[[C:.*]] = ml_program.global_load_const @constant
// CHECK: tosa.concat %[[C]], %arg0
!q = !quant.uniform<u8:f32, 0.5:8>
func.func @joined(%x: tensor<1x2xf32>) -> tensor<1x4xf32> {
  %c = "tosa.const"() <{values = dense<[[0.5, -3.5]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!q>
  %d = quant.dcast %q : tensor<1x2x!q> to tensor<1x2xf32>
  %y = tosa.concat %c, %d {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// Rows have factors, and channels; one table would be larger than both, so there is a rounding in between.
// CHECK-LABEL: func.func @by_place
// CHECK: tally.channel_affine {{.*}}tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x2x2x!i32
// CHECK: tally.channel_affine {{.*}}tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x!u8
// INTEGER-LABEL: func.func @by_place
// INTEGER: tally.requantize {{.*}} multiplier dense<{{.*}}> : tensor<1x2x1xi32>
// INTEGER: tally.requantize {{.*}} multiplier dense<{{.*}}> : tensor<2xi32>
!q = !quant.uniform<u8:f32, 0.5>
func.func @by_place(%x: tensor<1x2x2xf32>) -> tensor<1x2x2xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %rows = "tosa.const"() <{values = dense<[[[1.5], [-2.5]]]> : tensor<1x2x1xf32>}> : () -> tensor<1x2x1xf32>
  %scale = "tosa.const"() <{values = dense<[0.5, 0.25]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %bias = "tosa.const"() <{values = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %q = quant.qcast %x : tensor<1x2x2xf32> to tensor<1x2x2x!q>
  %d = quant.dcast %q : tensor<1x2x2x!q> to tensor<1x2x2xf32>
  %a = tosa.mul %rows, %d, %s : (tensor<1x2x1xf32>, tensor<1x2x2xf32>, tensor<1xi8>) -> tensor<1x2x2xf32>
  %b = tally.channel_affine %a, %scale, %bias : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  %r = quant.qcast %b : tensor<1x2x2xf32> to tensor<1x2x2x!q>
  %y = quant.dcast %r : tensor<1x2x2x!q> to tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}

// -----

// A 3x3 mean at the border of a 3x3 image is of 4, 6 or 9 elements.
// CHECK-DAG: @mean.factor(dense<{{.*}}2.500000e-01{{.*}}0.166{{.*}}2.500000e-01{{.*}}0.166{{.*}}0.111{{.*}}> : tensor<1x3x3x1xf32>)
// CHECK-LABEL: func.func @border
// CHECK: tally.sum_pool2d %arg0 kernel [3, 3] pad [1, 1, 1, 1] stride [1, 1]
// CHECK: tally.channel_affine
// INTEGER-LABEL: func.func @border
// INTEGER: tally.requantize {{.*}} : tensor<1x3x3x1xi32>
!q = !quant.uniform<u8:f32, 0.5:3>
func.func @border(%x: tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %q = quant.qcast %x : tensor<1x3x3x2xf32> to tensor<1x3x3x2x!q>
  %d = quant.dcast %q : tensor<1x3x3x2x!q> to tensor<1x3x3x2xf32>
  %a = tosa.avg_pool2d %d, %z, %z {acc_type = f32, kernel = array<i64: 3, 3>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, tally.name = "mean"}
      : (tensor<1x3x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x3x3x2xf32>
  %r = quant.qcast %a : tensor<1x3x3x2xf32> to tensor<1x3x3x2x!q>
  %y = quant.dcast %r : tensor<1x3x3x2x!q> to tensor<1x3x3x2xf32>
  return %y : tensor<1x3x3x2xf32>
}
