// What depends on constants alone is computed by the reference; what depends on an input, or on parameters that have
// names already, stays.
// RUN: qopt %s --split-input-file --verify-diagnostics --tally-fold-constants | FileCheck %s

ml_program.global private @w(dense<[1.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>

// CHECK-LABEL: func @network
// CHECK-DAG: %[[SUM:.*]] = "tosa.const"() <{values = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>}>
// CHECK-DAG: %[[W:.*]] = ml_program.global_load_const @w
// CHECK-DAG: %[[ROOT:.*]] = tosa.rsqrt %[[W]]
// CHECK-DAG: %[[Y:.*]] = tosa.add %arg0, %[[SUM]]
// CHECK-NOT: arith.constant
// CHECK: return %[[Y]], %[[ROOT]]
func.func @network(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %a = arith.constant dense<[3.0, 15.0]> : tensor<2xf32>
  %b = "tosa.const"() <{values = dense<1.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %c = tosa.add %a, %b : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
  %d = tosa.rsqrt %c : (tensor<2xf32>) -> tensor<2xf32>
  %y = tosa.add %x, %d : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %w = ml_program.global_load_const @w : tensor<2xf32>
  %r = tosa.rsqrt %w : (tensor<2xf32>) -> tensor<2xf32>
  return %y, %r : tensor<2xf32>, tensor<2xf32>
}

// -----

// Dimensions move, in a resource as well.
// CHECK-LABEL: func @moved
// CHECK: %[[C:.*]] = "tosa.const"() <{values = dense<{{\[\[}}1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>}>
// CHECK-NOT: tosa.transpose
// CHECK: return %[[C]]
func.func @moved(%x: tensor<1xf32>) -> tensor<2x2xf32> {
  %c = "tosa.const"() <{values = dense_resource<c> : tensor<4xf32>}> : () -> tensor<4xf32>
  %two = tosa.const_shape {values = dense<2> : tensor<2xindex>} : () -> !tosa.shape<2>
  %r = tosa.reshape %c, %two : (tensor<4xf32>, !tosa.shape<2>) -> tensor<2x2xf32>
  %t = tosa.transpose %r {perms = array<i32: 1, 0>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %t : tensor<2x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      c: "0x040000000000803F000000400000404000008040"
    }
  }
#-}

// -----

func.func @no_reference(%x: tensor<1xf32>) -> tensor<2xf32> {
  %c = "tosa.const"() <{values = dense<[3.0, 15.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  // expected-error @below {{'tosa.reverse' cannot be interpreted}}
  %y = tosa.reverse %c {axis = 0 : i32} : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
