// Adder layers on bytes use the machine's sum of absolute differences. Weights lie by eight filters
// and eight bytes of a run; one that is no code of the input, here -3 for codes without a sign,
// becomes the next code, and the difference goes into the start.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=sse2" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2> %t.remarks | FileCheck %s --check-prefix=LINALG
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=sse2" --tally-lower-to-cpu | FileCheck %s --check-prefixes=CPU,SSE2
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,sse2" --tally-lower-to-cpu | FileCheck %s --check-prefixes=CPU,AVX2
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,sse2" --tally-lower-to-cpu --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2> %t.tiles | FileCheck %s --check-prefixes=CPU,AVX512
// RUN: FileCheck %s --check-prefix=TILES < %t.tiles
// On Intel's processors sums of up to 32 differences, in 16 bits, saturate.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 cpu=icelake-server features=avx2,avx512bw,avx512vl,sse2" --tally-lower-to-cpu | FileCheck %s --check-prefix=INTEL
// TILES: [Passed] Tile{{.*}}Remark="in tiles of 2 outputs by 8 lanes"
// TILES: [Passed] Tile{{.*}}Remark="in tiles of 3 outputs by 8 lanes"
// Nothing multiplies: at every level.
// RUN: qopt %s --split-input-file --tally-set-target="mul-free=strict arch=x86_64 features=sse2" --tally-to-linalg | FileCheck %s --check-prefix=LINALG
// RUN: qopt %s --split-input-file --tally-set-target=arch=x86_64 --tally-lower-to-cpu | FileCheck %s --check-prefix=NONE
// NONE-NOT: llvm.x86

!x = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
// Two filters of 3 x 3 x 1; runs of three bytes.
ml_program.global private @w(dense<[[[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]],
                                    [[[-3], [0], [0]], [[0], [0], [0]], [[0], [0], [127]]]]> : tensor<2x3x3x1xi8>) : tensor<2x3x3x1x!w>

// LINALG: ml_program.global private @w{{.*}} : tensor<1x3x1x8x8xi8>
// LINALG: arith.constant dense<[0, -3]> : tensor<2xi32>
// LINALG: tally.kernel "psadbw"(%{{.*}}) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 3, 3>}
// REMARK: [Passed] Kernel{{.*}}Remark="by kernel 'psadbw'"
// CPU-LABEL: llvm.func @main
// CPU-NOT: llvm.xor
// SSE2: llvm.x86.sse2.psad.bw
// AVX2: llvm.x86.sse2.psad.bw
// AVX512: llvm.x86.sse2.psad.bw
func.func @main(%x: tensor<1x4x4x1x!x>) -> tensor<1x2x2x2x!y> {
  %w = ml_program.global_load_const @w : tensor<2x3x3x1x!w>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x1x!x>, tensor<2x3x3x1x!w>) -> tensor<1x2x2x2x!y>
  return %y : tensor<1x2x2x2x!y>
}

// -----

// Three rows of twelve words: each row is put away.
!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<5> : tensor<8x3x3x32xui8>) : tensor<8x3x3x32x!x>
// INTEL-LABEL: llvm.func @rows
// INTEL-LABEL: llvm.func internal @step.w
// INTEL: %[[SAD:.*]] = llvm.call_intrinsic "llvm.x86.avx512.psad.bw.512"
// INTEL: %[[MORE:.*]] = llvm.bitcast %[[SAD]] : vector<8xi64> to vector<32xi16>
// INTEL: llvm.intr.uadd.sat(%{{.*}}, %[[MORE]]) : (vector<32xi16>, vector<32xi16>) -> vector<32xi16>
// INTEL: llvm.add %{{.*}} : vector<8xi64>
func.func @rows(%x: tensor<1x5x5x32x!x>) -> tensor<1x3x3x8x!y> {
  %w = ml_program.global_load_const @w : tensor<8x3x3x32x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x5x5x32x!x>, tensor<8x3x3x32x!x>) -> tensor<1x3x3x8x!y>
  return %y : tensor<1x3x3x8x!y>
}

// -----

// 37 words side by side: no few of them fit.
!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<5> : tensor<8x1x1x296xui8>) : tensor<8x1x1x296x!x>
// INTEL-LABEL: llvm.func @prime
// INTEL-NOT: uadd.sat
func.func @prime(%x: tensor<1x2x2x296x!x>) -> tensor<1x2x2x8x!y> {
  %w = ml_program.global_load_const @w : tensor<8x1x1x296x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x2x2x296x!x>, tensor<8x1x1x296x!x>) -> tensor<1x2x2x8x!y>
  return %y : tensor<1x2x2x8x!y>
}

// -----

// Codes with a sign: 128 is added to both. Three outputs of nine in a tile, whose runs of ten bytes
// are read as two times eight, of which a mask hides those that would count twice; the dilation takes rows apart.
!x = !quant.uniform<i8:f32, 0.5:3>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<5> : tensor<8x1x2x10xi8>) : tensor<8x1x2x10x!x>
// INTEL-LABEL: llvm.func @signed
// LINALG-LABEL: func.func @signed
// LINALG: tally.kernel "psadbw"(%{{.*}}) {dilation = array<i64: 1, 2>, flip = true, stride = array<i64: 1, 1>, window = array<i64: 1, 2>}
// LINALG-SAME: tensor<1x2x2x8x8xi8>
// CPU-LABEL: llvm.func @signed
// SSE2: llvm.xor
// SSE2: llvm.and
// SSE2: llvm.x86.sse2.psad.bw
// AVX2: llvm.x86.avx2.psad.bw
// AVX512: llvm.x86.avx512.psad.bw.512
func.func @signed(%x: tensor<1x3x5x10x!x>) -> tensor<1x3x3x8x!y> {
  %w = ml_program.global_load_const @w : tensor<8x1x2x10x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 2]
      : (tensor<1x3x5x10x!x>, tensor<8x1x2x10x!x>) -> tensor<1x3x3x8x!y>
  return %y : tensor<1x3x3x8x!y>
}

// -----

!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<5> : tensor<8x1x1x4xui8>) : tensor<8x1x1x4x!x>
// REMARK: [Missed] Kernel{{.*}}Remark="not by kernel 'psadbw': its groups have fewer filters than a register has lanes, or fewer channels than a lane has bytes"
// LINALG-LABEL: func.func @grouped
// LINALG-NOT: tally.kernel "psadbw"
func.func @grouped(%x: tensor<1x3x3x8x!x>) -> tensor<1x3x3x8x!y> {
  %w = ml_program.global_load_const @w : tensor<8x1x1x4x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2
      : (tensor<1x3x3x8x!x>, tensor<8x1x1x4x!x>) -> tensor<1x3x3x8x!y>
  return %y : tensor<1x3x3x8x!y>
}
