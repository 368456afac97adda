// Steps by the deviation of values: of weights around 0 by channel, of inputs from their mean on.
// RUN: qopt %s --tally-insert-quantizers --split-input-file | FileCheck %s

// Of 0.5, 1.5, 2.5 and 3.5: mean 2, deviation 1.118; codes reach to 2 + 1.5 * 0.996 * 1.118 in three steps.
// CHECK-DAG: !quant.uniform<u8<0:3>:f32, 1.223{{.*}}>
// Of 1, -1, 0.5 and 3: 0.996 * 1.677. Four times 0.5, and 0.996 of that.
// CHECK-DAG: !quant.uniform<i8<-1:1>:f32:0, {1.670{{.*}},4.98{{0*}}e-01}>
#seen = #tally.sketch<count = 100000, min = 0.0, max = 4.0, exponent = 0, first = 0, bins = [25000, 25000, 25000, 25000]>
// CHECK-LABEL: @spread
ml_program.global private @w(dense<[[[[1.0, -1.0, 0.5, 3.0]]], [[[0.5, 0.5, 0.5, 0.5]]]]> : tensor<2x1x1x4xf32>) : tensor<2x1x1x4xf32>
func.func @spread(%x: tensor<1x1x1x4xf32>) -> tensor<1x1x1x2xf32> {
  %w = ml_program.global_load_const @w : tensor<2x1x1x4xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %x1 = tally.observe %x sketch #seen : tensor<1x1x1x4xf32>
  %c = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {bits = 2 : i64, activation_bits = 2 : i64, range = "gaussian"}}
      : (tensor<1x1x1x4xf32>, tensor<2x1x1x4xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x2xf32>
  return %c : tensor<1x1x1x2xf32>
}

// -----

// What is not negative has the codes of its positive part, however many zeros there are: 1.5 + 1.5 * 0.996 * 0.816.
// CHECK-DAG: !quant.uniform<u8<0:3>:f32, 0.906{{.*}}>
#seen = #tally.sketch<count = 100000, min = 0.0, max = 3.0, exponent = 0, first = -1, bins = [97000, 1000, 1000, 1000]>
// CHECK-LABEL: @positive
ml_program.global private @w(dense<1.0> : tensor<1x1x1x1xf32>) : tensor<1x1x1x1xf32>
func.func @positive(%x: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = ml_program.global_load_const @w : tensor<1x1x1x1xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %r = tosa.clamp %x {min_val = 0.0 : f32, max_val = 3.0 : f32} : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %x1 = tally.observe %r sketch #seen : tensor<1x1x1x1xf32>
  %c = tosa.conv2d %x1, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {bits = 8 : i64, activation_bits = 2 : i64, range = "gaussian"}}
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
  return %c : tensor<1x1x1x1xf32>
}
