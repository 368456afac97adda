// Depthwise layers and layers with groups: lanes are filters, each with bytes of its own channels.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vnni,sse2,ssse3" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2> %t.remarks | FileCheck %s --check-prefixes=LINALG,VNNI
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vnni,sse2,ssse3" --tally-lower-to-cpu | FileCheck %s --check-prefixes=CPU,CPU512
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,sse2,ssse3" --tally-lower-to-cpu | FileCheck %s --check-prefixes=CPU,CPU256
// RUN: qopt %s --split-input-file --tally-set-target="arch=aarch64 features=neon,dotprod" --tally-to-linalg | FileCheck %s --check-prefixes=LINALG,A64
// Without multiplications: adder layers as ever, no product.
// RUN: qopt %s --split-input-file --tally-set-target="mul-free=strict arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vnni,sse2,ssse3" --tally-to-linalg | FileCheck %s --check-prefix=STRICT
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,sse2" --tally-lower-to-cpu | FileCheck %s --check-prefix=SUMS

!x = !quant.uniform<u8:f32, 0.5:3>
!w = !quant.uniform<i8:f32, 0.25>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>
// Two channels by two filters, three rows in a column and none for a fourth: 3 * 2 columns, no more
// than one word of each filter, and 64 bytes behind them. The bias of the first filter, 7, less 3 * (1 + 5 + 9 + ..).
ml_program.global private @w(dense<[[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]], [[[9, 10], [11, 12]]]]> : tensor<3x1x2x2xi8>) : tensor<3x1x2x2x!w>
// LINALG: ml_program.global private @w{{.*}} : tensor<128xi8>
// VNNI: arith.constant dense<[-38, -47, -56, -65]> : tensor<4xi32>
// A64: arith.constant dense<[1882, 2257, 2632, 3007]> : tensor<4xi32>
// VNNI: tally.kernel "vpdpbusd"(%{{.*}}) {dilation = array<i64: 1, 1>, flip = false, group = 2 : i64, stride = array<i64: 1, 1>, window = array<i64: 3, 1>}
// A64: tally.kernel "sdot"(%{{.*}}) {dilation = array<i64: 1, 1>, flip = true, group = 2 : i64, stride = array<i64: 1, 1>, window = array<i64: 3, 1>}
// REMARK: [Passed] Kernel{{.*}}Remark="by kernel 'vpdpbusd'"
// STRICT-LABEL: func.func @depthwise
// STRICT-NOT: tally.kernel
// Each channel twice; then the first row with the third, the second with that in place of a fourth.
// CPU-LABEL: llvm.func @depthwise
// CPU: llvm.shufflevector {{.*}} [0, 0, 1, 1]
// CPU512: "llvm.x86.avx512.vpdpbusd.128"
// CPU256: "llvm.x86.ssse3.pmadd.ub.sw.128"
func.func @depthwise(%x: tensor<1x4x1x2x!x>) -> tensor<1x2x1x4x!s> {
  %w = ml_program.global_load_const @w : tensor<3x1x2x2x!w>
  %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
  %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
  %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.depthwise_conv2d %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x1x2x!x>, tensor<3x1x2x2x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x1x4x!s>
  return %y : tensor<1x2x1x4x!s>
}

// -----

!x = !quant.uniform<u8<0:15>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<[[[[5, 20]]], [[[6, 7]]], [[[8, 9]]], [[[1, 2]]]]> : tensor<4x1x1x2xui8>) : tensor<4x1x1x2x!quant.uniform<u8:f32, 0.5>>
// No difference of codes of four bits is larger than 15; one weight is no such code.
// LINALG-LABEL: func.func @groups
// LINALG: arith.constant dense<[-5, 0, 0, 0]> : tensor<4xi32>
// LINALG: tally.kernel "group-differences"(%{{.*}}) {dilation = array<i64: 1, 1>, flip = false, group = 2 : i64, most = 15 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
// REMARK: [Missed] Kernel{{.*}}Remark="not by kernel 'psadbw': its groups have fewer filters than a register has lanes, or fewer channels than a lane has bytes"
// REMARK: [Passed] Kernel{{.*}}Remark="by kernel 'group-differences'"
// STRICT-LABEL: func.func @groups
// STRICT: tally.kernel "group-differences"
// CPU-LABEL: llvm.func @groups
// CPU: llvm.intr.umax{{.*}} : (vector<16xi8>, vector<16xi8>)
// CPU: llvm.intr.umin
// Differences that fit a byte are added up in bytes.
// SUMS-LABEL: llvm.func @groups
// SUMS: llvm.add {{.*}} : vector<16xi8>
// SUMS-NOT: llvm.lshr {{.*}} : vector<8xi16>
// SUMS: llvm.zext {{.*}} : vector<16xi8> to vector<16xi32>
// SUMS-LABEL: llvm.func @halves
// SUMS-NOT: llvm.mul {{.*}}vector
func.func @groups(%x: tensor<1x3x3x4x!x>) -> tensor<1x3x3x4x!y> {
  %w = ml_program.global_load_const @w : tensor<4x1x1x2x!quant.uniform<u8:f32, 0.5>>
  %s = tally.requantize %x multiplier dense<3> : tensor<1xi32> offset dense<1> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <floor>
      : tensor<1x3x3x4x!x> -> tensor<1x3x3x4x!x>
  %y = tally.adder_conv2d %s, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2
      : (tensor<1x3x3x4x!x>, tensor<4x1x1x2x!quant.uniform<u8:f32, 0.5>>) -> tensor<1x3x3x4x!y>
  return %y : tensor<1x3x3x4x!y>
}

// -----

// Others by pairs of bytes in 16 bits, and their higher bytes alone. Four outputs of sixteen channels
// share a register of 512 bits.
!x = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<5> : tensor<16x3x1x1xi8>) : tensor<16x3x1x1x!x>
// LINALG-LABEL: func.func @halves
// LINALG: tally.kernel "group-differences"(%{{.*}}) {dilation = array<i64: 1, 1>, flip = true, group = 16 : i64, most = 255 : i64, stride = array<i64: 1, 1>, window = array<i64: 3, 1>}
// CPU-LABEL: llvm.func @halves
// CPU512: llvm.xor {{.*}} : vector<64xi8>
// CPU512: llvm.lshr {{.*}} : vector<32xi16>
// CPU256: llvm.xor {{.*}} : vector<32xi8>
// CPU256: llvm.lshr {{.*}} : vector<16xi16>
func.func @halves(%x: tensor<1x3x8x16x!x>) -> tensor<1x1x8x16x!y> {
  %w = ml_program.global_load_const @w : tensor<16x3x1x1x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 16
      : (tensor<1x3x8x16x!x>, tensor<16x3x1x1x!x>) -> tensor<1x1x8x16x!y>
  return %y : tensor<1x1x8x16x!y>
}
