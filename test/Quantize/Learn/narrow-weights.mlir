// Codes around 0 of more bits than wanted get fewer, with scales of the least squared error, channel by channel; those
// that are too wide, or lie on one side, stay.
// RUN: qopt %s --tally-narrow-weights="bits=2 widest=4" | FileCheck %s
// RUN: not qopt %s --tally-narrow-weights="bits=5 widest=4" 2>&1 | FileCheck %s --check-prefix=WIDER
// RUN: not qopt %s --tally-narrow-weights="bits=2 widest=5" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: no layer has weights trained to 5 bits; there are layers of 4, 8 bits
// WIDER: requires 'bits' of 2 or more and 'widest' from there to 8, but got 5 and 4

// CHECK: ![[TWO:.*]] = !quant.uniform<i8<-1:1>:f32:0, {3.000000e+00,1.000000e+00}>
// CHECK-DAG: ml_program.global private @four(dense<{{\[\[\[\[}}1]]], {{\[\[\[}}-1]]]]> : tensor<2x1x1x1xi8>) : tensor<2x1x1x1x![[TWO]]>
// CHECK-DAG: @eight(dense<{{.*}}100{{.*}}> : tensor<2x1x1x1xi8>)
ml_program.global private @four(dense<[[[[6]]], [[[-2]]]]> : tensor<2x1x1x1xi8>) : tensor<2x1x1x1x!quant.uniform<i8<-7:7>:f32:0, {0.5, 0.5}>>
ml_program.global private @eight(dense<[[[[100]]], [[[-2]]]]> : tensor<2x1x1x1xi8>) : tensor<2x1x1x1x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.5}>>
func.func @main(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %four = ml_program.global_load_const @four : tensor<2x1x1x1x!quant.uniform<i8<-7:7>:f32:0, {0.5, 0.5}>>
  %w = quant.dcast %four : tensor<2x1x1x1x!quant.uniform<i8<-7:7>:f32:0, {0.5, 0.5}>> to tensor<2x1x1x1xf32>
  %y = tosa.conv2d %x, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "a"}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %eight = ml_program.global_load_const @eight : tensor<2x1x1x1x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.5}>>
  %v = quant.dcast %eight : tensor<2x1x1x1x!quant.uniform<i8<-127:127>:f32:0, {0.5, 0.5}>> to tensor<2x1x1x1xf32>
  %t = tosa.conv2d %x, %v, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "b"}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %y, %t : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
}
