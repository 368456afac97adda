// Codes of 8 bits cover all but the outermost 1e-4 of what calibration saw, unless it is those that carry what is said.
// RUN: qopt %s --tally-insert-quantizers --split-input-file | FileCheck %s

// One value of 16 in 100,000, all others zero: next to nothing of it is lost.
// CHECK-DAG: !quant.uniform<u8:f32, 0.062{{.*}}>
#seen = #tally.sketch<count = 100000, min = 0.0, max = 16.5, exponent = 0, first = 0, bins = [99999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]>
// CHECK-LABEL: @rare
ml_program.global private @w(dense<1.0> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>
func.func @rare(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = ml_program.global_load_const @w : tensor<1x1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %x1 = tally.observe %x sketch #seen : tensor<1x1x1x1xf32>
  %c = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %c : tensor<1x1x1x1xf32>
}

// -----

// The same value behind 99,999 that are spread evenly over 0 .. 4: an outlier.
// CHECK-DAG: !quant.uniform<u8:f32, 0.015{{[67].*}}>
#seen = #tally.sketch<count = 100000, min = 0.0, max = 16.5, exponent = 0, first = 0, bins = [25000, 25000, 25000, 24999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]>
// CHECK-LABEL: @outlier
ml_program.global private @w(dense<1.0> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>
func.func @outlier(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = ml_program.global_load_const @w : tensor<1x1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %x1 = tally.observe %x sketch #seen : tensor<1x1x1x1xf32>
  %c = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %c : tensor<1x1x1x1xf32>
}

// -----

// A recipe may want all that was seen.
// CHECK-DAG: !quant.uniform<u8:f32, 0.064{{.*}}>
#seen = #tally.sketch<count = 100000, min = 0.0, max = 16.5, exponent = 0, first = 0, bins = [25000, 25000, 25000, 24999, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]>
// CHECK-LABEL: @all
module attributes {tally.plan = {activation_quantile = 1.0 : f64}} {
  ml_program.global private @w(dense<1.0> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>
  func.func @all(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
    %w = ml_program.global_load_const @w : tensor<1x1x1x1xf32>
    %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
    %x1 = tally.observe %x sketch #seen : tensor<1x1x1x1xf32>
    %c = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
        : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
    return %c : tensor<1x1x1x1xf32>
  }
}
