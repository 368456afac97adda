// Constants fit their types, tensors have elements and symbols names, before anything relies on it: upstream's verifiers look at neither.
// RUN: qopt %s --tally-verify-contents --split-input-file --verify-diagnostics
// RUN: qopt %s --tally-lower-to-linalg --split-input-file --verify-diagnostics
// RUN: qopt %s --tally-quantize-network --split-input-file --verify-diagnostics

!u4 = !quant.uniform<u8<0:15>:f32, 0.5>
// expected-error @below {{holds codes of '!quant.uniform<u8<0:15>:f32, 5.000000e-01>' in elements of type 'f32', but its storage has 8 bits}}
ml_program.global private @floats(dense<1.0> : tensor<2xf32>) : tensor<2x!u4>
// expected-error @below {{in elements of type 'i32', but its storage has 8 bits}}
ml_program.global private @wide(dense<1> : tensor<2xi32>) : tensor<2x!u4>
// expected-error @below {{has a value of type 'tensor<4xui8>' for type 'tensor<2x!quant.uniform<u8<0:15>:f32, 5.000000e-01>>'}}
ml_program.global private @shape(dense<1> : tensor<4xui8>) : tensor<2x!u4>
// expected-error @below {{holds the code 16 as element 1, outside the range 0 to 15 of '!quant.uniform<u8<0:15>:f32, 5.000000e-01>'}}
ml_program.global private @large(dense<[1, 16]> : tensor<2xui8>) : tensor<2x!u4>
// expected-error @below {{holds the code -1 as element 0, outside the range 0 to 15}}
ml_program.global private @negative(dense<[-1, 0]> : tensor<2xi8>) : tensor<2x!u4>
// expected-error @below {{has a value of type 'tensor<2xi32>' for type 'tensor<2xf32>'}}
ml_program.global private @ints(dense<1> : tensor<2xi32>) : tensor<2xf32>
// expected-error @below {{has a value of type 'tensor<3xf32>' for type 'tensor<2xf32>'}}
ml_program.global private @floatshape(dense<1.0> : tensor<3xf32>) : tensor<2xf32>
// expected-error @below {{has the value 1.000000e+00 : f32 for type 'tensor<2xf32>'}}
ml_program.global private @number(1.0 : f32) : tensor<2xf32>
// expected-error @below {{has constant elements that cannot be read}}
ml_program.global private @missing(dense_resource<nothing> : tensor<2xf32>) : tensor<2xf32>
// expected-error @below {{has constant elements that cannot be read}}
ml_program.global private @short(dense_resource<short> : tensor<4xf32>) : tensor<4xf32>

{-# dialect_resources: { builtin: { short: "0x040000000000803F" } } #-}

// -----

!axis = !quant.uniform<i8<-3:3>:f32:0, {0.5, 0.25}>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{holds the code 4 as element 1, outside the range -3 to 3}}
  %w = "tosa.const"() <{values = dense<[0, 4]> : tensor<2xi8>}> : () -> tensor<2x!axis>
  return %x : tensor<1x2xf32>
}

// -----

// expected-error @below {{has a tensor of type 'tensor<0x2xf32>', without elements}}
func.func @empty(%x: tensor<0x2xf32>) -> tensor<1x2xf32> {
  %0 = "tosa.const"() <{values = dense<0.0> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// expected-error @below {{has a tensor of type 'tensor<4294967296x4294967296xf32>', with more than 1099511627776 elements or 16 dimensions}}
func.func @wraps(%x: tensor<4294967296x4294967296xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{has a tensor of type 'tensor<0xf32>', without elements}}
  %0 = tensor.empty() : tensor<0xf32>
  %1 = "tosa.const"() <{values = dense<0.0> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// expected-error @below {{has an empty name}}
func.func @""(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}

// -----

// What upstream's verifiers leave out of operations that move elements.
func.func @beyond(%x: tensor<1x2x3xf32>) -> tensor<1x2x3xf32> {
  %start = tosa.const_shape {values = dense<[0, 0, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %size = tosa.const_shape {values = dense<[1, 2, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
  // expected-error @below {{'tosa.slice' op takes 3 elements from 2 on along dimension 2, which has 3}}
  %0 = tosa.slice %x, %start, %size : (tensor<1x2x3xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @following(%x: tensor<1x2x3xf32>) -> tensor<1x2x2xf32> {
  %start = tosa.const_shape {values = dense<[0, 0, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %size = tosa.const_shape {values = dense<[1, 2, -1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  // expected-error @below {{'tosa.slice' op takes all elements from 1 on along dimension 2: their number has to be written, 2}}
  %0 = tosa.slice %x, %start, %size : (tensor<1x2x3xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x2x2xf32>
  return %0 : tensor<1x2x2xf32>
}

// -----

func.func @before(%x: tensor<1x2x3xf32>) -> tensor<1x2x3xf32> {
  %start = tosa.const_shape {values = dense<[0, -1, 0]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %size = tosa.const_shape {values = dense<[1, 2, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
  // expected-error @below {{'tosa.slice' op takes 2 elements from -1 on along dimension 1, which has 2}}
  %0 = tosa.slice %x, %start, %size : (tensor<1x2x3xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @other(%x: tensor<1x2x3xf32>) -> tensor<1x2x3xf32> {
  %start = tosa.const_shape {values = dense<0> : tensor<3xindex>} : () -> !tosa.shape<3>
  %size = tosa.const_shape {values = dense<[1, 1, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
  // expected-error @below {{'tosa.slice' op takes 1 elements along dimension 1, but its result has 2}}
  %0 = tosa.slice %x, %start, %size : (tensor<1x2x3xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @padded(%x: tensor<1x2x3xf32>) -> tensor<1x1x3xf32> {
  %pads = tosa.const_shape {values = dense<[0, 0, -1, 0, 0, 0]> : tensor<6xindex>} : () -> !tosa.shape<6>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // expected-error @below {{'tosa.pad' op pads dimension 1 by -1 elements: tosa.slice leaves elements out}}
  %0 = tosa.pad %x, %pads, %zero : (tensor<1x2x3xf32>, !tosa.shape<6>, tensor<1xf32>) -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

func.func @tiled(%x: tensor<1x2x3xf32>) -> tensor<1x3x3xf32> {
  %times = tosa.const_shape {values = dense<[1, 2, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  // expected-error @below {{'tosa.tile' op repeats the 2 elements of dimension 1 2 times, but its result has 3}}
  %0 = tosa.tile %x, %times : (tensor<1x2x3xf32>, !tosa.shape<3>) -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}
