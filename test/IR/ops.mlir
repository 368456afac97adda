// Every operation parses, prints and parses again; quantized types get short names.
// RUN: qopt %s | qopt | FileCheck %s

// CHECK-DAG: ![[ACC:i16.*]] = !quant.uniform<i16<-2160:0>:f32, 2.500000e-01>
// CHECK-DAG: ![[U8:u8.*]] = !quant.uniform<u8<0:15>:f32, 2.500000e-01>
!u4 = !quant.uniform<u8<0:15>:f32, 0.25>
!sum = !quant.uniform<i16<-2160:0>:f32, 0.25>
!product = !quant.uniform<u8<0:225>:f32, 0.0625>
!box = !quant.uniform<u16<0:2160>:f32, 0.25>

// CHECK: module attributes {tally.stage = #tally.stage<imported>}
module attributes {tally.stage = #tally.stage<imported>} {

// CHECK-LABEL: func @float_layers
func.func @float_layers(%x: tensor<1x8x8x16xf32>, %w: tensor<4x3x3x16xf32>, %d: tensor<16x3x3x1xf32>,
                        %p: tensor<4xf32>, %l: tensor<5x4xf32>) -> tensor<1x5xf32> {
  // CHECK: tally.adder_conv2d %{{.*}}, %{{.*}} pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 16 :
  %depthwise = tally.adder_conv2d %x, %d pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 16
      : (tensor<1x8x8x16xf32>, tensor<16x3x3x1xf32>) -> tensor<1x6x6x16xf32>
  // CHECK: tally.adder_conv2d %{{.*}}, %{{.*}} pad [1, 0, 1, 0] stride [2, 2] dilation [2, 2] {tally.name = "conv"} :
  %y = tally.adder_conv2d %x, %w pad [1, 0, 1, 0] stride [2, 2] dilation [2, 2] {tally.name = "conv"}
      : (tensor<1x8x8x16xf32>, tensor<4x3x3x16xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: tally.batch_norm %{{.*}} {epsilon = 9.99999974E-6 : f32} : tensor<1x3x3x4xf32>, tensor<4xf32>
  %b = tally.batch_norm %y, %p, %p, %p, %p {epsilon = 1.0e-5 : f32} : tensor<1x3x3x4xf32>, tensor<4xf32>
  // CHECK: tally.channel_affine
  %a = tally.channel_affine %b, %p, %p : (tensor<1x3x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x3x3x4xf32>
  // CHECK: tally.observe %{{.*}} sketch <count = 36, min = -5.000000e-01, max = 1.000000e+00, exponent = -1, first = -1, bins = [6, 20, 0, 10]>
  %o = tally.observe %a sketch <count = 36, min = -0.5, max = 1.0, exponent = -1, first = -1, bins = [6, 20, 0, 10]>
      : tensor<1x3x3x4xf32>
  // CHECK: tally.shuffle_channels %{{.*}} [1, 0, 3, 2] : tensor<1x3x3x4xf32>
  %s = tally.shuffle_channels %o [1, 0, 3, 2] : tensor<1x3x3x4xf32>
  // CHECK: tally.take %{{.*}} [2, 0] along 1 : (tensor<1x3x3x4xf32>) -> tensor<1x2x3x4xf32>
  %rows = tally.take %s [2, 0] along 1 : (tensor<1x3x3x4xf32>) -> tensor<1x2x3x4xf32>
  // CHECK: tally.sum_pool2d %{{.*}} kernel [3, 3] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
  %m = tally.sum_pool2d %s kernel [3, 3] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x3x3x4xf32>) -> tensor<1x1x1x4xf32>
  %shape = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %flat = tosa.reshape %m, %shape : (tensor<1x1x1x4xf32>, !tosa.shape<2>) -> tensor<1x4xf32>
  // CHECK: tally.adder_linear
  %r = tally.adder_linear %flat, %l : (tensor<1x4xf32>, tensor<5x4xf32>) -> tensor<1x5xf32>
  return %r : tensor<1x5xf32>
}

// CHECK-LABEL: func @codes
func.func @codes(%x: tensor<1x8x8x16x!u4>, %w: tensor<4x3x3x16x!u4>) -> (tensor<1x8x8x4x!u4>, tensor<1x8x8x1x!box>) {
  // CHECK: tally.adder_conv2d {{.*}} -> tensor<1x8x8x4x![[ACC]]>
  %y = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x8x8x16x!u4>, tensor<4x3x3x16x!u4>) -> tensor<1x8x8x4x!sum>
  // CHECK: tally.requantize %{{.*}} multiplier dense<[1, 2, 3, -4]> : tensor<4xi32> offset dense<0> : tensor<4xi64> shift dense<7> : tensor<4xi8> rounding <half_up>
  %q = tally.requantize %y multiplier dense<[1, 2, 3, -4]> : tensor<4xi32> offset dense<0> : tensor<4xi64>
      shift dense<7> : tensor<4xi8> rounding <half_up> : tensor<1x8x8x4x!sum> -> tensor<1x8x8x4x!u4>
  // CHECK: tally.box_sum
  %box = tally.box_sum %x kernel [3, 3] pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1]
      : (tensor<1x8x8x16x!u4>) -> tensor<1x8x8x1x!box>
  return %q, %box : tensor<1x8x8x4x!u4>, tensor<1x8x8x1x!box>
}

// CHECK-LABEL: func @functions_of_codes
func.func @functions_of_codes(%x: tensor<1x8x8x4x!u4>, %gate: tensor<1x1x1x4x!u4>, %t: tensor<16x!sum>, %p: tensor<1x8x1x1xf32>)
    -> (tensor<1x8x8x4x!sum>, tensor<1x8x8x4x!product>, tensor<1x8x8x4x!u4>) {
  // CHECK: tally.table %{{.*}}, %{{.*}} : (tensor<1x8x8x4x![[U8]]>, tensor<16x![[ACC]]>) -> tensor<1x8x8x4x![[ACC]]>
  %y = tally.table %x, %t : (tensor<1x8x8x4x!u4>, tensor<16x!sum>) -> tensor<1x8x8x4x!sum>
  // CHECK: tally.multiply %{{.*}}, %{{.*}} : (tensor<1x8x8x4x![[U8]]>, tensor<1x1x1x4x![[U8]]>) -> tensor<1x8x8x4x!{{.*}}>
  %m = tally.multiply %x, %gate : (tensor<1x8x8x4x!u4>, tensor<1x1x1x4x!u4>) -> tensor<1x8x8x4x!product>
  // Factors by place are for codes.
  // CHECK: tally.channel_affine %{{.*}} : (tensor<1x8x8x4x![[U8]]>, tensor<1x8x1x1xf32>, tensor<1x8x1x1xf32>)
  %a = tally.channel_affine %x, %p, %p : (tensor<1x8x8x4x!u4>, tensor<1x8x1x1xf32>, tensor<1x8x1x1xf32>) -> tensor<1x8x8x4x!u4>
  return %y, %m, %a : tensor<1x8x8x4x!sum>, tensor<1x8x8x4x!product>, tensor<1x8x8x4x!u4>
}

}
