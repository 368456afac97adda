// The network on codes: what was a pair of casts is a type, what was between two of them is rounded once.
// RUN: qopt %s --tally-to-quantized --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-DAG: ![[ACT:.*]] = !quant.uniform<u8<0:15>:f32, 2.5{{0*}}e-01>
// CHECK-DAG: ![[SUM:.*]] = !quant.uniform<i32<-30:0>:f32, 2.5{{0*}}e-01>
// CHECK-DAG: ![[TRUNK:.*]] = !quant.uniform<u8:f32, 6.25{{0*}}e-02:100>
// CHECK-DAG: ![[RELU:.*]] = !quant.uniform<u8<100:255>:f32, 6.25{{0*}}e-02:100>
// CHECK-DAG: ![[CONV:.*]] = !quant.uniform<i32<-7440:7440>:f32:3, {3.125{{0*}}e-02,1.5625{{0*}}e-02}>
// CHECK-DAG: ![[POOL:.*]] = !quant.uniform<i32<-400:620>:f32, 6.25{{0*}}e-02>
// CHECK-DAG: ![[RESULT:.*]] = !quant.uniform<i32:f32, 1.0{{0*}}e-03>
// CHECK: module attributes {tally.stage = #tally.stage<quantized>}
// Weights are codes under their own names: nearest, ties to even, saturated.
// CHECK-DAG: @w(dense<{{\[\[\[\[4, 0\]\]\], \[\[\[12, 15\]\]\]\]}}> : tensor<2x1x1x2xui8>) : tensor<2x1x1x2x![[ACT]]>
// CHECK-DAG: @v(dense<{{\[\[\[\[2, 0\]\]\], \[\[\[12, 36\]\]\]\]}}> : tensor<2x1x1x2xi8>)
// CHECK-DAG: @pool.factor(dense<2.5{{0*}}e-01>
// CHECK-NOT: @reference
!act = !quant.uniform<u8<0:15>:f32, 0.25>
!trunk = !quant.uniform<u8:f32, 0.0625:100>
!conv = !quant.uniform<i8<-127:127>:f32:0, {0.5,0.25}>
!result = !quant.uniform<i32:f32, 0.001>
module attributes {tally.plan = {}} {
ml_program.global private @w(dense<[[[[1.0, -0.25]]], [[[3.0, 9.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
ml_program.global private @v(dense<[[[[1.0, -0.25]]], [[[3.0, 9.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
func.func private @reference(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> { return %x : tensor<1x4x4x2xf32> }
// CHECK: func @main(%[[X:.*]]: tensor<1x4x4x2x![[ACT]]>) -> tensor<1x2x2x2x![[RESULT]]>
func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x2xf32>
  %v = ml_program.global_load_const @v : tensor<2x1x1x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %scale = "tosa.const"() <{values = dense<[0.5, -2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %bias = "tosa.const"() <{values = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %xq = quant.qcast %x : tensor<1x4x4x2xf32> to tensor<1x4x4x2x!act>
  %xd = quant.dcast %xq : tensor<1x4x4x2x!act> to tensor<1x4x4x2xf32>
  %wq = quant.qcast %w : tensor<2x1x1x2xf32> to tensor<2x1x1x2x!act>
  %wd = quant.dcast %wq : tensor<2x1x1x2x!act> to tensor<2x1x1x2xf32>
  // CHECK: %[[Y:.*]] = tally.adder_conv2d %[[X]], %w {{.*}} -> tensor<1x4x4x2x![[SUM]]>
  %y = tally.adder_conv2d %xd, %wd pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "adder"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  // The clamp is the lower end of the codes that the affine map rounds to.
  // CHECK: %[[A:.*]] = tally.channel_affine %[[Y]], {{.*}} -> tensor<1x4x4x2x![[RELU]]>
  // CHECK: %[[R:.*]] = tally.channel_affine %[[A]], {{.*}} -> tensor<1x4x4x2x![[TRUNK]]>
  %a = tally.channel_affine %y, %scale, %bias {tally.name = "bn"} : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %r = tosa.clamp %a {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %rq = quant.qcast %r : tensor<1x4x4x2xf32> to tensor<1x4x4x2x!trunk>
  %rd = quant.dcast %rq : tensor<1x4x4x2x!trunk> to tensor<1x4x4x2xf32>
  %vq = quant.qcast %v : tensor<2x1x1x2xf32> to tensor<2x1x1x2x!conv>
  %vd = quant.dcast %vq : tensor<2x1x1x2x!conv> to tensor<2x1x1x2xf32>
  // TOSA has the zero points as operands.
  // CHECK: %[[ZX:.*]] = "tosa.const"() <{values = dense<100> : tensor<1xui8>}>
  // CHECK: %[[C:.*]] = tosa.conv2d %[[R]], %v, %{{.*}}, %[[ZX]], %{{.*}} -> tensor<1x4x4x2x![[CONV]]>
  %c = tosa.conv2d %rd, %vd, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  // Both terms in one fine step, then rounded once.
  // CHECK: %[[C1:.*]] = tally.channel_affine %[[C]], {{.*}} -> tensor<1x4x4x2x![[FINE:.*]]>
  // CHECK: %[[R1:.*]] = tally.channel_affine %[[R]], {{.*}} -> tensor<1x4x4x2x![[FINE]]>
  // CHECK: %[[S:.*]] = tosa.add %[[C1]], %[[R1]]
  // CHECK: %[[S1:.*]] = tally.channel_affine %[[S]], {{.*}} -> tensor<1x4x4x2x![[TRUNK]]>
  %s = tosa.add %c, %rd : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %sq = quant.qcast %s : tensor<1x4x4x2xf32> to tensor<1x4x4x2x!trunk>
  %sd = quant.dcast %sq : tensor<1x4x4x2x!trunk> to tensor<1x4x4x2xf32>
  // The division is part of the map behind the sum.
  // CHECK: %[[P:.*]] = tally.sum_pool2d %[[S1]] kernel [2, 2] {{.*}} -> tensor<1x2x2x2x![[POOL]]>
  // CHECK: %[[Z:.*]] = tally.channel_affine %[[P]], %pool.factor, {{.*}} -> tensor<1x2x2x2x![[RESULT]]>
  // CHECK: return %[[Z]]
  %p = tosa.avg_pool2d %sd, %zero, %zero {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, tally.name = "pool"}
      : (tensor<1x4x4x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %pq = quant.qcast %p : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!result>
  %pd = quant.dcast %pq : tensor<1x2x2x2x!result> to tensor<1x2x2x2xf32>
  return %pd : tensor<1x2x2x2xf32>
}
}

// -----

// expected-error @below {{requires one quantizer on input 'picture'; hint: tally quantize inserts it}}
func.func @input(%x: tensor<1x2xf32> {tally.name = "picture"}) -> tensor<1x2xf32> {
  return %x : tensor<1x2xf32>
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
func.func @result(%x: tensor<1x2xf32>) -> (tensor<1x2xf32> {tally.name = "sum"}) {
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!q>
  %d = quant.dcast %q : tensor<1x2x!q> to tensor<1x2xf32>
  // expected-error @below {{output 'sum' is returned without a per-tensor quantizer; hint: calibrate the network again}}
  %y = tosa.add %d, %d : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
func.func @no_form(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!q>
  %d = quant.dcast %q : tensor<1x2x!q> to tensor<1x2xf32>
  // expected-error @below {{'tosa.reverse' (layer 'backwards') has no form on codes: leave it out of the network or replace it}}
  %y = tosa.reverse %d {axis = 1 : i32, tally.name = "backwards"} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = quant.qcast %y : tensor<1x2xf32> to tensor<1x2x!q>
  %s = quant.dcast %r : tensor<1x2x!q> to tensor<1x2xf32>
  return %s : tensor<1x2xf32>
}

// -----

// What nothing reads has codes over what was seen of it, or those of the file; a constant those of its own range.
// CHECK-DAG: ![[SEEN:.*]] = !quant.uniform<u8:f32, 0.00980392{{[0-9]*}}:102>
// CHECK-DAG: ![[FILE:.*]] = !quant.uniform<i8:f32, 1.0{{0*}}e+00>
// CHECK-DAG: @k(dense<{{\[\[}}-32768, 16384]]> : tensor<1x2xi32>)
// CHECK: func @loose_ends(%{{.*}}: tensor<1x2x![[SEEN]]> {{.*}}, %{{.*}}: tensor<1x2x![[FILE]]> {{.*}}) -> tensor<1x2x!i32>
ml_program.global private @k(dense<[[-1.0, 0.5]]> : tensor<1x2xf32>) : tensor<1x2xf32>
func.func @loose_ends(%x: tensor<1x2xf32> {tally.range = array<f64: -1.0, 1.5>}, %y: tensor<1x2xf32> {tally.integer = si8}) -> tensor<1x2xf32> {
  %k = ml_program.global_load_const @k : tensor<1x2xf32>
  return %k : tensor<1x2xf32>
}

// -----

// expected-error @below {{requires tensors as inputs, but 'x' is 'memref<4xi8>'}}
func.func @memory(%x: memref<4xi8> {tally.name = "x"}) {
  return
}

// -----

// A bias is not dropped: tally-raise-affine makes a map of it before.
ml_program.global private @biased.weight(dense<1> : tensor<1x1x1x1xi8>) : tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>>
func.func @bias(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %b = "tosa.const"() {values = dense<0.25> : tensor<1xf32>} : () -> tensor<1xf32>
  %c = quant.qcast %x : tensor<1x1x1x1xf32> to tensor<1x1x1x1x!quant.uniform<u8:f32, 0.5>>
  %i = quant.dcast %c : tensor<1x1x1x1x!quant.uniform<u8:f32, 0.5>> to tensor<1x1x1x1xf32>
  %w = ml_program.global_load_const @biased.weight : tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>>
  %d = quant.dcast %w : tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>> to tensor<1x1x1x1xf32>
  // expected-error @below {{layer 'biased' has a bias, which codes have no place for; run tally-raise-affine first}}
  %y = tosa.conv2d %i, %d, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "biased"}
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  %qc = quant.qcast %y : tensor<1x1x1x1xf32> to tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>>
  %r = quant.dcast %qc : tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>> to tensor<1x1x1x1xf32>
  return %r : tensor<1x1x1x1xf32>
}
