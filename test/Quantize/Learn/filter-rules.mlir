// Quantizers whose scales follow from the weights learn nothing; those that learn a clip say so. Frozen, all are codes.
// RUN: qopt %s --tally-learn-quantizers | FileCheck %s
// RUN: qopt %s --tally-learn-quantizers --tally-collapse-mixtures --tally-freeze-quantizers | FileCheck %s --check-prefix=CODES

// CHECK-DAG: !pot1 = !tally.pot<s1:0 nonzero
// CHECK-DAG: !pot2 = !tally.pot<s2:0
// CHECK-DAG: ml_program.global private @inner.step(
// CHECK-DAG: ml_program.global private @inner.pact4.step(
// CHECK-DAG: ml_program.global private @inner.attention(
// CHECK-DAG: ml_program.global private @a.weight.attention({{.*}}tensor<3xf32>
// CHECK-NOT: weight.step
// CHECK-LABEL: func.func @main
// CHECK: %[[BWN:.*]] = tally.filter_quantizer %[[W:.*]] to !pot1 : tensor<2x1x1x2xf32>
// CHECK: %[[TWN:.*]] = tally.filter_quantizer %[[W]] to !pot2
// CHECK: %[[SAWB:.*]] = tally.filter_quantizer %[[W]] to !i8
// CHECK: %[[A:.*]] = tally.mixture %[[BWN]], %[[TWN]], %[[SAWB]] by
// CHECK: tosa.conv2d %{{.*}}, %[[A]]
// CHECK: tally.learned_quantizer {{.*}}tally.learns_clip
// CHECK: tally.learned_quantizer {{.*}}tally.learns_clip
// CHECK: tally.mixture
// CHECK: %[[B:.*]] = tally.filter_quantizer %{{.*}} to !pot2
// CHECK: tosa.conv2d %{{.*}}, %[[B]]

// 0.5 and -0.25: the mean is 0.375. Signs of 1 bit: 0, 1 and 0, 0.
// CODES-DAG: !pot1 = !tally.pot<s1:0 nonzero, {3.750000e-01, 5.000000e-01}>
// CODES-DAG: @a.weight(dense<2> : tensor<1xui8>) : tensor<2x1x1x2x!pot1>
// The threshold is 0.7 * 0.3125 = 0.21875, and 0.125 is below it.
// CODES-DAG: !pot2 = !tally.pot<s2:0, {5.000000e-01}>
// CODES-DAG: @b.weight(dense<3> : tensor<1xui8>) : tensor<1x1x1x2x!pot2>
// CODES-NOT: learns_clip
ml_program.global private @a.weight(dense<[[[[0.5, -0.25]]], [[[0.25, 0.75]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
ml_program.global private @b.weight(dense<[[[[-0.5, 0.125]]]]> : tensor<1x1x1x2xf32>) : tensor<1x1x1x2xf32>
!inner = !quant.uniform<u8<0:3>:f32, 0.25>
func.func @main(%x: tensor<1x2x2x2xf32>) -> tensor<1x2x2x1xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %w = ml_program.global_load_const @a.weight : tensor<2x1x1x2xf32>
  %y = tosa.conv2d %x, %w, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "a", tally.plan = {bits = 1 : i64, levels = "bwn", quantizer = "dqa", members = "twn, sawb4, pact4"}}
      : (tensor<1x2x2x2xf32>, tensor<2x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %yc = quant.qcast %y : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!inner>
  %yq = quant.dcast %yc {tally.name = "inner"} : tensor<1x2x2x2x!inner> to tensor<1x2x2x2xf32>
  %v = ml_program.global_load_const @b.weight : tensor<1x1x1x2xf32>
  %r = tosa.conv2d %yq, %v, %z, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "b", tally.plan = {activation_bits = 2 : i64, activation_quantizer = "dqa", activation_steps = "pact", bits = 2 : i64, levels = "twn", members = "pact4"}}
      : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  return %r : tensor<1x2x2x1xf32>
}
