// A core without absolute differences of bytes takes sums of windows, once for all filters, and
// lists of the weights that are neither at the lowest code of the input nor at the highest.
// RUN: qopt %s --split-input-file --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark 2> %t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: qopt %s --split-input-file --tally-set-target="arch=thumbv7em cpu=cortex-m4 features=dsp" --tally-to-linalg | FileCheck %s --check-prefix=DSP
// RUN: qopt %s --split-input-file --tally-lower-to-cpu | FileCheck %s --check-prefix=CPU
// DSP: tally.kernel "usada8"
// CPU-LABEL: llvm.func @main
// CPU: llvm.call_intrinsic "llvm.smin"

!x = !quant.uniform<u8<2:200>:f32, 0.5:3>
!w = !quant.uniform<u8:f32, 0.5:3>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
// Of the first filter, the lowest code is 2 and what lies below, the highest 200 and what lies above: six
// full weights, of which two go into the list of the others, and 7 and 9 between. Four full places, four
// pairs of a place and a code; no others.
// CHECK: ml_program.global private @w{{.*}}(dense<[1, 1, 3, 4, 5, 6, 8, 7, 9, 9, 10, -56, 7, -56, 0, 0]> : tensor<16xi8>)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK: %[[BOX:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<1x2x2xi32>) outs(%{{.*}} : tensor<1x2x2xi16>)
// CHECK: tally.kernel "listed-minima"(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[BOX]])
// CHECK-SAME: {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
// REMARK: [Passed] Kernel{{.*}}Kernel=listed-minima{{.*}}Why="of its weights 88 % lie at the lowest code of its input, 9 % at the highest: 24 bytes of lists in place of 64"
ml_program.global private @w(dense<[[[[0, 1, 2, 200, 201, 255, 200, 220, 7, 9, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]],
                                    [[[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]]]]> : tensor<2x1x1x32xui8>) : tensor<2x1x1x32x!w>
func.func @main(%x: tensor<1x2x2x32x!x>) -> tensor<1x2x2x2x!y> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x32x!w>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "few"}
      : (tensor<1x2x2x32x!x>, tensor<2x1x1x32x!w>) -> tensor<1x2x2x2x!y>
  return %y : tensor<1x2x2x2x!y>
}

// -----

// Lists of most weights would take twice as many bytes as they do.
// REMARK: [Missed] Kernel{{.*}}Function=many {{.*}}Kernel=listed-minima, {{.*}}Why="of its weights 0 % lie at the lowest code of its input, 0 % at the highest: 70 bytes of lists in place of 32"
!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<77> : tensor<1x1x1x32xui8>) : tensor<1x1x1x32x!x>
func.func @main(%x: tensor<1x2x2x32x!x>) -> tensor<1x2x2x1x!y> {
  %w = ml_program.global_load_const @w : tensor<1x1x1x32x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "many"}
      : (tensor<1x2x2x32x!x>, tensor<1x1x1x32x!x>) -> tensor<1x2x2x1x!y>
  return %y : tensor<1x2x2x1x!y>
}

// -----

// Four codes of four bits are compared at once, but not where words may begin anywhere.
// REMARK: [Missed] Kernel{{.*}}Function=words {{.*}}Kernel=listed-minima, {{.*}}Why="four of its codes are compared at once"
// REMARK: [Passed] Kernel{{.*}}Function=words {{.*}}Kernel=swar-differences
// REMARK: [Passed] Kernel{{.*}}Function=odd {{.*}}Kernel=listed-minima
!x = !quant.uniform<u8<0:15>:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<0> : tensor<1x1x1x32xui8>) : tensor<1x1x1x32x!x>
ml_program.global private @v(dense<0> : tensor<1x1x1x33xui8>) : tensor<1x1x1x33x!x>
func.func @main(%x: tensor<1x2x2x32x!x>, %z: tensor<1x2x2x33x!x>) -> (tensor<1x4x4x1x!y>, tensor<1x4x4x1x!y>) {
  %w = ml_program.global_load_const @w : tensor<1x1x1x32x!x>
  %v = ml_program.global_load_const @v : tensor<1x1x1x33x!x>
  %a = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1] {tally.name = "words"}
      : (tensor<1x2x2x32x!x>, tensor<1x1x1x32x!x>) -> tensor<1x4x4x1x!y>
  %b = tally.adder_conv2d %z, %v pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1] {tally.name = "odd"}
      : (tensor<1x2x2x33x!x>, tensor<1x1x1x33x!x>) -> tensor<1x4x4x1x!y>
  return %a, %b : tensor<1x4x4x1x!y>, tensor<1x4x4x1x!y>
}
