// Biases of convolutions, and arithmetic with channel constants, become channel_affine.
// RUN: qopt %s --tally-raise-affine --split-input-file | FileCheck %s

// CHECK-DAG: @[[ONES:.*]](dense<1.0{{.*}}> : tensor<2xf32>)
// CHECK-DAG: @[[BIAS:.*]](dense<[5.0{{.*}}, -6.0{{.*}}]> : tensor<2xf32>)
// CHECK-LABEL: func @bias
// CHECK: %[[SUM:.*]] = tosa.conv2d %arg0, %arg1, %{{[0-9]+}}, {{.*}}tally.name = "conv"{{.*}} : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>, tensor<1xf32>,
// CHECK-DAG: %[[S:.*]] = ml_program.global_load_const @[[ONES]]
// CHECK-DAG: %[[B:.*]] = ml_program.global_load_const @[[BIAS]]
// CHECK: %[[Y:.*]] = tally.channel_affine %[[SUM]], %[[S]], %[[B]]
// CHECK: return %[[Y]]
func.func @bias(%x: tensor<1x4x4x3xf32>, %w: tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32> {
  %b = "tosa.const"() <{values = dense<[5.0, -6.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.conv2d %x, %w, %b, %zp, %zp {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>,
      stride = array<i64: 1, 1>, tally.name = "conv"}
      : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}

// -----

// x * [2, 3], then + 7, then - [1, 2], then 10 - x: scales and biases in this order.
// CHECK-DAG: @[[S0:.*scale.*]](dense<[2.0{{.*}}, 3.0{{.*}}]>
// CHECK-DAG: @[[B1:.*bias.*]](dense<7.0{{.*}}>
// CHECK-DAG: @[[B2:.*bias.*]](dense<[-1.0{{.*}}, -2.0{{.*}}]>
// CHECK-DAG: @[[S3:.*scale.*]](dense<-1.0{{.*}}>
// CHECK-DAG: @[[B3:.*bias.*]](dense<1.000000e+01>
// CHECK-LABEL: func @elementwise
// CHECK: %[[L0:.*]] = ml_program.global_load_const @[[S0]]
// CHECK: %[[A:.*]] = tally.channel_affine %arg0, %[[L0]], %{{.*}} {tally.name = "scaled"}
// CHECK: %[[L1:.*]] = ml_program.global_load_const @[[B1]]
// CHECK: %[[B:.*]] = tally.channel_affine %[[A]], %{{.*}}, %[[L1]]
// CHECK: %[[L2:.*]] = ml_program.global_load_const @[[B2]]
// CHECK: %[[C:.*]] = tally.channel_affine %[[B]], %{{.*}}, %[[L2]]
// CHECK-DAG: %[[L3:.*]] = ml_program.global_load_const @[[S3]]
// CHECK-DAG: %[[L4:.*]] = ml_program.global_load_const @[[B3]]
// CHECK: tally.channel_affine %[[C]], %[[L3]], %[[L4]]
// CHECK-NOT: tosa.{{mul|add|sub}}
func.func @elementwise(%x: tensor<1x4x2xf32>) -> tensor<1x4x2xf32> {
  %c = "tosa.const"() <{values = dense<[[[2.0, 3.0]]]> : tensor<1x1x2xf32>}> : () -> tensor<1x1x2xf32>
  %d = "tosa.const"() <{values = dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32>}> : () -> tensor<1x1x2xf32>
  %seven = "tosa.const"() <{values = dense<7.0> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %ten = "tosa.const"() <{values = dense<10.0> : tensor<1x1x1xf32>}> : () -> tensor<1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %0 = tosa.mul %x, %c, %zero {tally.name = "scaled"} : (tensor<1x4x2xf32>, tensor<1x1x2xf32>, tensor<1xi8>) -> tensor<1x4x2xf32>
  %1 = tosa.add %seven, %0 : (tensor<1x1x1xf32>, tensor<1x4x2xf32>) -> tensor<1x4x2xf32>
  %2 = tosa.sub %1, %d : (tensor<1x4x2xf32>, tensor<1x1x2xf32>) -> tensor<1x4x2xf32>
  %3 = tosa.sub %ten, %2 : (tensor<1x1x1xf32>, tensor<1x4x2xf32>) -> tensor<1x4x2xf32>
  return %3 : tensor<1x4x2xf32>
}

// -----

// Constants that differ along another dimension, two values, and integers stay.
// CHECK-LABEL: func @others_stay
// CHECK-NOT: tally.channel_affine
func.func @others_stay(%x: tensor<1x2x2xf32>, %i: tensor<1x2xi32>) -> (tensor<1x2x2xf32>, tensor<1x2xi32>) {
  %rows = "tosa.const"() <{values = dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>}> : () -> tensor<1x2x1xf32>
  %one = "tosa.const"() <{values = dense<1> : tensor<1x2xi32>}> : () -> tensor<1x2xi32>
  %0 = tosa.add %x, %rows : (tensor<1x2x2xf32>, tensor<1x2x1xf32>) -> tensor<1x2x2xf32>
  %1 = tosa.add %0, %x : (tensor<1x2x2xf32>, tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  %2 = tosa.add %i, %one : (tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  return %1, %2 : tensor<1x2x2xf32>, tensor<1x2xi32>
}

// -----

// CHECK-DAG: @[[S:.*scale.*]](dense<-1.0{{.*}}> : tensor<2xf32>)
// CHECK-DAG: @[[B:.*bias.*]](dense<0.0{{.*}}> : tensor<2xf32>)
// CHECK-LABEL: func @negated
// CHECK-NOT: tosa.negate
// CHECK: tally.channel_affine %arg0
func.func @negated(%x: tensor<1x4x2xf32>) -> tensor<1x4x2xf32> {
  %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.negate %x, %zp, %zp {tally.name = "negated"} : (tensor<1x4x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x2xf32>
  return %y : tensor<1x4x2xf32>
}
