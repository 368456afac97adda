// RUN: qopt %s --split-input-file --verify-diagnostics --tally-add-loss

// expected-error @below {{requires a first result of at least two classes for cross_entropy, but has 'tensor<4x1xf32>'}}
func.func @one(%x: tensor<4x1xf32>) -> tensor<4x1xf32> {
  return %x : tensor<4x1xf32>
}

// -----

// expected-error @below {{requires a first result of floats to be trained, but has 'tensor<4x3xi32>'}}
func.func @integers(%x: tensor<4x3xi32>) -> tensor<4x3xi32> {
  return %x : tensor<4x3xi32>
}
