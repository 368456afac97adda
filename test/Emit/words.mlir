// Words are loaded as such where the network places them. Where the caller keeps them, an input or a
// result that is read again, nothing is known of their place.
// RUN: rm -rf %t && tally emit-c %s --target=cortex-m4 -o %t/m4 && FileCheck %s --check-prefixes=CHECK,M4 < %t/m4/net.c
// RUN: tally emit-c %s --target=cortex-m0plus -o %t/m0 && FileCheck %s --check-prefixes=CHECK,M0 < %t/m0/net.c
// RUN: cc -std=c99 -fsanitize=alignment,undefined -fno-sanitize-recover=all -I%t/m4 %S/Inputs/unaligned.c -o %t/m4/run && %t/m4/run
// RUN: cc -std=c99 -fsanitize=alignment,undefined -fno-sanitize-recover=all -I%t/m0 %S/Inputs/unaligned.c -o %t/m0/run && %t/m0/run
// CHECK-LABEL: static void net_first(
// M4: tally_load_word(
// M0-NOT: tally_load
// CHECK-LABEL: static void net_second(
// CHECK-NOT: aligned
// CHECK: tally_load_word(
// CHECK-LABEL: static void net_third(
// CHECK: tally_load_aligned_word(
!u4 = !quant.uniform<u8<0:15>:f32, 0.25>
!sum = !quant.uniform<i32<-60:0>:f32, 0.25>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w(dense<[[[[1, 15, 0, 3]]], [[[0, 0, 3, 4]]], [[[7, 8, 9, 1]]], [[[2, 4, 6, 8]]]]> : tensor<4x1x1x4xui8>) : tensor<4x1x1x4x!u4>
  func.func @main(%x: tensor<1x3x3x4x!u4>) -> (tensor<1x3x3x4x!u4>, tensor<1x3x3x4x!sum>) {
    %w = ml_program.global_load_const @w : tensor<4x1x1x4x!u4>
    %a = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "first"}
        : (tensor<1x3x3x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x3x3x4x!sum>
    %b = tally.requantize %a multiplier dense<1> : tensor<1xi32> offset dense<60> : tensor<1xi64> shift dense<2> : tensor<1xi8> rounding <half_up>
        : tensor<1x3x3x4x!sum> -> tensor<1x3x3x4x!u4>
    %c = tally.adder_conv2d %b, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "second"}
        : (tensor<1x3x3x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x3x3x4x!sum>
    %d = tally.requantize %c multiplier dense<1> : tensor<1xi32> offset dense<60> : tensor<1xi64> shift dense<2> : tensor<1xi8> rounding <half_up>
        : tensor<1x3x3x4x!sum> -> tensor<1x3x3x4x!u4>
    %e = tally.adder_conv2d %d, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "third"}
        : (tensor<1x3x3x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x3x3x4x!sum>
    return %b, %e : tensor<1x3x3x4x!u4>, tensor<1x3x3x4x!sum>
  }
}
