// A quantizer on floats is arithmetic; constant codes are the floats that they stand for. Scales that are numbers of
// single precision divide in single precision.
// RUN: qopt %s --split-input-file --tally-simulate-quantizers --verify-diagnostics | FileCheck %s

!u8 = !quant.uniform<u8:f32, 0.5:3>
// CHECK-LABEL: func.func @tensor
// CHECK-NOT: quant.
// CHECK: linalg.generic
// CHECK-SAME: ins(%arg0 : tensor<1x2xf32>)
// CHECK-SAME: tally.name = "q"
// CHECK: [[X:%.*]] = arith.divf {{.*}} : f32
// CHECK: [[W:%.*]] = arith.extf [[X]]
// CHECK: arith.cmpf olt, [[W]]
// CHECK: arith.truncf {{.*}} : f64 to f32
func.func @tensor(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = quant.qcast %x {tally.name = "q"} : tensor<1x2xf32> to tensor<1x2x!u8>
  %d = quant.dcast %q {tally.name = "q"} : tensor<1x2x!u8> to tensor<1x2xf32>
  return %d : tensor<1x2xf32>
}

// -----

!axis = !quant.uniform<u8:f32:1, {0.1:3, 0.25:200}>
// CHECK-LABEL: func.func @channels
// CHECK-DAG: [[S:%.*]] = arith.constant dense<[1.000000e-01, 2.500000e-01]> : tensor<2xf64>
// CHECK-DAG: [[L:%.*]] = arith.constant dense<[-3.000000e+00, -2.000000e+02]> : tensor<2xf64>
// CHECK-DAG: [[H:%.*]] = arith.constant dense<[2.520000e+02, 5.500000e+01]> : tensor<2xf64>
// CHECK: linalg.generic
// CHECK-SAME: ins(%arg0, [[S]], [[L]], [[H]]
// CHECK: arith.divf {{.*}} : f64
func.func @channels(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = quant.qcast %x : tensor<1x2xf32> to tensor<1x2x!axis>
  %d = quant.dcast %q : tensor<1x2x!axis> to tensor<1x2xf32>
  return %d : tensor<1x2xf32>
}

// -----

!w = !quant.uniform<i8:f32:0, {0.5, 0.25}>
// CHECK: @w(dense<{{\[\[}}5.000000e-01, -1.000000e+00], [7.500000e-01, -1.000000e+00]]> : tensor<2x2xf32>) : tensor<2x2xf32>
// CHECK-LABEL: func.func @constant
// CHECK-NEXT: [[W:%.*]] = ml_program.global_load_const @w : tensor<2x2xf32>
// CHECK-NEXT: return [[W]]
ml_program.global private @w(dense<[[1, -2], [3, -4]]> : tensor<2x2xi8>) : tensor<2x2x!w>
func.func @constant() -> tensor<2x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x2x!w>
  %d = quant.dcast %w : tensor<2x2x!w> to tensor<2x2xf32>
  return %d : tensor<2x2xf32>
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @lone(%x: tensor<1x2x!u8>) -> tensor<1x2xf32> {
  // expected-error @below {{requires floats that are quantized and dequantized}}
  %d = quant.dcast %x : tensor<1x2x!u8> to tensor<1x2xf32>
  return %d : tensor<1x2xf32>
}
