// Observers stand where values are rounded, and see all images, 0, 1/16, ... 11/16.
// RUN: %make_images %t 3,2,2,1 1
// RUN: qopt %s --tally-calibrate=data=npy:%t.x.npy,%t.y.npy -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: qopt %t.mlir --tally-calibrate=data=npy:%t.x.npy,%t.y.npy#0-0 | FileCheck %s --check-prefix=AGAIN
// RUN: qopt %s --tally-calibrate="data=npy:%t.x.npy,%t.y.npy images=2" | FileCheck %s --check-prefix=TWO
// RUN: qopt %s --tally-calibrate="data=npy:%t.x.npy,%t.y.npy mean=0.25 std=0.5" | FileCheck %s --check-prefix=NORMAL
// RUN: not qopt %s --tally-calibrate 2>&1 | FileCheck %s --check-prefix=NODATA
// RUN: %make_images %t.wrong 3,4,1,1 1
// RUN: not qopt %s --tally-calibrate=data=npy:%t.wrong.x.npy,%t.wrong.y.npy 2>&1 | FileCheck %s --check-prefix=SHAPE

// NODATA: error: requires images: give 'data' (--data DATA), or a recipe that does not measure outputs
// SHAPE: error: takes [2, 2, 1], but the images of 'npy:{{.*}}' are [H, W, C] = [4, 1, 1]

ml_program.global private @w(dense<1.0> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>

// CHECK: module attributes {tally.stage = #tally.stage<calibrated>}
// CHECK: func @main(%[[X:.*]]: tensor<1x2x2x1xf32>
// CHECK: %[[O:.*]] = tally.observe %[[X]] sketch <count = 12, min = 0.0{{.*}}, max = 6.875000e-01
// One observer serves both readers; the negative results, twice -|x - 1|, have their own.
// CHECK-NEXT: ml_program.global_load_const
// CHECK-NEXT: %[[Y:.*]] = tally.adder_conv2d %[[O]],
// CHECK-NEXT: %[[Z:.*]] = tally.observe %[[Y]] sketch <count = 24, min = -1.0{{.*}}, max = -3.125{{0*}}e-01, {{.*}} {tally.name = "adder"}
// A maximum of values that are rounded needs no rounding.
// CHECK-NEXT: %[[P:.*]] = tosa.max_pool2d %[[O]]
// CHECK-NEXT: return %[[Z]], %[[P]]

// AGAIN: tally.observe {{.*}} sketch <count = 16, min = 0.0{{.*}}, max = 6.875000e-01
// AGAIN: tally.observe {{.*}} sketch <count = 32,
// TWO: tally.observe {{.*}} sketch <count = 8, min = 0.0{{.*}}, max = 4.375000e-01
// The module records how images were normalised, and the argument what was seen; later passes hold to it.
// RUN: qopt %s --tally-calibrate="data=npy:%t.x.npy,%t.y.npy mean=0.25 std=0.5" -o %t.normal.mlir
// RUN: qopt %t.normal.mlir --tally-calibrate="data=npy:%t.x.npy,%t.y.npy" | FileCheck %s --check-prefix=HELD
// RUN: not qopt %t.normal.mlir --tally-calibrate="data=npy:%t.x.npy,%t.y.npy mean=0.25" 2>&1 | FileCheck %s --check-prefix=OTHER
// HELD: tally.mean = array<f32: 2.500000e-01>, tally.stage = #tally.stage<calibrated>, tally.std = array<f32: 5.000000e-01>
// HELD: {tally.range = array<f64: -5.000000e-01, 8.750000e-01>}
// HELD: tally.observe {{.*}} sketch <count = 24, min = -5.0{{0*}}e-01, max = 8.75{{0*}}e-01
// OTHER: error: is recorded to take images with mean 0.25 and std 0.5, but gets them with mean 0.25 and std 1

// NORMAL: tally.observe {{.*}} sketch <count = 12, min = -5.0{{0*}}e-01, max = 8.75{{0*}}e-01
func.func @main(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x1x1x1xf32>) {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "adder"}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  %p = tosa.max_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32>
  return %y, %p : tensor<1x2x2x2xf32>, tensor<1x1x1x1xf32>
}
