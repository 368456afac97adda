// Two bits lose much. Fitting chooses other codes and adds an
// affine map, in place of the lossless clamp's constant, that brings the output to the float layer's.
// RUN: %make_images %t 16,4,4,1 31
// RUN: qopt %s --tally-keep-reference --tally-insert-quantizers --tally-fit-layers=data=npy:%t.x.npy,%t.y.npy | FileCheck %s
// RUN: not qopt %s --tally-insert-quantizers --tally-fit-layers=data=npy:%t.x.npy,%t.y.npy 2>&1 | FileCheck %s --check-prefix=NOREF
// RUN: not qopt %s --tally-keep-reference --tally-fit-layers 2>&1 | FileCheck %s --check-prefix=NODATA

// NOREF: error: requires @reference: run tally-keep-reference first
// NODATA: error: requires images: give 'data' (--data DATA), or a recipe that does not measure outputs

#seen = #tally.sketch<count = 2, min = 0.0, max = 6.0, exponent = 2, first = 0, bins = [1, 1]>
#out = #tally.sketch<count = 2, min = -8.0, max = 0.0, exponent = 3, first = -1, bins = [1, 1]>
// The weights are codes of 6 / 3 now, whatever they were.
// CHECK-DAG: @w(dense<{{\[\[\[\[}}{{[0246]\.0*e\+00}}], [{{[0246]\.0*e\+00}}]]], {{\[\[\[}}{{[0246]\.0*e\+00}}], [{{[0246]\.0*e\+00}}]]]]>
// CHECK-DAG: @w.float(dense<{{.*}}2.9{{.*}}1.1{{.*}}4.8{{.*}}1.0{{0*}}e-01
// CHECK-DAG: @layer.fit.scale(dense<[{{.*}}, {{.*}}]>
// CHECK-DAG: @mean.fit.scale(dense<1.0{{0*}}e+00>
// CHECK-DAG: @mean.fit.bias(dense<[{{.*}}, {{.*}}]>
ml_program.global private @w(dense<[[[[2.9], [1.1]]], [[[4.8], [0.1]]]]> : tensor<2x1x2x1xf32>) : tensor<2x1x2x1xf32>
ml_program.global private @v(dense<[[[[2.9], [1.1]]], [[[4.8], [0.1]]]]> : tensor<2x1x2x1xf32>) : tensor<2x1x2x1xf32>
ml_program.global private @one(dense<1.0> : tensor<2xf32>) : tensor<2xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x3x6xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x2x1xf32>
  %v = ml_program.global_load_const @v : tensor<2x1x2x1xf32>
  %one = ml_program.global_load_const @one : tensor<2xf32>
  %o = tally.observe %x sketch #seen : tensor<1x4x4x1xf32>
  // CHECK: %[[Y:.*]] = tally.adder_conv2d {{.*}}"layer"
  // CHECK: %[[FIT:.*]] = tally.channel_affine %[[Y]], %layer.fit.scale, %layer.fit.bias
  // CHECK-NOT: tally.clamp_constant
  // CHECK: quant.qcast %[[FIT]]
  %0 = tally.adder_conv2d %o, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: 0.0, 6.0>, tally.name = "layer", tally.plan = {bits = 2 : i64}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x2x1xf32>) -> tensor<1x4x3x2xf32>
  %1 = tally.channel_affine %0, %one, %one {tally.clamp_constant} : (tensor<1x4x3x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x3x2xf32>
  %a = tally.observe %1 sketch #out : tensor<1x4x3x2xf32>
  // CHECK: tally.adder_conv2d {{.*}}"mean"
  // CHECK: tally.channel_affine %{{.*}}, %mean.fit.scale, %mean.fit.bias
  %2 = tally.adder_conv2d %o, %v pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: 0.0, 6.0>, tally.name = "mean", tally.plan = {bits = 2 : i64, correction = "mean", optimize_rounding = false}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x2x1xf32>) -> tensor<1x4x3x2xf32>
  %b = tally.observe %2 sketch #out : tensor<1x4x3x2xf32>
  // CHECK: tally.adder_conv2d {{.*}}"none"
  // CHECK-NOT: tally.channel_affine
  // CHECK: return
  %3 = tally.adder_conv2d %o, %v pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      {tally.interval = array<f64: 0.0, 6.0>, tally.name = "none", tally.plan = {bits = 2 : i64, correction = "none", optimize_rounding = false}}
      : (tensor<1x4x4x1xf32>, tensor<2x1x2x1xf32>) -> tensor<1x4x3x2xf32>
  %c = tally.observe %3 sketch #out : tensor<1x4x3x2xf32>
  %y = tosa.concat %a, %b, %c {axis = 3 : i32} : (tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>) -> tensor<1x4x3x6xf32>
  return %y : tensor<1x4x3x6xf32>
}
