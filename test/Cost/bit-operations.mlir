// Effective bit operations: from the highest to the lowest digit of each weight. Of the codes 3, 4, -6 and
// 0 that is 2 + 1 + 2 + 0; each meets an input of 4 bits at 2 x 2 positions of each of 2 images, but a report is
// of one.
// RUN: tally report %s --json %t.json | FileCheck %s
// RUN: %python -c "import json; d = json.load(open(r'%t.json')); assert d['total']['ebops'] == 80 == sum(l.get('ebops', 0) for l in d['layers']), d"

// CHECK: {{^}}EBOPs 80: digits of each weight

!input = !quant.uniform<u8<0:15>:f32, 0.5>
!weight = !quant.uniform<i8<-7:7>:f32, 0.25>
!sum = !quant.uniform<i32<-210:210>:f32, 0.125>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @conv.weight(dense<[[[[3, 4]]], [[[-6, 0]]]]> : tensor<2x1x1x2xi8>) : tensor<2x1x1x2x!weight>
  func.func @main(%x: tensor<2x2x2x2x!input>) -> tensor<2x2x2x2x!sum> {
    %b = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
    %u = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
    %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
    %w = ml_program.global_load_const @conv.weight : tensor<2x1x1x2x!weight>
    %y = tosa.conv2d %x, %w, %b, %u, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "conv"}
        : (tensor<2x2x2x2x!input>, tensor<2x1x1x2x!weight>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<2x2x2x2x!sum>
    return %y : tensor<2x2x2x2x!sum>
  }
}
