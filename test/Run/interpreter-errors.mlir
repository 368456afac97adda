// What cannot be interpreted is a diagnostic at its place, for every pass that runs the network.
// RUN: %make_images %t 4,2,2,1 1
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-calibrate=data=npy:%t.x.npy,%t.y.npy

func.func @unknown(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  // expected-error @below {{'tosa.reverse' cannot be interpreted}}
  %y = tosa.reverse %x {axis = 1 : i32} : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// -----

// Four images run as one batch, whose results would need a dimension of their own.
func.func @batch(%x: tensor<1x2x2x1xf32>) -> tensor<f32> {
  %n = tosa.const_shape {values = dense<1> : tensor<4xindex>} : () -> !tosa.shape<4>
  %0 = tosa.const_shape {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %s = tosa.const_shape {values = dense<> : tensor<0xindex>} : () -> !tosa.shape<0>
  %p = tosa.slice %x, %0, %n : (tensor<1x2x2x1xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x1x1x1xf32>
  // expected-error @below {{has a result without dimensions, so it runs with one copy of the network at a time}}
  %y = tosa.reshape %p, %s : (tensor<1x1x1x1xf32>, !tosa.shape<0>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

!per_block = !quant.uniform<i8:f32:{1:1}, {{1.0, 2.0}}>
func.func @type(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %c = "tosa.const"() <{values = dense<1.0> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  // expected-error @below {{cannot be interpreted for}}
  %q = quant.qcast %c : tensor<1x2xf32> to tensor<1x2x!per_block>
  return %x : tensor<1x2x2x1xf32>
}
