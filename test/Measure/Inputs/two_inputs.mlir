!q = !quant.uniform<u8:f32, 0.5>
module attributes {tally.stage = #tally.stage<integer>} {
  func.func @main(%a: tensor<1x2x!q> {tally.name = "a"}, %b: tensor<1x2x!q> {tally.name = "b"}) -> tensor<1x2x!q> {
    %y = tosa.maximum %a, %b : (tensor<1x2x!q>, tensor<1x2x!q>) -> tensor<1x2x!q>
    return %y : tensor<1x2x!q>
  }
}
