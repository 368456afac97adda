// No filters at all is a diagnostic or a valid layer.
// RUN: qopt %s || not qopt %s
!a = !quant.uniform<u8<0:15>:f32, 0.5>
!sum = !quant.uniform<i8<-120:0>:f32, 0.5>
func.func @no_filters(%x: tensor<1x4x4x8x!a>, %w: tensor<0x1x1x8x!a>) {
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x4x4x8x!a>, tensor<0x1x1x8x!a>) -> tensor<1x4x4x0x!sum>
  return
}
