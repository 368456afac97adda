// RUN: qopt %s --split-input-file --verify-diagnostics --tally-add-loss --tally-add-interval-loss

func.func @reciprocal(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @below {{layer 'inverse' is computed by 'tosa.reciprocal', which has no interval form: a network with it cannot be trained with 'certified'}}
  %y = tosa.reciprocal %x {tally.name = "inverse"} : (tensor<4x3xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

func.func @square(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error @below {{layer 'square' is computed by 'tosa.mul' of two values of the network, which has no interval form}}
  %y = tosa.mul %x, %x, %shift {tally.name = "square"} : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<1xi8>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// expected-error @below {{has 2 inputs, but intervals are around the images of one}}
func.func @two(%x: tensor<4x3xf32>, %y: tensor<4x3xf32>) -> tensor<4x3xf32> {
  return %x : tensor<4x3xf32>
}

// -----

// expected-error @below {{requires a first result that depends on the images}}
func.func @constant(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = "tosa.const"() {values = dense<0.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
