// Cores without vectors work on four bytes in a word: on four small codes in plain arithmetic, and
// by the instructions that ARM has for it. Weights of four bits lie by two filters in a word.
// RUN: qopt %s --split-input-file --tally-to-linalg | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: qopt %s --split-input-file --tally-set-target="arch=thumbv7em cpu=cortex-m4 features=dsp" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2> %t.remarks | FileCheck %s --check-prefixes=CHECK,DSP
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: qopt %s --split-input-file --tally-set-target="arch=thumbv7em cpu=cortex-m4 features=dsp" --tally-lower-to-cpu | FileCheck %s --check-prefix=CPU
// At strict nothing multiplies: differences stay, products are not by a kernel.
// RUN: qopt %s --split-input-file --tally-set-target="mul-free=strict arch=thumbv7em cpu=cortex-m4 features=dsp" --tally-to-linalg | FileCheck %s --check-prefix=STRICT
// What other tools read has no kernels.
// RUN: qopt %s --split-input-file --tally-lower-to-linalg | FileCheck %s --check-prefix=LINALG --implicit-check-not=tally.kernel
// LINALG: linalg.generic

!x = !quant.uniform<u8<0:15>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
// Three filters of four bytes: in the first word the codes of two, in the second those of the last.
// A weight that is no code of the input becomes the next one, and the difference goes into the start.
ml_program.global private @w(dense<[[[[1, 2, 3, 4]]], [[[5, 6, 7, 8]]], [[[9, 10, 11, 20]]]]> : tensor<3x1x1x4xui8>) : tensor<3x1x1x4x!quant.uniform<u8:f32, 0.5>>

// CHECK: ml_program.global private @w{{.*}} : tensor<2xi32>
// PLAIN: arith.constant dense<[-10, -26, -50]> : tensor<3xi32>
// PLAIN: tally.kernel "swar-differences"(%{{.*}}) {bits = 4 : i64, block = 2 : i64, dilation = array<i64: 1, 1>, most = 15 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
// DSP: arith.constant dense<[0, 0, -5]> : tensor<3xi32>
// DSP: tally.kernel "usada8"
// REMARK: [Passed] Kernel{{.*}}Remark="by kernel 'usada8'"
// STRICT: tally.kernel "usada8"
// CPU-LABEL: llvm.func @main
// CPU: llvm.call_intrinsic "llvm.arm.usada8"
func.func @main(%x: tensor<1x2x2x4x!x>) -> tensor<1x2x2x3x!y> {
  %w = ml_program.global_load_const @w : tensor<3x1x1x4x!quant.uniform<u8:f32, 0.5>>
  %s = tally.requantize %x multiplier dense<3> : tensor<1xi32> offset dense<1> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <floor>
      : tensor<1x2x2x4x!x> -> tensor<1x2x2x4x!x>
  %y = tally.adder_conv2d %s, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x2x2x4x!x>, tensor<3x1x1x4x!quant.uniform<u8:f32, 0.5>>) -> tensor<1x2x2x3x!y>
  return %y : tensor<1x2x2x3x!y>
}

// -----

// Products, of bytes by pairs: with the zero point of the input in the bias.
!x = !quant.uniform<u8:f32, 0.5:3>
!w = !quant.uniform<i8:f32, 0.25>
!s = !quant.uniform<i32<-100000:100000>:f32, 0.125>
ml_program.global private @w(dense<[[[[1, -2, 3, 4, 5]]]]> : tensor<1x1x1x5xi8>) : tensor<1x1x1x5x!w>
// DSP: arith.constant dense<-26> : tensor<1xi32>
// DSP: tally.kernel "smlad"
// STRICT-NOT: tally.kernel "smlad"
// CPU-LABEL: llvm.func @main
// CPU: llvm.call_intrinsic "llvm.arm.uxtb16"
// CPU: llvm.call_intrinsic "llvm.arm.smlad"
func.func @main(%x: tensor<1x2x2x5x!x>) -> tensor<1x2x2x1x!s> {
  %w = ml_program.global_load_const @w : tensor<1x1x1x5x!w>
  %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
  %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
  %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x2x2x5x!x>, tensor<1x1x1x5x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x2x1x!s>
  return %y : tensor<1x2x2x1x!s>
}
