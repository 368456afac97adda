// Convolutions on bytes use the machine's instruction for sums of
// products of bytes; 4-bit codes are unpacked through byte shuffles. The weights are laid out
// for it, and what the input's sign and zero point add goes into the bias: for the first filter,
// whose weights 1, 2, 4 and 8 add up to 15, 7 - (128 - 3) * 15 = -1868.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=ssse3" --tally-to-linalg | FileCheck %s --check-prefix=LINALG
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=ssse3" --tally-lower-to-cpu | FileCheck %s --check-prefix=PAIRS
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=ssse3,avxvnni" --tally-lower-to-cpu | FileCheck %s --check-prefix=QUADS
// Where nothing may multiply, no kernel of products is asked for.
// RUN: qopt %s --split-input-file --tally-set-target="mul-free=macs arch=x86_64 features=ssse3" --tally-to-linalg | FileCheck %s --check-prefix=FREE
// FREE-LABEL: func.func @main
// FREE-NOT: tally.kernel
// FREE: linalg.generic
// RUN: qopt %s --split-input-file --tally-set-target=arch=x86_64 --tally-lower-to-cpu | FileCheck %s --check-prefix=NONE

!x = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8<-64:64>:f32, 0.25>
!y = !quant.uniform<i32<-100000:100000>:f32, 0.125>
ml_program.global private @codes(dense<"0x21432143214321432143214321432143"> : tensor<16xui8>) : tensor<8x1x1x4x!tally.pot<s4, 0.25>>

// LINALG-DAG: arith.constant dense<-1868> : tensor<8xi32>
// LINALG-DAG: tally.kernel "pshufb"(%{{.*}}) {levels = array<i8: 0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64>}
// LINALG: tally.kernel "pmaddubsw"(%{{.*}}) {dilation = array<i64: 1, 1>, flip = true, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
// PAIRS-LABEL: llvm.func @main
// PAIRS: llvm.x86.ssse3.pshuf.b.128
// PAIRS: llvm.xor
// PAIRS: llvm.x86.ssse3.pmadd.ub.sw.128
// PAIRS: llvm.x86.sse2.pmadd.wd
// QUADS: llvm.x86.ssse3.pshuf.b.128
// QUADS: llvm.x86.avx512.vpdpbusd.256
// NONE-LABEL: llvm.func @main
// NONE-NOT: llvm.x86
func.func @main(%x: tensor<1x4x4x4x!x>) -> tensor<1x4x4x8x!y> {
  %codes = ml_program.global_load_const @codes : tensor<8x1x1x4x!tally.pot<s4, 0.25>>
  %w = tally.decode %codes : tensor<8x1x1x4x!tally.pot<s4, 0.25>> -> tensor<8x1x1x4x!w>
  %bias = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
  %zp = "tosa.const"() <{values = dense<-3> : tensor<1xi8>}> : () -> tensor<1xi8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %bias, %zp, %zero {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x4x!x>, tensor<8x1x1x4x!w>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x8x!y>
  return %y : tensor<1x4x4x8x!y>
}

// -----

// Products of pairs may saturate with ordinary 8-bit weights: for them, 16 bits at a time.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=sse2,ssse3" --tally-to-linalg | FileCheck %s --check-prefix=LARGE
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=ssse3,avxvnni" --tally-to-linalg | FileCheck %s --check-prefix=FOURS
// LARGE-LABEL: func.func @large
// LARGE: tally.kernel "pmaddwd"({{.*}}flip = false
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=sse2,avx2" --tally-lower-to-cpu | FileCheck %s --check-prefix=WORDS
// WORDS-LABEL: llvm.func @large
// WORDS: llvm.x86.avx2.pmadd.wd
// On AArch64 inputs have a sign: these lose 128, which is 128 * 400 more for the start.
// RUN: qopt %s --split-input-file --tally-set-target="arch=aarch64 features=neon,dotprod" --tally-to-linalg | FileCheck %s --check-prefix=SDOT
// RUN: qopt %s --split-input-file --tally-set-target="arch=aarch64 features=neon,dotprod" --tally-lower-to-cpu | FileCheck %s --check-prefix=A64
// RUN: qopt %s --split-input-file --tally-set-target="arch=aarch64 features=neon" --tally-to-linalg | FileCheck %s --check-prefix=NEON
// SDOT-LABEL: func.func @large
// SDOT: arith.constant dense<51200> : tensor<8xi32>
// SDOT: tally.kernel "sdot"({{.*}}flip = true
// A64-LABEL: llvm.func @large
// A64: llvm.aarch64.neon.sdot.v4i32.v16i8
// NEON-LABEL: func.func @large
// NEON-NOT: tally.kernel
// FOURS-LABEL: func.func @large
// FOURS: tally.kernel "vpdpbusd"({{.*}}flip = false
!u = !quant.uniform<u8:f32, 0.5>
!v = !quant.uniform<i8<-127:127>:f32, 0.25>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>
ml_program.global private @w(dense<100> : tensor<8x1x1x4xi8>) : tensor<8x1x1x4x!v>
func.func @large(%x: tensor<1x4x4x4x!u>) -> tensor<1x4x4x8x!s> {
  %w = ml_program.global_load_const @w : tensor<8x1x1x4x!v>
  %bias = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %zp = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %bias, %zp, %zero {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x4x!u>, tensor<8x1x1x4x!v>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x4x4x8x!s>
  return %y : tensor<1x4x4x8x!s>
}
