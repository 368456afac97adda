!codes = !quant.uniform<u8<0:15>:f32, 1.0>
!sums = !quant.uniform<i32<-60:0>:f32, 1.0>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w(dense<[[[[7, 4]], [[2, 9]]]]> : tensor<1x2x1x2xui8>) : tensor<1x2x1x2x!codes>
  func.func @main(%x: tensor<1x6x7x2x!codes>) -> tensor<1x3x3x1x!sums> {
    %w = ml_program.global_load_const @w : tensor<1x2x1x2x!codes>
    %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [2, 3] dilation [1, 1] {tally.name = "layer"}
        : (tensor<1x6x7x2x!codes>, tensor<1x2x1x2x!codes>) -> tensor<1x3x3x1x!sums>
    return %0 : tensor<1x3x3x1x!sums>
  }
}
