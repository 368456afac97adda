// A function of one value, in whatever pieces, is one table: from the codes of its input to those of what it becomes.
// RUN: qopt %s --tally-to-quantized --split-input-file --verify-diagnostics | FileCheck %s

// Codes 0..3 stand for -1, 0, 1, 2; x * sigmoid(x) is -0.269, 0, 0.731, 1.762: steps of 1/4.
// CHECK-DAG: ![[IN:.*]] = !quant.uniform<u8<0:3>:f32, 1.000000e+00:1>
// CHECK-DAG: ![[OUT:.*]] = !quant.uniform<i8:f32, 2.500000e-01>
// CHECK-DAG: @silu.table(dense<[-1, 0, 3, 7]> : tensor<4xi8>) : tensor<4x![[OUT]]>
// CHECK-LABEL: func.func @silu(
// CHECK-NEXT: %[[T:.*]] = ml_program.global_load_const @silu.table
// CHECK-NEXT: %[[Y:.*]] = tally.table %arg0, %[[T]] {tally.name = "silu"} : (tensor<1x2x![[IN]]>, tensor<4x![[OUT]]>) -> tensor<1x2x![[OUT]]>
// CHECK-NEXT: return %[[Y]]
!x = !quant.uniform<u8<0:3>:f32, 1.0:1>
!y = !quant.uniform<i8:f32, 0.25>
func.func @silu(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!x>
  %d = quant.dcast %q : tensor<1x2x!x> to tensor<1x2xf32>
  %a = tosa.sigmoid %d {tally.name = "silu"} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %b = tosa.mul %d, %a, %s {tally.name = "silu"} : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xi8>) -> tensor<1x2xf32>
  %r = quant.qcast %b : tensor<1x2xf32> to tensor<1x2x!y>
  %y = quant.dcast %r : tensor<1x2x!y> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// What is added next has 32 bits at once; maps by one number behind a function are part of it.
// CHECK-DAG: ![[FINE:.*]] = !quant.uniform<i32<-1073741823:1073741823>:f32
// CHECK-LABEL: func.func @added(
// CHECK: tally.table {{.*}} -> tensor<1x2x![[FINE]]>
// CHECK: tosa.add
// CHECK-NOT: tally.table
!x = !quant.uniform<u8<0:3>:f32, 1.0:1>
!y = !quant.uniform<i8:f32, 0.25>
func.func @added(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %two = "tosa.const"() <{values = dense<2.0> : tensor<1x1xf32>}> : () -> tensor<1x1xf32>
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!x>
  %d = quant.dcast %q : tensor<1x2x!x> to tensor<1x2xf32>
  %e = quant.qcast %d : tensor<1x2xf32> to tensor<1x2x!x>
  %f = quant.dcast %e : tensor<1x2x!x> to tensor<1x2xf32>
  %a = tosa.exp %f : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %b = tosa.mul %a, %two, %s : (tensor<1x2xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<1x2xf32>
  %c = tosa.add %b, %d : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = quant.qcast %c : tensor<1x2xf32> to tensor<1x2x!y>
  %y = quant.dcast %r : tensor<1x2x!y> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

!x = !quant.uniform<i16:f32, 1.0>
!y = !quant.uniform<i8:f32, 0.25>
func.func @wide(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!x>
  %d = quant.dcast %q : tensor<1x2x!x> to tensor<1x2xf32>
  // expected-error @below {{'f' is a function of one value, which requires a quantizer of 8 bits on its input}}
  %a = tosa.exp %d {tally.name = "f"} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %r = quant.qcast %a : tensor<1x2xf32> to tensor<1x2x!y>
  %y = quant.dcast %r : tensor<1x2x!y> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Two values: a product of codes.
// CHECK-DAG: ![[IN:.*]] = !quant.uniform<u8:f32, 5.000000e-01:3>
// CHECK-DAG: ![[PRODUCT:.*]] = !quant.uniform<i32<-765:64260>:f32, 1.250000e-01>
// CHECK-LABEL: func.func @gate(
// CHECK: tally.multiply %arg0, %{{.*}} {tally.name = "gate"} : {{.*}} -> tensor<1x2x2x2x![[PRODUCT]]>
// CHECK: tally.channel_affine
!x = !quant.uniform<u8:f32, 0.5:3>
!g = !quant.uniform<u8:f32, 0.25>
func.func @gate(%x: tensor<1x2x2x2xf32>, %g: tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %q = quant.qcast %x : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!x>
  %d = quant.dcast %q : tensor<1x2x2x2x!x> to tensor<1x2x2x2xf32>
  %gq = quant.qcast %g : tensor<1x1x1x2xf32> to tensor<1x1x1x2x!g>
  %gd = quant.dcast %gq : tensor<1x1x1x2x!g> to tensor<1x1x1x2xf32>
  %b = tosa.mul %d, %gd, %s {tally.name = "gate"} : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1xi8>) -> tensor<1x2x2x2xf32>
  %r = quant.qcast %b : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!x>
  %y = quant.dcast %r : tensor<1x2x2x2x!x> to tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

!x = !quant.uniform<u16:f32, 0.5>
func.func @wide_product(%x: tensor<1x2xf32>, %g: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!quant.uniform<i16:f32, 0.5:-32768>>
  %d = quant.dcast %q : tensor<1x2x!quant.uniform<i16:f32, 0.5:-32768>> to tensor<1x2xf32>
  %gq = quant.qcast %g : tensor<1x2xf32> to tensor<1x2x!x>
  %gd = quant.dcast %gq : tensor<1x2x!x> to tensor<1x2xf32>
  // expected-error @below {{layer 'gate' needs products from 0 to 4294836225, more than 32 bits}}
  %b = tosa.mul %d, %gd, %s {tally.name = "gate"} : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xi8>) -> tensor<1x2xf32>
  %r = quant.qcast %b : tensor<1x2xf32> to tensor<1x2x!x>
  %y = quant.dcast %r : tensor<1x2x!x> to tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

!x = !quant.uniform<u8:f32, 0.5>
func.func @per_image(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %c = "tosa.const"() <{values = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>}> : () -> tensor<2x2xf32>
  %q = quant.qcast %x : tensor<2x2xf32> to tensor<2x2x!x>
  %d = quant.dcast %q : tensor<2x2x!x> to tensor<2x2xf32>
  // expected-error @below {{layer 'factor' multiplies by what has no form on codes: a constant has to broadcast to the other operand, and be the same for all images}}
  %b = tosa.mul %d, %c, %s {tally.name = "factor"} : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<1xi8>) -> tensor<2x2xf32>
  %r = quant.qcast %b : tensor<2x2xf32> to tensor<2x2x!x>
  %y = quant.dcast %r : tensor<2x2x!x> to tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
