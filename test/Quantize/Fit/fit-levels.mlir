// Convolutions whose plan names powers of two get packed codes; the first and last layer have equal steps.
// RUN: %make_images %t 16,6,6,2 7
// RUN: tally calibrate %s --data npy:%t.x.npy,%t.y.npy -o %t.cal.mlir
// RUN: tally quantize %t.cal.mlir --recipe apot-w4a8 --data npy:%t.x.npy,%t.y.npy | FileCheck %s
// RUN: tally quantize %t.cal.mlir --recipe pot-w3a4 --data npy:%t.x.npy,%t.y.npy | FileCheck %s --check-prefix=POT
// RUN: echo '{"layers": [{"name": "inner", "levels": "pot", "bits": 7}]}' > %t.bits.json
// RUN: not tally quantize %t.cal.mlir --recipe %t.bits.json --data npy:%t.x.npy,%t.y.npy 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: echo '{"layers": [{"levels": "apot", "bits": 4, "rounding": "log"}]}' > %t.log.json
// RUN: not tally quantize %t.cal.mlir --recipe %t.log.json --data npy:%t.x.npy,%t.y.npy 2>&1 | FileCheck %s --check-prefix=LOG
// RUN: echo '{"layers": [{"name": "inner", "levels": "apot", "bits": 4, "rounding": "admm"}]}' > %t.admm.json
// RUN: tally quantize %t.cal.mlir --recipe %t.admm.json --data npy:%t.x.npy,%t.y.npy | FileCheck %s --check-prefix=ADMM
// ADMM: ml_program.global private @inner(dense{{.*}} : tensor<8xui8>) : tensor<4x1x1x4x!apot4>
// RUN: echo '{"layers": [{"position": "middle"}]}' > %t.place.json
// RUN: not tally quantize %t.cal.mlir --recipe %t.place.json 2>&1 | FileCheck %s --check-prefix=PLACE

// CHECK-DAG: ml_program.global private @first(dense{{.*}} : tensor<4x1x1x2xi8>)
// CHECK-DAG: ml_program.global private @last(dense{{.*}} : tensor<2x1x1x4xi8>)
// CHECK-DAG: ml_program.global private @inner(dense{{.*}} : tensor<8xui8>) : tensor<4x1x1x4x!apot4>
// CHECK: %[[W:.*]] = tally.decode %inner {{.*}}: tensor<4x1x1x4x!apot4> -> tensor<4x1x1x4x!{{.*}}>
// CHECK: tosa.conv2d {{.*}}, %[[W]],
// POT: !tally.pot<s3:0,
// POT: ml_program.global private @inner(dense{{.*}} : tensor<6xui8>)
// BITS: error: layer 'inner': {{.*}}bits
// LOG: error: layer 'first': sums of powers of two have no nearest exponent
// PLACE: 'position' requires 'first', 'last' or 'inner', but got 'middle'
ml_program.global private @first(dense<[[[[0.5, -0.25]]], [[[0.1, 0.3]]], [[[-0.7, 0.2]]], [[[0.9, 0.4]]]]> : tensor<4x1x1x2xf32>) : tensor<4x1x1x2xf32>
ml_program.global private @inner(dense<[[[[0.5, -0.25, 0.1, 0.9]]], [[[0.1, 0.3, -0.6, 0.2]]], [[[-0.7, 0.2, 0.3, 0.3]]], [[[0.9, 0.4, -0.1, -0.2]]]]> : tensor<4x1x1x4xf32>) : tensor<4x1x1x4xf32>
ml_program.global private @last(dense<[[[[0.5, -0.25, 0.1, 0.9]]], [[[0.1, 0.3, -0.6, 0.2]]]]> : tensor<2x1x1x4xf32>) : tensor<2x1x1x4xf32>
func.func @main(%x: tensor<1x6x6x2xf32>) -> tensor<1x6x6x2xf32> {
  %first = ml_program.global_load_const @first : tensor<4x1x1x2xf32>
  %inner = ml_program.global_load_const @inner : tensor<4x1x1x4xf32>
  %last = ml_program.global_load_const @last : tensor<2x1x1x4xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %0 = tosa.conv2d %x, %first, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "first"}
      : (tensor<1x6x6x2xf32>, tensor<4x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x4xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  %2 = tosa.conv2d %1, %inner, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "inner"}
      : (tensor<1x6x6x4xf32>, tensor<4x1x1x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x4xf32>
  %3 = tosa.clamp %2 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32} : (tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  %4 = tosa.conv2d %3, %last, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "last"}
      : (tensor<1x6x6x4xf32>, tensor<2x1x1x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x6x6x2xf32>
  return %4 : tensor<1x6x6x2xf32>
}
