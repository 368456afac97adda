// Maps of a layer's sums stand before a reshape of them, where their channels are the same.
// RUN: qopt %s --tally-map-before-reshape | FileCheck %s

ml_program.global private @w(dense<0.5> : tensor<2x1x1x3xf32>) : tensor<2x1x1x3xf32>
ml_program.global private @two(dense<[-1.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @same(dense<-1.0> : tensor<32xf32>) : tensor<32xf32>
ml_program.global private @four(dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>) : tensor<4xf32>
ml_program.global private @many(dense_resource<many> : tensor<32xf32>) : tensor<32xf32>

// Channels stay: in this order, before the reshape.
// CHECK-LABEL: func @channels
// CHECK: %[[SUM:.*]] = tally.adder_conv2d
// CHECK: %[[MAP:.*]] = tally.channel_affine %[[SUM]], %two, %two {tally.name = "map"} : (tensor<1x4x4x2xf32>
// CHECK: %[[CLAMP:.*]] = tosa.clamp %[[MAP]] {{.*}} : (tensor<1x4x4x2xf32>)
// CHECK: %[[Y:.*]] = tosa.reshape %[[CLAMP]]
// CHECK: return %[[Y]] : tensor<16x2xf32>
func.func @channels(%x: tensor<1x4x4x3xf32>) -> tensor<16x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x3xf32>
  %two = ml_program.global_load_const @two : tensor<2xf32>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %shape = tosa.const_shape {values = dense<[16, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.reshape %0, %shape : (tensor<1x4x4x2xf32>, !tosa.shape<2>) -> tensor<16x2xf32>
  %2 = tally.channel_affine %1, %two, %two {tally.name = "map"} : (tensor<16x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<16x2xf32>
  %3 = tosa.clamp %2 {max_val = 6.0 : f32, min_val = 0.0 : f32} : (tensor<16x2xf32>) -> tensor<16x2xf32>
  return %3 : tensor<16x2xf32>
}

// One number for all channels is that for others too; 32 different ones stay behind.
// CHECK-LABEL: func @flat
// CHECK: %[[SUM:.*]] = tally.adder_conv2d
// CHECK: %[[S:.*]] = ml_program.global_load_const @map.scale : tensor<2xf32>
// CHECK: %[[B:.*]] = ml_program.global_load_const @map.bias : tensor<2xf32>
// CHECK: %[[MAP:.*]] = tally.channel_affine %[[SUM]], %[[S]], %[[B]]
// It passes on what the map computes.
// CHECK: %[[FLAT:.*]] = tosa.reshape %[[MAP]], %{{.*}} {tally.name = "map"}
// CHECK: tally.channel_affine %[[FLAT]], %many, %same
func.func @flat(%x: tensor<1x4x4x3xf32>) -> tensor<1x32xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x3xf32>
  %same = ml_program.global_load_const @same : tensor<32xf32>
  %many = ml_program.global_load_const @many : tensor<32xf32>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %shape = tosa.const_shape {values = dense<[1, 32]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.reshape %0, %shape : (tensor<1x4x4x2xf32>, !tosa.shape<2>) -> tensor<1x32xf32>
  %2 = tally.channel_affine %1, %same, %same {tally.name = "map"} : (tensor<1x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<1x32xf32>
  %3 = tally.channel_affine %2, %many, %same : (tensor<1x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<1x32xf32>
  return %3 : tensor<1x32xf32>
}

// Sums that something else takes as well are rounded anyway, and a value that is no sum is left where it is.
// CHECK-LABEL: func @left
// CHECK: tosa.reshape
// CHECK-NEXT: tosa.clamp
// CHECK: tosa.reshape
// CHECK-NEXT: tosa.clamp
func.func @left(%x: tensor<1x4x4x3xf32>) -> (tensor<16x2xf32>, tensor<1x4x4x2xf32>, tensor<16x3xf32>) {
  %w = ml_program.global_load_const @w : tensor<2x1x1x3xf32>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %shape = tosa.const_shape {values = dense<[16, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %1 = tosa.reshape %0, %shape : (tensor<1x4x4x2xf32>, !tosa.shape<2>) -> tensor<16x2xf32>
  %2 = tosa.clamp %1 {max_val = 6.0 : f32, min_val = 0.0 : f32} : (tensor<16x2xf32>) -> tensor<16x2xf32>
  %other = tosa.const_shape {values = dense<[16, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %3 = tosa.reshape %x, %other : (tensor<1x4x4x3xf32>, !tosa.shape<2>) -> tensor<16x3xf32>
  %4 = tosa.clamp %3 {max_val = 6.0 : f32, min_val = 0.0 : f32} : (tensor<16x3xf32>) -> tensor<16x3xf32>
  return %2, %0, %4 : tensor<16x2xf32>, tensor<1x4x4x2xf32>, tensor<16x3xf32>
}

{-#
  dialect_resources: { builtin: { many: "0x040000000000803F0000004000004040000080400000803F0000004000004040000080400000803F0000004000004040000080400000803F0000004000004040000080400000803F0000004000004040000080400000803F0000004000004040000080400000803F0000004000004040000080400000803F000000400000404000008040" } }
#-}

// A map for each part that is put together, with its channels' constants.
// CHECK-LABEL: func @parts
// CHECK: %[[S0:.*]] = tally.adder_conv2d
// CHECK: %[[S1:.*]] = tally.adder_conv2d
// CHECK: %[[A:.*]] = ml_program.global_load_const @four{{.*}} : tensor<2xf32>
// CHECK: %[[M0:.*]] = tally.channel_affine %[[S0]], %[[A]], %{{.*}} {tally.name = "map.0"} : (tensor<1x4x4x2xf32>
// CHECK: %[[B:.*]] = ml_program.global_load_const @four{{.*}} : tensor<2xf32>
// CHECK: %[[M1:.*]] = tally.channel_affine %[[S1]], %[[B]], %{{.*}} {tally.name = "map.1"}
// CHECK: %[[C0:.*]] = tosa.clamp %[[M0]] {{.*}}tally.name = "clamp.0"
// CHECK: %[[C1:.*]] = tosa.clamp %[[M1]]
// CHECK: %[[Y:.*]] = tosa.concat %[[C0]], %[[C1]] {axis = 3 : i32, tally.name = "joined"}
// CHECK: return %[[Y]]
func.func @parts(%x: tensor<1x4x4x3xf32>, %z: tensor<1x4x4x3xf32>) -> tensor<1x4x4x4xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x3xf32>
  %four = ml_program.global_load_const @four : tensor<4xf32>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %1 = tally.adder_conv2d %z, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %2 = tosa.concat %0, %1 {axis = 3 : i32, tally.name = "joined"} : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  %3 = tally.channel_affine %2, %four, %four {tally.name = "map"} : (tensor<1x4x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32>
  %4 = tosa.clamp %3 {max_val = 6.0 : f32, min_val = 0.0 : f32, tally.name = "clamp"} : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %4 : tensor<1x4x4x4xf32>
}

// Along another dimension, or of what is no sum alone, it stays.
// CHECK-LABEL: func @apart
// CHECK: tosa.concat
// CHECK-NEXT: tosa.clamp
// CHECK: tosa.concat
// CHECK-NEXT: tosa.clamp
func.func @apart(%x: tensor<1x4x4x3xf32>, %z: tensor<1x4x4x2xf32>) -> (tensor<1x8x4x2xf32>, tensor<1x4x4x4xf32>) {
  %w = ml_program.global_load_const @w : tensor<2x1x1x3xf32>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %1 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %2 = tosa.concat %0, %1 {axis = 1 : i32} : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x8x4x2xf32>
  %3 = tosa.clamp %2 {max_val = 6.0 : f32, min_val = 0.0 : f32} : (tensor<1x8x4x2xf32>) -> tensor<1x8x4x2xf32>
  %4 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x4x4x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x4x4x2xf32>
  %5 = tosa.concat %4, %z {axis = 3 : i32} : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  %6 = tosa.clamp %5 {max_val = 6.0 : f32, min_val = 0.0 : f32} : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %3, %6 : tensor<1x8x4x2xf32>, tensor<1x4x4x4xf32>
}
