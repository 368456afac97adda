// The gradient of the first result for every parameter, by the chain rule.
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-differentiate | FileCheck %s

// CHECK: func.func @main
// CHECK-SAME: tensor<3xf32> {tally.name = "gradient:w"}, tensor<3xf32> {tally.name = "gradient:unused"}
// CHECK: %[[Y:.*]] = tosa.mul %[[X:.*]], %[[W:.*]], %{{.*}} : (tensor<3xf32>
// CHECK: tosa.reduce_sum %[[Y]]
// The sum gives each element 1, which meets x.
// CHECK: %[[ONES:.*]] = tosa.add
// CHECK: %[[G:.*]] = tosa.mul %[[ONES]], %[[X]]
// CHECK: %[[ZERO:.*]] = "tosa.const"() <{values = dense<0.000000e+00> : tensor<3xf32>}>
// CHECK: return %{{.*}}, %[[G]], %[[ZERO]]
func.func @main(%x: tensor<3xf32>, %w: tensor<3xf32> {tally.name = "parameter:w"},
                %u: tensor<3xf32> {tally.name = "parameter:unused"}) -> tensor<1xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %y = tosa.mul %x, %w, %shift : (tensor<3xf32>, tensor<3xf32>, tensor<1xi8>) -> tensor<3xf32>
  %s = tosa.reduce_sum %y {axis = 0 : i32} : (tensor<3xf32>) -> tensor<1xf32>
  return %s : tensor<1xf32>
}

// -----

func.func @without_rule(%w: tensor<1xf32> {tally.name = "parameter:w"}) -> tensor<1xf32> {
  // expected-error @below {{'tosa.floor' of layer 'stairs' has no gradient, so what is in front of it cannot be trained}}
  %y = tosa.floor %w {tally.name = "stairs"} : (tensor<1xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}

// -----

// expected-error @below {{requires a first result of one f32 to be differentiated: run tally-add-loss first}}
func.func @many(%w: tensor<3xf32> {tally.name = "parameter:w"}) -> tensor<3xf32> {
  return %w : tensor<3xf32>
}

// -----

// expected-error @below {{has no parameters to be differentiated by: run tally-parameters-to-arguments first}}
func.func @none(%x: tensor<1xf32>) -> tensor<1xf32> {
  return %x : tensor<1xf32>
}

// -----

// Weights that their quantizer clamped to its codes still lie on their side of the input: the
// gradient to the input is that of the weights before.
// CHECK-LABEL: func.func @adder
// CHECK-SAME: %[[V:[a-z0-9]*]]: tensor<1x1x1x2xf32> {tally.name = "parameter:v"}, %[[F:[a-z0-9]*]]: tensor<1x1x1x2xf32>
// CHECK: tally.adder_input_gradient %{{.*}}, %[[V]], %[[F]] rule <hard_tanh>
func.func @adder(%v: tensor<1x1x1x2xf32> {tally.name = "parameter:v"},
                 %f: tensor<1x1x1x2xf32> {tally.name = "parameter:f"}) -> tensor<1xf32> {
  %scale = "tosa.const"() {values = dense<0.25> : tensor<1xf32>} : () -> tensor<1xf32>
  %q = tally.learned_quantizer %f by %scale to !quant.uniform<u8<0:15>:f32, 1.0> {passes_outside} : tensor<1x1x1x2xf32>, tensor<1xf32>
  %s = tally.adder_conv2d %v, %q pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]
      : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x1xf32>
  %shape = tosa.const_shape {values = dense<1> : tensor<1xindex>} : () -> !tosa.shape<1>
  %y = tosa.reshape %s, %shape : (tensor<1x1x1x1xf32>, !tosa.shape<1>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}
