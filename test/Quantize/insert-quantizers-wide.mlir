// Above 8 bits the input of a convolution has as many codes as its sums leave room for: the
// filter's twelve codes are 127 and 63, which leaves 2^31 - 1 over 1140. What is snapped next
// is as fine as 32 bits allow.
// RUN: qopt %s --tally-insert-quantizers 2>%t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=NEGATIVE < %t.err

// NEGATIVE: warning: 'levels' rounds to levels without a sign, but its input goes down to -4{{.*}}: what is negative becomes 0

// CHECK-DAG: ![[WIDE:.*]] = !quant.uniform<i32<-1883757:1883757>:f32,
// CHECK-DAG: ![[FINE:.*]] = !quant.uniform<i32<0:83886080>:f32, {{.*}}>
#in = #tally.sketch<count = 4, min = -4.0, max = 3.9, exponent = 1, first = -2, bins = [1, 1, 1, 1]>
ml_program.global private @w(dense<[[[[1.27, -0.63], [1.27, -0.63], [0.63, -1.27]], [[0.63, -1.27], [1.27, 0.63], [-0.63, 1.27]]]]> : tensor<1x2x3x2xf32>) : tensor<1x2x3x2xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x2x3x2xf32>) -> tensor<1x1x1x1xf32> {
  %w = ml_program.global_load_const @w : tensor<1x2x3x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // CHECK: quant.qcast %arg0 : {{.*}} to tensor<1x2x3x2x![[WIDE]]>
  %x1 = tally.observe %x sketch #in : tensor<1x2x3x2xf32>
  %y = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {activation_bits = 24 : i64}}
      : (tensor<1x2x3x2xf32>, tensor<1x2x3x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  // CHECK: tosa.conv2d
  // CHECK: quant.qcast %{{.*}} : {{.*}} to tensor<1x1x1x1x![[FINE]]>
  %y1 = tally.observe %y sketch #in : tensor<1x1x1x1xf32>
  %z = tally.snap %y1 to !tally.pot<additive u3, 0.5> {tally.name = "levels"} : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
  return %z : tensor<1x1x1x1xf32>
}
