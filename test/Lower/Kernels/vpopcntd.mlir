// Adder layers on codes of two bits count bits where the processor does: the input goes into three
// planes of a bit, the weights lie in two by sixteen filters and 32 bits of a run.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vpopcntdq,sse2" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2> %t.remarks | FileCheck %s --check-prefix=LINALG
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vpopcntdq,sse2" --tally-lower-to-cpu | FileCheck %s --check-prefix=CPU
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avx512bw,avx512vl,sse2" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark -o %t.out 2>&1 | FileCheck %s --check-prefix=WITHOUT
// Nothing multiplies: at every level.
// RUN: qopt %s --split-input-file --tally-set-target="mul-free=strict arch=x86_64 features=avx2,avx512bw,avx512vl,avx512vpopcntdq,sse2" --tally-to-linalg | FileCheck %s --check-prefix=LINALG

!u = !quant.uniform<u8:f32, 0.5>
!x = !quant.uniform<i8<-1:2>:f32, 0.5>
!w = !quant.uniform<i8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
// Windows of three runs of 24 bits; -2 becomes -1, the least code, which takes one from the sums of its filter.
ml_program.global private @w(dense<-2> : tensor<17x3x3x8xi8>) : tensor<17x3x3x8x!w>

// LINALG: ml_program.global private @w{{.*}} : tensor<2x3x1x32x4xi8>
// LINALG-LABEL: func.func @main
// LINALG: %[[PLANES:.*]] = tally.kernel "bit-planes"(%{{.*}}) {lowest = -1 : i64} : (tensor<1x8x8x8xi8>) -> tensor<3x8x8x1xi8>
// LINALG: arith.constant dense<-72> : tensor<17xi32>
// LINALG: tally.kernel "vpopcntd"(%[[PLANES]], %{{.*}}) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 3, 3>}
// REMARK: [Passed] Kernel{{.*}}Remark="by kernel 'vpopcntd'"
// WITHOUT: [Missed] Kernel{{.*}}Kernel=vpopcntd, {{.*}}Why="the processor has no avx512vpopcntdq"
// WITHOUT: [Passed] Kernel{{.*}}Remark="by kernel 'psadbw'"
// CPU-LABEL: llvm.func @main
// 64 comparisons become 64 bits.
// CPU: llvm.bitcast {{.*}} : vector<64xi1> to vector<8xi8>
// CPU: llvm.intr.ctpop({{.*}}) : (vector<16xi32>) -> vector<16xi32>
func.func @main(%x: tensor<1x6x6x8x!u>) -> tensor<1x6x6x17x!y> {
  %w = ml_program.global_load_const @w : tensor<17x3x3x8x!w>
  %c = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<6> : tensor<1xi8> rounding <half_up>
      : tensor<1x6x6x8x!u> -> tensor<1x6x6x8x!x>
  %y = tally.adder_conv2d %c, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x6x6x8x!x>, tensor<17x3x3x8x!w>) -> tensor<1x6x6x17x!y>
  return %y : tensor<1x6x6x17x!y>
}

// -----

// What comes from outside may be any byte.
!x = !quant.uniform<u8<0:3>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<2> : tensor<16x3x3x8xui8>) : tensor<16x3x3x8x!x>
// LINALG-LABEL: func.func @outside
// LINALG: tally.kernel "psadbw"
func.func @outside(%x: tensor<1x6x6x8x!x>) -> tensor<1x6x6x16x!y> {
  %w = ml_program.global_load_const @w : tensor<16x3x3x8x!x>
  %y = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x6x6x8x!x>, tensor<16x3x3x8x!x>) -> tensor<1x6x6x16x!y>
  return %y : tensor<1x6x6x16x!y>
}

// -----

!u = !quant.uniform<u8:f32, 0.5>
!x = !quant.uniform<u8<0:3>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<2> : tensor<16x3x3x12xui8>) : tensor<16x3x3x12x!x>
// REMARK: [Missed] Kernel{{.*}}Kernel=vpopcntd, {{.*}}Why="its channels are not a multiple of 8"
// LINALG-LABEL: func.func @twelve
// LINALG: tally.kernel "psadbw"
func.func @twelve(%x: tensor<1x6x6x12x!u>) -> tensor<1x6x6x16x!y> {
  %w = ml_program.global_load_const @w : tensor<16x3x3x12x!x>
  %c = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<6> : tensor<1xi8> rounding <half_up>
      : tensor<1x6x6x12x!u> -> tensor<1x6x6x12x!x>
  %y = tally.adder_conv2d %c, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x6x6x12x!x>, tensor<16x3x3x12x!x>) -> tensor<1x6x6x16x!y>
  return %y : tensor<1x6x6x16x!y>
}

// -----

// A byte of bits where 32 fit: no better than a word of bytes.
!u = !quant.uniform<u8:f32, 0.5>
!x = !quant.uniform<u8<0:3>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<2> : tensor<16x1x1x8xui8>) : tensor<16x1x1x8x!x>
// REMARK: [Missed] Kernel{{.*}}Kernel=vpopcntd, {{.*}}Why="bytes take no longer"
// LINALG-LABEL: func.func @short
// LINALG: tally.kernel "psadbw"
func.func @short(%x: tensor<1x6x6x8x!u>) -> tensor<1x6x6x16x!y> {
  %w = ml_program.global_load_const @w : tensor<16x1x1x8x!x>
  %c = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<6> : tensor<1xi8> rounding <half_up>
      : tensor<1x6x6x8x!u> -> tensor<1x6x6x8x!x>
  %y = tally.adder_conv2d %c, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x6x6x8x!x>, tensor<16x1x1x8x!x>) -> tensor<1x6x6x16x!y>
  return %y : tensor<1x6x6x16x!y>
}

// -----

!u = !quant.uniform<u8:f32, 0.5>
!x = !quant.uniform<u8<0:3>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<2> : tensor<16x3x3x8xui8>) : tensor<16x3x3x8x!x>
// REMARK: [Missed] Kernel{{.*}}Kernel=vpopcntd, {{.*}}Why="it has groups of channels"
// LINALG-LABEL: func.func @grouped
// LINALG: tally.kernel "psadbw"({{.*}} group = 2
func.func @grouped(%x: tensor<1x6x6x16x!u>) -> tensor<1x6x6x16x!y> {
  %w = ml_program.global_load_const @w : tensor<16x3x3x8x!x>
  %c = tally.requantize %x multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<6> : tensor<1xi8> rounding <half_up>
      : tensor<1x6x6x16x!u> -> tensor<1x6x6x16x!x>
  %y = tally.adder_conv2d %c, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1] group 2
      : (tensor<1x6x6x16x!x>, tensor<16x3x3x8x!x>) -> tensor<1x6x6x16x!y>
  return %y : tensor<1x6x6x16x!y>
}
