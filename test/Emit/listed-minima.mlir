// Lists of weights as C: four entries of a list at a time, for four outputs that lie side by side or, where
// registers are few, for one. The same integers as the reference; what is read lies in its arrays.
// RUN: rm -rf %t && tally emit-c %s --explain -o %t/any | FileCheck %s --check-prefix=EXPLAIN && FileCheck %s --check-prefixes=CHECK,ANY < %t/any/net.c
// RUN: tally emit-c %s --target=cortex-m0plus -o %t/m0 && FileCheck %s --check-prefixes=CHECK,M0 < %t/m0/net.c
// RUN: cc -std=c99 -fsanitize=address,undefined -fno-sanitize-recover=all -o %t/any/run %t/any/net_test.c && %t/any/run | FileCheck %s --check-prefix=AGREES
// RUN: cc -std=c99 -fsanitize=address,undefined -fno-sanitize-recover=all -o %t/m0/run %t/m0/net_test.c && %t/m0/run | FileCheck %s --check-prefix=AGREES
// AGREES-NOT: not compared
// AGREES: 1 of 1 layers agree with the reference
// EXPLAIN: layer: in tiles of 4 outputs, by listed-minima
// EXPLAIN-NEXT: by listed-minima: of its weights {{[0-9]+}} % lie at the lowest code of its input, {{[0-9]+}} % at the highest: {{[0-9]+}} bytes of lists in place of 324
// Each step is a function of its own.
// CHECK: #define TALLY_APART __attribute__((noinline))
// CHECK: static inline int32_t tally_minimum(int32_t a, int32_t b) { return a < b ? a : b; }
// CHECK: TALLY_APART
// CHECK-NEXT: static void net_layer_pad(
// CHECK-LABEL: static void net_layer(
// ANY: for (size_t {{.*}} += 4)
// ANY-COUNT-16: tally_minimum(
// M0-COUNT-4: tally_minimum(
// M0-NOT: tally_minimum(
// CHECK: void net_run(
!x = !quant.uniform<u8:f32, 0.5:3>
!s = !quant.uniform<i32<-100000:0>:f32, 0.5>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w(dense<"0x0000FF0000000000000000000020A2FF94FF0000FF000000FFFFFF00FF0000FFFFFF000078FF0000B315FF00BB00FF000000006C00FF93D200FFFFFF00F200FF00FF00FFFF00FF59000000000022FF0080000000D200FFFFAFF6000000FF002F00000000FFB1F4FFFF00C8AF6500000000007100000000000000009E00FF9B0000FB0000000000002A00005D00000000DE00850000890000FFFFC3CF000034000000000000FF73BAF51500000000FFD80059161FC9FF00705600B90000BA000800CFFFFFFF0028000000A700FF003237000000540000005BAAFF6CE1000000000000002D00FF0000FF0000E3FF00008200001100FF0000FF000000B300EE00FFD800000000FF00000000F1FFFF00F800FF002AD600FF68000000FF00FF000000FF0000CA0016000046D200D26800930000002F0000A30000FF000000006B45FF00FFF900"> : tensor<4x3x3x9xui8>) : tensor<4x3x3x9x!x>
  func.func @main(%x: tensor<1x4x8x9x!x>) -> tensor<1x4x8x4x!s> {
    %w = ml_program.global_load_const @w : tensor<4x3x3x9x!x>
    %y = tally.adder_conv2d %x, %w pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1] {tally.name = "layer"}
        : (tensor<1x4x8x9x!x>, tensor<4x3x3x9x!x>) -> tensor<1x4x8x4x!s>
    return %y : tensor<1x4x8x4x!s>
  }
}
