// Convolutions of slices that lie side by side, requantized and put together again, become one sum of a kernel
// and one requantization of all channels.
// RUN: qopt %s --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vnni,sse2,ssse3" --tally-join-groups | FileCheck %s
// RUN: qopt %s --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vnni,sse2,ssse3" --tally-lower-to-cpu | FileCheck %s --check-prefix=CPU
// Where no kernel computes such sums, nothing changes.
// RUN: qopt %s --tally-set-target="mul-free=strict arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vnni,sse2,ssse3" --tally-join-groups | FileCheck %s --check-prefix=APART
// RUN: qopt %s --tally-join-groups | FileCheck %s --check-prefix=APART
// APART-COUNT-6: tosa.conv2d
// APART-NOT: tally.kernel

!x = !quant.uniform<u8:f32, 0.5:3>
!w = !quant.uniform<i8<-64:64>:f32:0, {0.25, 0.5}>
!s = !quant.uniform<i32<-100000:100000>:f32:3, {0.125, 0.25}>
!t = !quant.uniform<i32<-200000:90000>:f32, 0.5>
// CHECK-DAG: ![[SUMS:.*]] = !quant.uniform<i32<-200000:100000>:f32:3, {1.250000e-01,2.500000e-01,5.000000e-01,5.000000e-01}>
// CHECK-DAG: ![[X:.*]] = !quant.uniform<u8:f32, 5.000000e-01:3>
ml_program.global private @w0(dense<"0x0102030405060708"> : tensor<2x1x1x4xi8>) : tensor<2x1x1x4x!w>
ml_program.global private @w1(dense<"0x1112131415161718"> : tensor<2x1x1x4xi8>) : tensor<2x1x1x4x!quant.uniform<i8:f32, 1.0>>

