// Codes become signless integers; here is decided whether they are extended with a sign.
// RUN: qopt %s --tally-to-linalg | FileCheck %s

!u = !quant.uniform<u8<0:15>:f32, 0.5:3>
!i = !quant.uniform<i8:f32, 0.5:3>
!sum = !quant.uniform<i32<-1000:0>:f32, 0.5>
!sumi = !quant.uniform<i32<-4000:0>:f32, 0.5>
// CHECK-NOT: tally.{{adder|requantize|sum_pool|box_sum|shuffle}}
// CHECK: ml_program.global private @w(dense<{{.*}}1, 2{{.*}}15, 0{{.*}}> : tensor<2x1x1x2xi8>) : tensor<2x1x1x2xi8>
ml_program.global private @w(dense<[[[[1, 2]]], [[[15, 0]]]]> : tensor<2x1x1x2xui8>) : tensor<2x1x1x2x!u>

// CHECK-LABEL: func @unsigned(%{{.*}}: tensor<1x4x4x2xi8>
// CHECK-SAME: -> (tensor<1x5x4x2xi8>
func.func @unsigned(%x: tensor<1x4x4x2x!u>) -> tensor<1x5x4x2x!u> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x2x!u>
  // Padding holds the code of 0.
  // CHECK: %[[ZERO:.*]] = arith.constant 3 : i8
  // CHECK: tensor.pad %arg0 low[0, 1, 0, 0] high[0, 0, 0, 0]
  // CHECK: tensor.yield %[[ZERO]]
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
  // CHECK: %[[X:.*]] = arith.extui %{{.*}} : i8 to i32
  // CHECK: %[[W:.*]] = arith.extui %{{.*}} : i8 to i32
  // CHECK: %[[D:.*]] = arith.subi %[[X]], %[[W]]
  // CHECK: %[[A:.*]] = math.absi %[[D]]
  // CHECK: arith.subi %{{.*}}, %[[A]]
  %y = tally.adder_conv2d %x, %w pad [1, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!u>, tensor<2x1x1x2x!u>) -> tensor<1x5x4x2x!sum>
  // Product, offset and half = 7 + 2, shift, then the range of the codes, not of their storage.
  // CHECK: arith.muli {{.*}} : i64
  // CHECK: %[[NINE:.*]] = arith.constant 9 : i64
  // CHECK: %[[T:.*]] = arith.addi %{{.*}}, %[[NINE]]
  // CHECK: arith.shrsi %[[T]]
  // CHECK: %[[LOWEST:.*]] = arith.constant 0 : i64
  // CHECK: arith.maxsi %{{.*}}, %[[LOWEST]]
  // CHECK: %[[HIGHEST:.*]] = arith.constant 15 : i64
  // CHECK: arith.minsi %{{.*}}, %[[HIGHEST]]
  // CHECK: arith.trunci {{.*}} : i64 to i8
  %r = tally.requantize %y multiplier dense<[3, -5]> : tensor<2xi32> offset dense<7> : tensor<2xi64> shift dense<2> : tensor<2xi8> rounding <half_up>
      : tensor<1x5x4x2x!sum> -> tensor<1x5x4x2x!u>
  // CHECK: arith.maxui
  %m = tosa.max_pool2d %r {kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x5x4x2x!u>) -> tensor<1x5x4x2x!u>
  return %m : tensor<1x5x4x2x!u>
}

// CHECK-LABEL: func @signed
// CHECK-NOT: arith.extui
// CHECK: arith.extsi %{{.*}} : i8 to i32
// CHECK: arith.extsi %{{.*}} : i8 to i32
// CHECK: arith.maxsi %{{.*}} : i8
func.func @signed(%x: tensor<1x4x4x2x!i>, %w: tensor<2x1x1x2x!i>) -> (tensor<1x4x4x2x!sumi>, tensor<1x4x4x2x!i>) {
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x2x!i>, tensor<2x1x1x2x!i>) -> tensor<1x4x4x2x!sumi>
  %m = tosa.max_pool2d %x {kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2x!i>) -> tensor<1x4x4x2x!i>
  return %y, %m : tensor<1x4x4x2x!sumi>, tensor<1x4x4x2x!i>
}
