// RUN: qopt %s --tally-to-rtl=name=small | FileCheck %s
// RUN: qopt %s --tally-to-rtl="name=small pipelined=true channels=2 filters=1" | FileCheck %s --check-prefix=PIPE

// An adder layer whose requantization is part of its stage, and a residual addition beside it: an
// expression between the memory of the input and what the stage hands on. No function is left.
// CHECK: rtl.table @layer_weights dense<{{\[\[}}-2, -1], [1, 0{{\]\]}}> : tensor<2x2xi2>
// CHECK: rtl.table @layer_scales
// CHECK: rtl.module @small
// CHECK-SAME: inputs ["clk", "rst", "in_valid", "in_data", "out_ready"] outputs ["in_ready", "out_valid", "out_data"]
// CHECK: ^bb0(%[[CLK:.*]]: i1, %[[RST:.*]]: i1, %{{.*}}: i1, %{{.*}}: i2, %{{.*}}: i1):
// CHECK: %[[FILL:.*]]:5 = rtl.instance "input_fill" of @tally_fill {ADDRESS = 3 : i64, DEPTH = 8 : i64, WIDTH = 2 : i64}
// CHECK-SAME: {cycles = 9 : i64}
// CHECK: %[[X:.*]] = rtl.instance "input_map" of @tally_map
// CHECK-SAME: BUFFERS = 1 : i64
// CHECK-SAME: (%[[CLK]], %[[RST]], %[[FILL]]#2, %[[FILL]]#3, %[[FILL]]#4, %{{.*}}, %[[READ:.*]], %{{.*}}) {signed = false, value = ""} : (i1, i1, i1, i3, i2, i1, i3, i1) -> i2
// CHECK: %[[CONV:.*]]:8 = rtl.instance "layer_conv" of @tally_conv
// CHECK-SAME: KIND = 10 : i64
// CHECK-SAME: N = 3 : i64
// CHECK-SAME: (%[[CLK]], %[[RST]], %[[FILL]]#0, %[[X]],
// The sum could not read its operand while the layer reads the same memory: a stage of its own does.
// CHECK: %[[JOIN:.*]]:4 = rtl.instance "sum_join" of @tally_copy
// CHECK: %[[Y:.*]] = rtl.instance "sum_map" of @tally_map
// CHECK: rtl.add
// CHECK: rtl.clamp %{{.*}}, 0 to 3 : i5 to i2
// CHECK: rtl.instance "output_drain" of @tally_drain
// CHECK: %[[READ]] = rtl.or %[[CONV]]#1, %[[JOIN]]#1 : i3
// CHECK-NOT: func.func

// At the same time, by two channels at once: what reads words has a memory of its own, and the sum can read its operand. Each
// stage begins where its maps have an image and room for one.
// PIPE: schedule = {cycles = array<i64: 9, 11, 17>, interval = 18 : i64, latency = 38 : i64,
// PIPE-SAME: links = array<i64: 0, 1, 2, 0, 1, 2, 1, 2, 2>, pipelined = true}
// PIPE: %[[FILL:.*]]:5 = rtl.instance "input_fill" of @tally_fill
// PIPE: %[[X:.*]] = rtl.instance "input_map" of @tally_map
// PIPE-SAME: BUFFERS = 2 : i64, CHANNELS = 2 : i64, DEPTH = 8 : i64, LANES = 2 : i64, POINTER = 1 : i64
// PIPE-DAG: rtl.extract %[[X]] from 0 : i4 to i2
// PIPE-DAG: rtl.extract %[[X]] from 2 : i4 to i2
// PIPE: rtl.concat
// PIPE: %[[CONV:.*]]:8 = rtl.instance "layer_conv" of @tally_conv
// PIPE-SAME: (%{{.*}}, %{{.*}}, %[[START:.*]], %{{.*}}, %{{.*}}, %{{.*}})
// PIPE: rtl.instance "input_map_2" of @tally_map
// PIPE-SAME: BUFFERS = 2 : i64, CHANNELS = 1 : i64
// PIPE: %[[LINK:.*]]:4 = rtl.instance "input_map_link" of @tally_link {BUFFERS = 2 : i64, POINTER = 1 : i64}
// PIPE-SAME: %[[FILL]]#0, %[[CONV]]#0)
// PIPE: %[[FULL:.*]] = rtl.and %[[LINK]]#0, %{{.*}} : i1
// PIPE: %[[GO:.*]] = rtl.and %[[FULL]], %{{.*}} : i1
// PIPE: %[[START]] = rtl.instance "layer_conv_gate" of @tally_gate {AWAKE = 0 : i64}
// PIPE-SAME: %[[GO]], %[[CONV]]#0)
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w(dense<[[[[2, 1]]], [[[3, 0]]]]> : tensor<2x1x1x2xui8>) : tensor<2x1x1x2x!quant.uniform<u8<0:3>:f32, 1.0>>
  func.func @main(%x: tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 1.0>>) -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 1.0>> {
    %w = ml_program.global_load_const @w : tensor<2x1x1x2x!quant.uniform<u8<0:3>:f32, 1.0>>
    %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "layer"}
        : (tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 1.0>>, tensor<2x1x1x2x!quant.uniform<u8<0:3>:f32, 1.0>>)
        -> tensor<1x2x2x2x!quant.uniform<i32<-6:0>:f32, 1.0>>
    %1 = tally.requantize %0 multiplier dense<[3, 5]> : tensor<2xi32> offset dense<[6, 7]> : tensor<2xi64>
        shift dense<[1, 2]> : tensor<2xi8> rounding <half_up> {tally.name = "layer"}
        : tensor<1x2x2x2x!quant.uniform<i32<-6:0>:f32, 1.0>> -> tensor<1x2x2x2x!quant.uniform<i32<-20:20>:f32, 1.0>>
    %2 = tally.requantize %x multiplier dense<2> : tensor<1xi32> offset dense<0> : tensor<1xi64>
        shift dense<0> : tensor<1xi8> rounding <half_up> {tally.name = "second"}
        : tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 1.0>> -> tensor<1x2x2x2x!quant.uniform<i32<-20:20>:f32, 1.0>>
    %3 = tosa.add %1, %2 {tally.name = "sum"}
        : (tensor<1x2x2x2x!quant.uniform<i32<-20:20>:f32, 1.0>>, tensor<1x2x2x2x!quant.uniform<i32<-20:20>:f32, 1.0>>)
        -> tensor<1x2x2x2x!quant.uniform<i32<-20:20>:f32, 1.0>>
    %4 = tally.requantize %3 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64>
        shift dense<1> : tensor<1xi8> rounding <floor> {tally.name = "out"}
        : tensor<1x2x2x2x!quant.uniform<i32<-20:20>:f32, 1.0>> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 1.0>>
    return %4 : tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 1.0>>
  }
}
