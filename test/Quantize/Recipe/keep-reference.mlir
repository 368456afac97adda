// The copy is private and reads copies of the parameters.
// RUN: qopt %s --tally-keep-reference --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-DAG: ml_program.global private @w(dense<2.0{{.*}}>
// CHECK-DAG: ml_program.global private @w.float(dense<2.0{{.*}}>
// CHECK-LABEL: func.func @main
// CHECK: ml_program.global_load_const @w :
// CHECK-LABEL: func.func private @reference(%{{.*}}: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32>
// CHECK-COUNT-2: ml_program.global_load_const @w.float :
// CHECK: tally.adder_conv2d {{.*}} {tally.name = "layer"}
// CHECK: return
ml_program.global private @w(dense<2.0> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
func.func @main(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %v = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "layer"}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

// expected-error @below {{requires the name '@reference' to be free}}
module {
  func.func private @reference()
  func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
    return %x : tensor<1xf32>
  }
}

// -----

// expected-error @below {{requires one public function, which is the network, but has '@a' and '@b': make the others private}}
module {
  func.func @a(%x: tensor<1xf32>) -> tensor<1xf32> { return %x : tensor<1xf32> }
  func.func @b(%x: tensor<1xf32>) -> tensor<1xf32> { return %x : tensor<1xf32> }
}
