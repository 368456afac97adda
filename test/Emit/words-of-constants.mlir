// An array of constants begins at any byte, so that words of it are read as those of a caller. What is
// made of constants alone is in memory for a kernel, too.
// RUN: rm -rf %t && tally emit-c %s --target=cortex-m4 --name tally -o %t/m4 && FileCheck %s --check-prefix=M4 < %t/m4/tally.c
// RUN: tally emit-c %s --target=cortex-m0plus -o %t/m0 && FileCheck %s --check-prefix=M0 < %t/m0/net.c
// RUN: tally emit-c %s -o %t/any && tally compile %s -o %t/net.o
// M4: static inline int32_t tally_load_word(
// M4: static void tally_adder_conv2d(
// M4-NOT: aligned
// M4: tally_load_word(
// M4: static void tally_adder_conv2d_2(
// M4: tally_load_aligned_word(
// M4: static void tally_load_word_1(
// M4: static void tally_usada8_1(
// M0: tally_load_aligned_word(
// M0: static void net_load_word(
// M0: static void net_usada8(

// Functions of words keep their names, whatever layers are called.
// RUN: cc -std=c99 -Wall -Wextra -Werror -pedantic -fsanitize=alignment,undefined -fno-sanitize-recover=all %t/m4/tally_test.c -o %t/m4/test && %t/m4/test
// RUN: cc -std=c99 -Wall -Wextra -Werror -pedantic %t/m0/net_test.c -o %t/m0/test && %t/m0/test
// RUN: cc -std=c99 -Wall -Wextra -Werror -pedantic %t/any/net_test.c -o %t/any/test && %t/any/test
!u4 = !quant.uniform<u8<0:15>:f32, 0.25>
!sum = !quant.uniform<i32<-60:0>:f32, 0.25>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w(dense<[[[[1, 15, 0, 3]]], [[[0, 0, 3, 4]]], [[[7, 8, 9, 1]]], [[[2, 4, 6, 8]]]]> : tensor<4x1x1x4xui8>) : tensor<4x1x1x4x!u4>
  ml_program.global private @c(dense<[[[[1, 15, 0, 3], [0, 0, 3, 4], [7, 8, 9, 1], [2, 4, 6, 8]]]]> : tensor<1x1x4x4xui8>) : tensor<1x1x4x4x!u4>
  func.func @main(%x: tensor<1x1x2x4x!u4>) -> (tensor<1x1x4x4x!sum>, tensor<1x1x2x4x!sum>, tensor<1x1x2x4x!sum>, tensor<1x1x2x4x!sum>) {
    %w = ml_program.global_load_const @w : tensor<4x1x1x4x!u4>
    %c = ml_program.global_load_const @c : tensor<1x1x4x4x!u4>
    %a = tally.adder_conv2d %c, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "whole"}
        : (tensor<1x1x4x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x1x4x4x!sum>
    %start = tosa.const_shape {values = dense<[0, 0, 1, 0]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %size = tosa.const_shape {values = dense<[1, 1, 2, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %piece = tosa.slice %c, %start, %size : (tensor<1x1x4x4x!u4>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x1x2x4x!u4>
    %b = tally.adder_conv2d %piece, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "part"}
        : (tensor<1x1x2x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x1x2x4x!sum>
    %d = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "load_word"}
        : (tensor<1x1x2x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x1x2x4x!sum>
    %s = tally.shuffle_channels %x [1, 0, 3, 2] : tensor<1x1x2x4x!u4>
    %e = tally.adder_conv2d %s, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "usada8"}
        : (tensor<1x1x2x4x!u4>, tensor<4x1x1x4x!u4>) -> tensor<1x1x2x4x!sum>
    return %a, %b, %d, %e : tensor<1x1x4x4x!sum>, tensor<1x1x2x4x!sum>, tensor<1x1x2x4x!sum>, tensor<1x1x2x4x!sum>
  }
}
