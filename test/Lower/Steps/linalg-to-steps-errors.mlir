// RUN: qopt %s --tally-linalg-to-steps --split-input-file --verify-diagnostics

// expected-error @below {{requires tensors of static shape to be lowered to loops}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

// expected-error @below {{requires one block to be lowered to loops}}
func.func @blocks(%x: tensor<1xf32>) -> tensor<1xf32> {
  cf.br ^end
^end:
  return %x : tensor<1xf32>
}

// -----

func.func @named(%x: tensor<1xf32>) -> tensor<1xf32> {
  // expected-error @below {{'tosa.exp' cannot be lowered to loops}}
  %y = tosa.exp %x : (tensor<1xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}
