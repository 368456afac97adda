// adder_linear becomes a 1x1 adder_conv2d; its weights stay a parameter of the same name, in
// their new shape.
// RUN: qopt %s --tally-linear-to-conv | FileCheck %s

// CHECK-DAG: ml_program.global private @w(dense<{{.*}}> : tensor<3x1x1x2xf32>) : tensor<3x1x1x2xf32>
// CHECK-DAG: ml_program.global private @shared(dense<1.0{{.*}}> : tensor<3x2xf32>) : tensor<3x2xf32>
ml_program.global private @w(dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>) : tensor<3x2xf32>
ml_program.global private @shared(dense<1.0> : tensor<3x2xf32>) : tensor<3x2xf32>

// CHECK-LABEL: func @parameter
// CHECK-DAG: %[[W:.*]] = ml_program.global_load_const @w : tensor<3x1x1x2xf32>
// CHECK-DAG: %[[X:.*]] = tosa.reshape %arg0, %{{.*}} -> tensor<4x1x1x2xf32>
// CHECK: %[[Y:.*]] = tally.adder_conv2d %[[X]], %[[W]] pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "fc"}
// CHECK-SAME: -> tensor<4x1x1x3xf32>
// CHECK: %[[R:.*]] = tosa.reshape %[[Y]], %{{.*}} -> tensor<4x3xf32>
// CHECK: return %[[R]]
func.func @parameter(%x: tensor<4x2xf32>) -> tensor<4x3xf32> {
  %w = ml_program.global_load_const @w : tensor<3x2xf32>
  %y = tally.adder_linear %x, %w {tally.name = "fc"} : (tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// A parameter that something else reads keeps its shape, too.
// CHECK-LABEL: func @read_twice
// CHECK-DAG: %[[OLD:.*]] = ml_program.global_load_const @shared : tensor<3x2xf32>
// CHECK-DAG: %[[NEW:.*]] = ml_program.global_load_const @{{.*}} : tensor<3x1x1x2xf32>
// CHECK: tally.adder_conv2d %{{.*}}, %[[NEW]]
// CHECK: return %{{.*}}, %[[OLD]]
func.func @read_twice(%x: tensor<4x2xf32>) -> (tensor<4x3xf32>, tensor<3x2xf32>) {
  %w = ml_program.global_load_const @shared : tensor<3x2xf32>
  %y = tally.adder_linear %x, %w : (tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  return %y, %w : tensor<4x3xf32>, tensor<3x2xf32>
}

// Weights that are computed are reshaped where they are.
// CHECK-LABEL: func @computed
// CHECK-DAG: %[[F:.*]] = tosa.reshape %arg1, %{{.*}} -> tensor<3x1x1x2xf32>
// CHECK: tally.adder_conv2d %{{.*}}, %[[F]]
// CHECK-NOT: tally.adder_linear
func.func @computed(%x: tensor<4x2xf32>, %w: tensor<3x2xf32>) -> tensor<4x3xf32> {
  %y = tally.adder_linear %x, %w : (tensor<4x2xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
