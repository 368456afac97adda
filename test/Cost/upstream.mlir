// A module of upstream operations, without a word of tally: they are known all the same, but for
// one.
// RUN: tally report %s | FileCheck %s

// CHECK: {{^}}add f32 16 {{.*}} pJ
// CHECK: {{^}}activations 64 bytes read, 64 written,
// CHECK: {{^}}not counted 'tosa.add': tosa.erf{{$}}

func.func @main(%x: tensor<1x4x4x1xf32>) -> tensor<1x16xf32> {
  %s = tosa.const_shape {values = dense<[1, 16]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %y = tosa.add %x, %x : (tensor<1x4x4x1xf32>, tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  %r = tosa.reshape %y, %s : (tensor<1x4x4x1xf32>, !tosa.shape<2>) -> tensor<1x16xf32>
  %e = tosa.erf %r : (tensor<1x16xf32>) -> tensor<1x16xf32>
  return %e : tensor<1x16xf32>
}
