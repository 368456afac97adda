// Affine maps that change nothing and shuffles that keep the order vanish.
// RUN: qopt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @identities
// CHECK-SAME: (%[[X:.*]]: tensor<1x3xf32>)
// CHECK-NEXT: return %[[X]]
func.func @identities(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %one = "tosa.const"() <{values = dense<1.0> : tensor<3xf32>}> : () -> tensor<3xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<3xf32>}> : () -> tensor<3xf32>
  %0 = tally.channel_affine %x, %one, %zero : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %1 = tally.shuffle_channels %0 [0, 1, 2] : tensor<1x3xf32>
  %2 = tally.take %1 [0, 1, 2] along 1 : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return %2 : tensor<1x3xf32>
}

// CHECK-LABEL: func @others_stay
// CHECK: tally.channel_affine
// CHECK: tally.shuffle_channels
// CHECK: tally.take
// CHECK: tally.take
func.func @others_stay(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %scale = "tosa.const"() <{values = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %0 = tally.channel_affine %x, %scale, %zero : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = tally.shuffle_channels %0 [1, 0] : tensor<1x2xf32>
  %2 = tally.take %1 [0, 1, 0] along 1 : (tensor<1x2xf32>) -> tensor<1x3xf32>
  %3 = tally.take %2 [0, 2] along 1 : (tensor<1x3xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}
