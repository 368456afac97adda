// Codes become signless integers; here is decided whether they are extended with a sign.
// RUN: qopt %s --tally-to-linalg | FileCheck %s

!u = !quant.uniform<u8<0:15>:f32, 0.5:3>
!i = !quant.uniform<i8:f32, 0.5:3>
!sum = !quant.uniform<i32<-1000:0>:f32, 0.5>
!sumi = !quant.uniform<i32<-4000:0>:f32, 0.5>
// CHECK-DAG: #[[PER_CHANNEL:.*]] = affine_map<(d0, d1, d2, d3) -> (0, 0, 0, d3)>
// CHECK-NOT: tally.{{adder|requantize|sum_pool|box_sum|shuffle|table|multiply}}
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
  // CHECK: arith.muli {{.*}} : i32
  // CHECK: %[[NINE:.*]] = arith.constant 9 : i32
  // CHECK: %[[T:.*]] = arith.addi %{{.*}}, %[[NINE]]
  // CHECK: arith.shrsi %[[T]]
  // CHECK: %[[LOWEST:.*]] = arith.constant 0 : i32
  // CHECK: arith.maxsi %{{.*}}, %[[LOWEST]]
  // CHECK: %[[HIGHEST:.*]] = arith.constant 15 : i32
  // CHECK: arith.minsi %{{.*}}, %[[HIGHEST]]
  // CHECK: arith.trunci {{.*}} : i32 to i8
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

// A code less the lowest one is where its entry is.
// CHECK-LABEL: func @looked_up
// CHECK: %[[X:.*]] = arith.extsi %{{.*}} : i8 to i32
// CHECK: %[[LOWEST:.*]] = arith.constant -128 : i32
// CHECK: %[[ENTRY:.*]] = arith.subi %[[X]], %[[LOWEST]]
// CHECK: %[[INDEX:.*]] = arith.index_castui %[[ENTRY]] : i32 to index
// CHECK: tensor.extract %{{.*}}[%[[INDEX]]] : tensor<256xi32>
// CHECK: %[[Y:.*]] = arith.extui %{{.*}} : i8 to i32
// CHECK-NOT: arith.subi
// CHECK: arith.index_castui %[[Y]]
func.func @looked_up(%x: tensor<1x4x!i>, %t: tensor<256x!sum>, %y: tensor<1x4x!u>, %s: tensor<16x!i>) -> (tensor<1x4x!sum>, tensor<1x4x!i>) {
  %a = tally.table %x, %t : (tensor<1x4x!i>, tensor<256x!sum>) -> tensor<1x4x!sum>
  %b = tally.table %y, %s : (tensor<1x4x!u>, tensor<16x!i>) -> tensor<1x4x!i>
  return %a, %b : tensor<1x4x!sum>, tensor<1x4x!i>
}

// One factor for each channel, whatever the place.
// CHECK-LABEL: func @gate
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[PER_CHANNEL]], #
// CHECK: %[[X:.*]] = arith.subi %{{.*}}, %{{.*}} overflow<nsw> : i32
// CHECK: %[[G:.*]] = arith.subi %{{.*}}, %{{.*}} overflow<nsw> : i32
// CHECK: arith.muli %[[X]], %[[G]] overflow<nsw> : i32
// CHECK: arith.trunci %{{.*}} : i32 to i16
!product = !quant.uniform<i16<-10000:20000>:f32, 0.25>
func.func @gate(%x: tensor<1x4x4x2x!u>, %g: tensor<1x1x1x2x!i>) -> tensor<1x4x4x2x!product> {
  %y = tally.multiply %x, %g : (tensor<1x4x4x2x!u>, tensor<1x1x1x2x!i>) -> tensor<1x4x4x2x!product>
  return %y : tensor<1x4x4x2x!product>
}
