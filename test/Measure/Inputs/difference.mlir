// Takes bytes as they are: steps of 1, and nobody normalises.
!q = !quant.uniform<u8:f32, 1.0>
!w = !quant.uniform<i8:f32, 1.0>
!s = !quant.uniform<i32<-1000:1000>:f32, 1.0>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @w(dense<[[[[1, -1]]], [[[-1, 1]]]]> : tensor<2x1x1x2xi8>) : tensor<2x1x1x2x!w>
  func.func @main(%x: tensor<1x1x1x2x!q>) -> tensor<1x1x1x2x!s> {
    %w = ml_program.global_load_const @w : tensor<2x1x1x2x!w>
    %b = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
    %z = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
    %n = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %y = tosa.conv2d %x, %w, %b, %z, %n {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
        : (tensor<1x1x1x2x!q>, tensor<2x1x1x2x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x1x1x2x!s>
    return %y : tensor<1x1x1x2x!s>
  }
}
