// What cannot be interpreted is a diagnostic at its place, for every pass that runs the network.
// RUN: %make_images %t 4,2,2,1 1
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-calibrate=data=npy:%t.x.npy,%t.y.npy

func.func @unknown(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  // expected-error @below {{'tosa.sin' cannot be interpreted}}
  %y = tosa.sin %x : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// -----

// Four images run as one batch, which this operation takes apart.
func.func @batch(%x: tensor<1x2x2x1xf32>) -> tensor<2x2x1x1xf32> {
  // expected-error @below {{moves the batch dimension}}
  %y = tosa.transpose %x {perms = array<i32: 1, 2, 0, 3>} : (tensor<1x2x2x1xf32>) -> tensor<2x2x1x1xf32>
  return %y : tensor<2x2x1x1xf32>
}

// -----

!per_block = !quant.uniform<i8:f32:{1:1}, {{1.0, 2.0}}>
func.func @type(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %c = "tosa.const"() <{values = dense<1.0> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  // expected-error @below {{cannot be interpreted for}}
  %q = quant.qcast %c : tensor<1x2xf32> to tensor<1x2x!per_block>
  return %x : tensor<1x2x2x1xf32>
}
