// Shifts of one value, added to an offset: GCC adds the shifts first, as one product of 64 bits that
// calls a helper on a machine without multiplications. It must not see that they are of one value.
// REQUIRES: rv32i
// RUN: rm -rf %t && mkdir %t && cd %t && tally emit-c %s --mul-free=strict -o c
// RUN: %cc -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror c/net_test.c -o net_test && ./net_test
// RUN: tally verify-mul-free %s -o certificate.json
// DEFINE: %{level} = -O2
// DEFINE: %{audit} = riscv64-unknown-elf-gcc --specs=picolibc.specs -march=rv32i -mabi=ilp32 -std=c99 %{level} -c c/net.c -o net.o && \
// DEFINE:   tally verify-mul-free net.o -o object.json
// RUN: %{audit}
// REDEFINE: %{level} = -Os
// RUN: %{audit}
// REDEFINE: %{level} = -O3
// RUN: %{audit}
!i16 = !quant.uniform<i16<-72:198>:f32, 6.250000e-02>
!i32 = !quant.uniform<i32<-1000:0>:f32, 1.250000e-01>
!i32_1 = !quant.uniform<i32<-6:3>:f32, 3.125000e-02>
!i32_2 = !quant.uniform<i32<0:1000>:f32, 3.125000e-02>
!i8 = !quant.uniform<i8<-7:7>:f32, 2.500000e-01:-6>
!u16 = !quant.uniform<u16<0:1000>:f32, 1.250000e-01>
!u16_1 = !quant.uniform<u16<0:1000>:f32, 3.125000e-02>
!u8 = !quant.uniform<u8<0:15>:f32, 5.000000e-01>
!u8_1 = !quant.uniform<u8<0:3>:f32, 3.125000e-02:2>
!u8_2 = !quant.uniform<u8<0:15>:f32, 6.250000e-02:4>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w0(dense<[[[[1000]]], [[[241]]]]> : tensor<2x1x1x1xui16>) : tensor<2x1x1x1x!u16>
  func.func @main(%arg0: tensor<1x1x18x3x!u16>, %arg1: tensor<1x1x18x3x!u16>) -> tensor<1x2x1x1x!i8> {
    %0 = tosa.transpose %arg0 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x1x18x3x!u16>) -> tensor<1x18x3x1x!u16>
    %1 = tosa.transpose %arg1 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x1x18x3x!u16>) -> tensor<1x18x3x1x!u16>
    %w0 = ml_program.global_load_const @w0 : tensor<2x1x1x1x!u16>
    %2 = tally.adder_conv2d %1, %w0 pad [0, 0, 0, 0] stride [1, 1] dilation [2, 2] : (tensor<1x18x3x1x!u16>, tensor<2x1x1x1x!u16>) -> tensor<1x18x3x2x!i32>
    %3 = tally.requantize %2 multiplier dense<1> : tensor<1xi32> offset dense<1460> : tensor<1xi64> shift dense<7> : tensor<1xi8> rounding <half_up> : tensor<1x18x3x2x!i32> -> tensor<1x18x3x2x!u8>
    %4 = tally.requantize %3 multiplier dense<[858993459, -2147483648]> : tensor<2xi32> offset dense<[0, 536]> : tensor<2xi64> shift dense<[32, 49]> : tensor<2xi8> rounding <half_up> : tensor<1x18x3x2x!u8> -> tensor<1x18x3x2x!u8_1>
    %5 = tally.sum_pool2d %4 kernel [3, 1] pad [0, 1, 0, 0] stride [2, 2] dilation [1, 1] : (tensor<1x18x3x2x!u8_1>) -> tensor<1x9x2x2x!i32_1>
    %6 = tally.requantize %5 multiplier dense<[[[[8], [-1789569707]], [[1789569707], [16]], [[1789569707], [1789569707]], [[-1789569707], [1789569707]], [[1789569707], [1789569707]], [[-1789569707], [1789569707]], [[-8], [1789569707]], [[-1], [1789569707]], [[1], [-1789569707]]]]> : tensor<1x9x2x1xi32> offset dense<[[[[27], [-671088640]], [[34896609280], [39]], [[10737418240], [6710886400]], [[-671088640], [34896609280]], [[6710886400], [10737418240]], [[5368709120], [34896609280]], [[3], [34896609280]], [[6], [6710886400]], [[9], [1342177280]]]]> : tensor<1x9x2x1xi64> shift dense<[[[[1], [28]], [[32], [1]], [[30], [29]], [[28], [32]], [[29], [30]], [[30], [32]], [[1], [32]], [[0], [29]], [[0], [29]]]]> : tensor<1x9x2x1xi8> rounding <half_up> : tensor<1x9x2x2x!i32_1> -> tensor<1x9x2x2x!u8_2>
    %7 = tally.sum_pool2d %6 kernel [9, 2] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x9x2x2x!u8_2>) -> tensor<1x1x1x2x!i16>
    %8 = tally.requantize %7 multiplier dense<-1988410785> : tensor<1xi32> offset dense<259487607467> : tensor<1xi64> shift dense<28> : tensor<1xi8> rounding <half_up> : tensor<1x1x1x2x!i16> -> tensor<1x1x1x2x!u16_1>
    %9 = tally.sum_pool2d %8 kernel [1, 1] pad [0, 0, 0, 0] stride [2, 2] dilation [2, 1] : (tensor<1x1x1x2x!u16_1>) -> tensor<1x1x1x2x!i32_2>
    %10 = tally.requantize %9 multiplier dense<[1924145349, -1]> : tensor<2xi32> offset dense<[-962072674304, 500]> : tensor<2xi64> shift dense<[39, 8]> : tensor<2xi8> rounding <floor> : tensor<1x1x1x2x!i32_2> -> tensor<1x1x1x2x!i8>
    %11 = tosa.transpose %10 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x1x1x2x!i8>) -> tensor<1x2x1x1x!i8>
    return %11 : tensor<1x2x1x1x!i8>
  }
}
