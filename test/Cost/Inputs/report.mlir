// An ordinary convolution, one by powers of two, an adder layer, a pooling.
!u8 = !quant.uniform<u8:f32, 0.0625>
!u4 = !quant.uniform<u8<0:15>:f32, 1.0>
!w8 = !quant.uniform<i8<-127:127>:f32, 0.0625>
!pot = !tally.pot<s4, 0.0625>
!levels = !quant.uniform<i8<-64:64>:f32, 0.0625>
!sum0 = !quant.uniform<i32<-874395:874395>:f32, 0.00390625>
!sum1 = !quant.uniform<i32<-59925:59925>:f32, 0.00390625>
!sum2 = !quant.uniform<i16<-1080:0>:f32, 1.0>
!pool = !quant.uniform<i32<0:16320>:f32, 0.0625>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @stem.weight(dense<3> : tensor<8x3x3x3xi8>) : tensor<8x3x3x3x!w8>
  ml_program.global private @mix.weight(dense<"0x540543B00369010C1E7E6CA709022C3BF005CD10613A50EDE2A60994B7B4E003"> : tensor<32xui8>) : tensor<8x1x1x8x!pot>
  ml_program.global private @adder.weight(dense<5> : tensor<8x3x3x8xui8>) : tensor<8x3x3x8x!u4>
  func.func @main(%x: tensor<1x8x8x3x!u8>) -> tensor<1x1x1x8x!u8> {
    %0 = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
    %1 = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
    %2 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %3 = ml_program.global_load_const @stem.weight : tensor<8x3x3x3x!w8>
    %4 = tosa.conv2d %x, %3, %0, %1, %2 {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, tally.name = "stem"}
        : (tensor<1x8x8x3x!u8>, tensor<8x3x3x3x!w8>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x8x8x8x!sum0>
    %5 = tally.requantize %4 multiplier dense<[77, 78, 79, 80, 81, 82, 83, 84]> : tensor<8xi32> offset dense<1000> : tensor<8xi64> shift dense<12> : tensor<8xi8>
        rounding <half_up> {tally.name = "stem.relu"} : tensor<1x8x8x8x!sum0> -> tensor<1x8x8x8x!u8>
    %6 = ml_program.global_load_const @mix.weight : tensor<8x1x1x8x!pot>
    %7 = tally.decode %6 : tensor<8x1x1x8x!pot> -> tensor<8x1x1x8x!levels>
    %8 = tosa.conv2d %5, %7, %0, %1, %2 {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "mix"}
        : (tensor<1x8x8x8x!u8>, tensor<8x1x1x8x!levels>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x8x8x8x!sum1>
    %9 = tally.requantize %8 multiplier dense<37> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<14> : tensor<1xi8>
        rounding <half_up> {tally.name = "mix.relu"} : tensor<1x8x8x8x!sum1> -> tensor<1x8x8x8x!u4>
    %10 = ml_program.global_load_const @adder.weight : tensor<8x3x3x8x!u4>
    %11 = tally.adder_conv2d %9, %10 pad [1, 1, 1, 1] stride [1, 1] dilation [1, 1] {tally.name = "adder"}
        : (tensor<1x8x8x8x!u4>, tensor<8x3x3x8x!u4>) -> tensor<1x8x8x8x!sum2>
    %12 = tally.requantize %11 multiplier dense<9> : tensor<1xi32> offset dense<6000> : tensor<1xi64> shift dense<5> : tensor<1xi8>
        rounding <half_up> {tally.name = "adder.relu"} : tensor<1x8x8x8x!sum2> -> tensor<1x8x8x8x!u8>
    %13 = tally.sum_pool2d %12 kernel [8, 8] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "pool"}
        : (tensor<1x8x8x8x!u8>) -> tensor<1x1x1x8x!pool>
    %14 = tally.requantize %13 multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<6> : tensor<1xi8>
        rounding <half_up> {tally.name = "pool.mean"} : tensor<1x1x1x8x!pool> -> tensor<1x1x1x8x!u8>
    return %14 : tensor<1x1x1x8x!u8>
  }
}
