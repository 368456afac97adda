// One rule for what the network is, for whoever asks.
// RUN: qopt %s --split-input-file --tally-set-batch=batch=2 --verify-diagnostics

// expected-error @below {{requires one public function, which is the network, but has '@main' and '@other': make the others private}}
module {
  func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    return %x : tensor<1x4xf32>
  }
  func.func @other(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
    return %x : tensor<1x4xf32>
  }
}

// -----

// expected-error @below {{requires one public function, which is the network, but has none}}
module {
  func.func private @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32>
}

// -----

// expected-error @below {{requires a body of one block}}
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  cf.br ^end
^end:
  return %x : tensor<1x4xf32>
}
