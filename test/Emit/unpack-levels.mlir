// C has filters of few different weights as codes of a few bits, and unpacks them a few filters at a
// time: its arena has the rows of two. The same integers as the reference.
// RUN: rm -rf %t && tally emit-c %s --target=cortex-m4 -o %t/m4 && FileCheck %s --check-prefixes=CHECK,M4 < %t/m4/net.c
// RUN: tally emit-c %s --target=cortex-m0plus -o %t/m0 && FileCheck %s --check-prefixes=CHECK,M0 < %t/m0/net.c
// RUN: cc -std=c99 -fsanitize=alignment,undefined -fno-sanitize-recover=all -o %t/m4/run %t/m4/net_test.c && %t/m4/run
// RUN: cc -std=c99 -fsanitize=alignment,undefined -fno-sanitize-recover=all -o %t/m0/run %t/m0/net_test.c && %t/m0/run
// RUN: grep WORKSPACE_BYTES %t/m4/net.h | FileCheck %s --check-prefix=ARENA
// Three bits for each of 384 codes, four for 320 powers of two.
// CHECK-DAG: static const int8_t net_three{{.*}}_data[144]
// CHECK-DAG: static const int8_t net_four{{.*}}_data[160]
// A layer goes by two filters: their rows, then their outputs.
// CHECK-LABEL: static void net_second(
// CHECK: for (size_t [[F:.*]] = 0; [[F]] < (20); [[F]] += 2)
// CHECK: net_four{{.*}}_data[
// M4: tally_smlad(
// M0-NOT: tally_smlad(
// CHECK-LABEL: void net_run(
// A map of 96 bytes, and the rows of two filters of 24 inputs or 16.
// ARENA: NET_WORKSPACE_BYTES 144
!x = !quant.uniform<u8:f32, 0.5:3>
!w = !quant.uniform<i8<-3:3>:f32, 0.25>
!l = !quant.uniform<i8:f32, 0.25>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @three(dense<"0xFD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD0200FD0200FE0300FE0301FF0301FFFD02FFFD0200FE0200FE0301FE0301FFFD01FFFD02"> : tensor<16x1x1x24xi8>) : tensor<16x1x1x24x!w>
  ml_program.global private @four(dense<"0x501BC6723DE9A45F0BC6712DE9A34F0BC5612DE7934F0AB5612CD7934EFAB5601CD7923EFAB4501CD6723EF9A4501BC6723DE9A45F0BC6712DE9A34F0BC5612DE7934F0AB5612CD7934EFAB5601CD7923EFAB4501CD6723EF9A4501BC6723DE9A45F0BC6712DE9A34F0BC5612DE7934F0AB5612CD7934EFAB5601CD7923EFAB4501CD6723EF9A4501BC6723DE9A45F0BC6712DE9A34F0BC5612DE7934F0AB561"> : tensor<160xui8>) : tensor<20x1x1x16x!tally.pot<s4, 0.25>>
  func.func @main(%x: tensor<1x2x3x24x!x>) -> tensor<1x2x3x20x!s> {
    %b = "tosa.const"() <{values = dense<7> : tensor<1xi32>}> : () -> tensor<1xi32>
    %z = "tosa.const"() <{values = dense<3> : tensor<1xui8>}> : () -> tensor<1xui8>
    %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %w = ml_program.global_load_const @three : tensor<16x1x1x24x!w>
    %a = tosa.conv2d %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "first"}
        : (tensor<1x2x3x24x!x>, tensor<16x1x1x24x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x3x16x!s>
    %c = tally.requantize %a multiplier dense<3> : tensor<1xi32> offset dense<9000> : tensor<1xi64> shift dense<7> : tensor<1xi8> rounding <half_up>
        : tensor<1x2x3x16x!s> -> tensor<1x2x3x16x!x>
    %codes = ml_program.global_load_const @four : tensor<20x1x1x16x!tally.pot<s4, 0.25>>
    %l = tally.decode %codes : tensor<20x1x1x16x!tally.pot<s4, 0.25>> -> tensor<20x1x1x16x!l>
    %d = tosa.conv2d %c, %l, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "second"}
        : (tensor<1x2x3x16x!x>, tensor<20x1x1x16x!l>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x3x20x!s>
    return %d : tensor<1x2x3x20x!s>
  }
}
