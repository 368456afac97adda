// Sums that LLVM knows to be free of unsigned overflow, next to others with digits below zero: its
// vectorizer of straight-line code wrote some with constants of the other sign and kept that claim.
// RUN: rm -rf %t && mkdir %t && cd %t && %make_images x 64,2,3,3 31
// RUN: tally eval %s --data npy:x.x.npy,x.y.npy --mean 6 --std 0.5 --on ref --outputs ref.npy
// RUN: tally eval %s --data npy:x.x.npy,x.y.npy --mean 6 --std 0.5 --on cpu --outputs cpu.npy
// RUN: cmp ref.npy cpu.npy
!i16 = !quant.uniform<i16<-16384:16384>:f32, 5.000000e-01>
!sum = !quant.uniform<i32<-8389608:8389608>:f32, 1.000000e+00>
!sum2 = !quant.uniform<i32<-33512:33512>:f32, 1.000000e+00>
!i8 = !quant.uniform<i8<-127:127>:f32, 5.000000e-01>
!pot = !tally.pot<s5, 5.000000e-01>
!in = !quant.uniform<u8:f32, 6.250000e-02:194>
!out = !quant.uniform<u8<0:15>:f32, 6.250000e-02:2>
!u4 = !quant.uniform<u8<0:15>:f32, 1.250000e-01:15>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @codes(dense<[61, 5, 201, 83, 238]> : tensor<5xui8>) : tensor<1x2x2x2x!pot>
  ml_program.global private @filter(dense<[[[[117, 127], [-127, 40], [37, -127], [-127, 123]]]]> : tensor<1x1x4x2xi8>) : tensor<1x1x4x2x!i8>
  func.func @main(%x: tensor<1x2x3x3x!in>) -> tensor<1x2x3x8x!out> {
    %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x3x3x!in>) -> tensor<1x3x3x2x!in>
    %codes = ml_program.global_load_const @codes : tensor<1x2x2x2x!pot>
    %levels = tally.decode %codes : tensor<1x2x2x2x!pot> -> tensor<1x2x2x2x!i16>
    %zero = "tosa.const"() <{values = dense<0> : tensor<1xi16>}> : () -> tensor<1xi16>
    %in_zero = "tosa.const"() <{values = dense<194> : tensor<1xui8>}> : () -> tensor<1xui8>
    %bias = "tosa.const"() <{values = dense<[-794, -453, 497, -186]> : tensor<4xi32>}> : () -> tensor<4xi32>
    %1 = tosa.depthwise_conv2d %0, %levels, %bias, %in_zero, %zero {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 1, 0>, stride = array<i64: 1, 1>} : (tensor<1x3x3x2x!in>, tensor<1x2x2x2x!i16>, tensor<4xi32>, tensor<1xui8>, tensor<1xi16>) -> tensor<1x3x3x4x!sum>
    %2 = tally.requantize %1 multiplier dense<-1> : tensor<1xi32> offset dense<31457280> : tensor<1xi64> shift dense<22> : tensor<1xi8> rounding <half_up> : tensor<1x3x3x4x!sum> -> tensor<1x3x3x4x!u4>
    %filter = ml_program.global_load_const @filter : tensor<1x1x4x2x!i8>
    %zero2 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %u4_zero = "tosa.const"() <{values = dense<15> : tensor<1xui8>}> : () -> tensor<1xui8>
    %bias2 = "tosa.const"() <{values = dense<[670, -798, -195, -209, 13, -551, -200, 649]> : tensor<8xi32>}> : () -> tensor<8xi32>
    %3 = tosa.depthwise_conv2d %2, %filter, %bias2, %u4_zero, %zero2 {acc_type = i32, dilation = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 1>} : (tensor<1x3x3x4x!u4>, tensor<1x1x4x2x!i8>, tensor<8xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x3x8x!sum2>
    %4 = tally.requantize %3 multiplier dense<-1> : tensor<1xi32> offset dense<61440> : tensor<1xi64> shift dense<13> : tensor<1xi8> rounding <half_up> : tensor<1x2x3x8x!sum2> -> tensor<1x2x3x8x!out>
    return %4 : tensor<1x2x3x8x!out>
  }
}
