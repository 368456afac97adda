// A padded tap holds the zero point; outside the codes it makes sums that C4 does not count:
// 8 taps of |100 - w| are up to -800, and the result's range is -120..0.
// RUN: not qopt %s
!a = !quant.uniform<u8<0:15>:f32, 0.5:100>
!sum = !quant.uniform<i8<-120:0>:f32, 0.5>
func.func @c4_padding(%x: tensor<1x4x4x8x!a>, %w: tensor<3x1x1x8x!a>) {
  %0 = tally.adder_conv2d %x, %w pad [1, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x8x!a>, tensor<3x1x1x8x!a>) -> tensor<1x5x4x3x!sum>
  return
}
