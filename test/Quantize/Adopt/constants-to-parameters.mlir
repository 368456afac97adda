// Constants that were learnt become parameters with names; zero points, shapes and constants of one value stay.
// RUN: qopt %s --split-input-file --tally-constants-to-parameters | FileCheck %s

// Names come from locations: of the layer, of the constant, of the weight for its layer.
// CHECK-DAG: ml_program.global private @stem.weight(dense<{{.*}}> : tensor<1x1x1x2xf32>)
// CHECK-DAG: ml_program.global private @shift(dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>)
// CHECK-DAG: ml_program.global private @head.weight(dense<3.000000e+00> : tensor<2x1x1x1xf32>)
// CHECK-DAG: ml_program.global private @stem.2.weight(dense<{{.*}}> : tensor<1x1x1x2xf32>)
// CHECK-LABEL: func @named
// CHECK: %[[ZERO:.*]] = "tosa.const"() <{values = dense<0.000000e+00> : tensor<1xf32>}>
// CHECK: %[[W1:.*]] = ml_program.global_load_const @stem.weight
// CHECK: tosa.conv2d %arg0, %[[W1]], %[[ZERO]], %[[ZERO]], %[[ZERO]] {{.*}}tally.name = "stem"}
// CHECK-DAG: %[[W2:.*]] = ml_program.global_load_const @head.weight
// CHECK-DAG: %[[B2:.*]] = ml_program.global_load_const @shift
// CHECK: tosa.conv2d %{{.*}}, %[[W2]], %[[B2]], %[[ZERO]], %[[ZERO]] {{.*}}tally.name = "head"}
// CHECK: %[[W3:.*]] = ml_program.global_load_const @stem.2.weight
// CHECK: tosa.conv2d %arg0, %[[W3]], %[[ZERO]], %[[ZERO]], %[[ZERO]] {{.*}}tally.name = "stem.2"}
func.func @named(%x: tensor<1x1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>) {
  %w1 = "tosa.const"() <{values = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>}> : () -> tensor<1x1x1x2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %w2 = "tosa.const"() <{values = dense<3.0> : tensor<2x1x1x1xf32>}> : () -> tensor<2x1x1x1xf32> loc("head.weight")
  %b2 = "tosa.const"() <{values = dense<[1.0, 2.0]> : tensor<2xf32>}> : () -> tensor<2xf32> loc("shift")
  %0 = tosa.conv2d %x, %w1, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32> loc("stem"("net.py":3:1))
  %1 = tosa.conv2d %0, %w2, %b2, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x1x1x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x2xf32>
  %2 = tosa.conv2d %x, %w1, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32> loc("stem")
  return %1, %2 : tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>
}

// -----

// Where nothing has a name, layers are numbered; what belongs to our operations moves even where it has one value.
// CHECK-DAG: ml_program.global private @layer1.weight(dense<2.000000e+00> : tensor<2x1x1x2xf32>)
// CHECK-DAG: ml_program.global private @layer2.weight(dense<1.000000e+00> : tensor<2xf32>)
// CHECK-DAG: ml_program.global private @layer2.bias(dense<1.000000e+00> : tensor<2xf32>)
// CHECK-DAG: ml_program.global private @layer2.mean(dense<1.000000e+00> : tensor<2xf32>)
// CHECK-DAG: ml_program.global private @layer2.var(dense<1.000000e+00> : tensor<2xf32>)
// CHECK-DAG: ml_program.global private @mul.constant(dense<{{.*}}> : tensor<1x1x1x2xf32>)
// CHECK-LABEL: func @numbered
// CHECK-DAG: %[[TWO:.*]] = "tosa.const"() <{values = dense<2.000000e+00>
// CHECK: tally.adder_conv2d {{.*}}tally.name = "layer1"
// CHECK: tally.batch_norm {{.*}}tally.name = "layer2"
// CHECK: tosa.add %{{.*}}, %[[TWO]]
func.func @numbered(%x: tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32> {
  %w = "tosa.const"() <{values = dense<2.0> : tensor<2x1x1x2xf32>}> : () -> tensor<2x1x1x2xf32>
  %one = "tosa.const"() <{values = dense<1.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %c = "tosa.const"() <{values = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>}> : () -> tensor<1x1x1x2xf32>
  %two = "tosa.const"() <{values = dense<2.0> : tensor<1x1x1x2xf32>}> : () -> tensor<1x1x1x2xf32>
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] : (tensor<1x1x1x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %1 = tally.batch_norm %0, %one, %one, %one, %one {epsilon = 0.0 : f32} : tensor<1x1x1x2xf32>, tensor<2xf32>
  %2 = tosa.mul %1, %c, %shift : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1xi8>) -> tensor<1x1x1x2xf32>
  %3 = tosa.add %2, %two : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  return %3 : tensor<1x1x1x2xf32>
}
