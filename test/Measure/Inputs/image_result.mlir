!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<integer>} {
  func.func @main(%x: tensor<1x28x28x1x!q>) -> tensor<1x14x14x1x!q> {
    %y = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
        : (tensor<1x28x28x1x!q>) -> tensor<1x14x14x1x!q>
    return %y : tensor<1x14x14x1x!q>
  }
}