// Roundings are part of the offsets: 4 more behind a shift of 3.
// CHECK-LABEL: func.func @joined
// CHECK-SAME: (%[[ARG:.*]]: tensor<1x4x5x8x![[X]]>
// CHECK: %[[CODES:.*]] = quant.scast %[[ARG]] : tensor<1x4x5x8x![[X]]> to tensor<1x4x5x8xi8>
// CHECK: %[[PADDED:.*]] = tensor.pad %[[CODES]] low[0, 1, 0, 0] high[0, 1, 0, 0]
// CHECK: %[[K:.*]] = tally.kernel "vpdpbusd"(%[[PADDED]], %{{.*}}) {dilation = array<i64: 1, 1>, flip = false, group = 2 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
// CHECK: %[[S:.*]] = quant.scast %[[K]] : tensor<1x6x5x4xi32> to tensor<1x6x5x4x![[SUMS]]>
// CHECK: %[[Y:.*]] = tally.requantize %[[S]] multiplier dense<[3, 3, 5, 6]> : tensor<4xi32> offset dense<[11, 11, 1, 2]> : tensor<4xi64>
// CHECK-SAME: shift dense<[3, 3, 2, 0]> : tensor<4xi8> rounding <floor>
// CHECK-NOT: tosa.concat
// CHECK: return %[[Y]]
// CPU-LABEL: llvm.func @joined
// CPU: "llvm.x86.avx512.vpdpbusd
func.func @joined(%x: tensor<1x4x5x8x!x>) -> tensor<1x6x5x4x!x> {
  %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
  %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
  %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %size = tosa.const_shape {values = dense<[1, 4, 5, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %at0 = tosa.const_shape {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %at4 = tosa.const_shape {values = dense<[0, 0, 0, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %x0 = tosa.slice %x, %at0, %size : (tensor<1x4x5x8x!x>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x5x4x!x>
  %x1 = tosa.slice %x, %at4, %size : (tensor<1x4x5x8x!x>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x5x4x!x>
  %w0 = ml_program.global_load_const @w0 : tensor<2x1x1x4x!w>
  %w1 = ml_program.global_load_const @w1 : tensor<2x1x1x4x!quant.uniform<i8:f32, 1.0>>
  %s0 = tosa.conv2d %x0, %w0, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x5x4x!x>, tensor<2x1x1x4x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x6x5x2x!s>
  %s1 = tosa.conv2d %x1, %w1, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x5x4x!x>, tensor<2x1x1x4x!quant.uniform<i8:f32, 1.0>>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x6x5x2x!t>
  %y0 = tally.requantize %s0 multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64> shift dense<3> : tensor<1xi8> rounding <half_up>
      : tensor<1x6x5x2x!s> -> tensor<1x6x5x2x!x>
  %y1 = tally.requantize %s1 multiplier dense<[5, 6]> : tensor<2xi32> offset dense<[1, 2]> : tensor<2xi64> shift dense<[2, 0]> : tensor<2xi8> rounding <floor>
      : tensor<1x6x5x2x!t> -> tensor<1x6x5x2x!x>
  %y = tosa.concat %y0, %y1 {axis = 3 : i32} : (tensor<1x6x5x2x!x>, tensor<1x6x5x2x!x>) -> tensor<1x6x5x4x!x>
  return %y : tensor<1x6x5x4x!x>
}

// Slices in another order; what comes before the concatenation has another user.
// CHECK-LABEL: func.func @not_these
// CHECK-COUNT-4: tosa.conv2d
// CHECK-NOT: tally.kernel
func.func @not_these(%x: tensor<1x4x5x8x!x>) -> (tensor<1x4x5x4x!x>, tensor<1x4x5x4x!x>, tensor<1x4x5x2x!x>) {
  %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
  %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
  %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %size = tosa.const_shape {values = dense<[1, 4, 5, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %at0 = tosa.const_shape {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %at4 = tosa.const_shape {values = dense<[0, 0, 0, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %x0 = tosa.slice %x, %at0, %size : (tensor<1x4x5x8x!x>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x5x4x!x>
  %x1 = tosa.slice %x, %at4, %size : (tensor<1x4x5x8x!x>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x4x5x4x!x>
  %w0 = ml_program.global_load_const @w0 : tensor<2x1x1x4x!w>
  %s0 = tosa.conv2d %x0, %w0, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x5x4x!x>, tensor<2x1x1x4x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x4x5x2x!s>
  %s1 = tosa.conv2d %x1, %w0, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x5x4x!x>, tensor<2x1x1x4x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x4x5x2x!s>
  %s2 = tosa.conv2d %x0, %w0, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x5x4x!x>, tensor<2x1x1x4x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x4x5x2x!s>
  %s3 = tosa.conv2d %x1, %w0, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x5x4x!x>, tensor<2x1x1x4x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x4x5x2x!s>
  %y0 = tally.requantize %s0 multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64> shift dense<3> : tensor<1xi8> rounding <floor>
      : tensor<1x4x5x2x!s> -> tensor<1x4x5x2x!x>
  %y1 = tally.requantize %s1 multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64> shift dense<3> : tensor<1xi8> rounding <floor>
      : tensor<1x4x5x2x!s> -> tensor<1x4x5x2x!x>
  %y2 = tally.requantize %s2 multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64> shift dense<3> : tensor<1xi8> rounding <floor>
      : tensor<1x4x5x2x!s> -> tensor<1x4x5x2x!x>
  %y3 = tally.requantize %s3 multiplier dense<3> : tensor<1xi32> offset dense<7> : tensor<1xi64> shift dense<3> : tensor<1xi8> rounding <floor>
      : tensor<1x4x5x2x!s> -> tensor<1x4x5x2x!x>
  %a = tosa.concat %y1, %y0 {axis = 3 : i32} : (tensor<1x4x5x2x!x>, tensor<1x4x5x2x!x>) -> tensor<1x4x5x4x!x>
  %c = tosa.concat %y2, %y3 {axis = 3 : i32} : (tensor<1x4x5x2x!x>, tensor<1x4x5x2x!x>) -> tensor<1x4x5x4x!x>
  return %a, %c, %y3 : tensor<1x4x5x4x!x>, tensor<1x4x5x4x!x>, tensor<1x4x5x2x!x>
}
