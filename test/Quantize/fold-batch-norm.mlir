// A chain of batch normalisation and affine maps becomes one channel_affine.
// RUN: qopt %s --tally-fold-batch-norm --split-input-file --verify-diagnostics | FileCheck %s

// ((x * 2 + 1) - 3) / sqrt(15 + 1) * 8 + 5 = 4 x + 1, then * 0.5: 2 x + 0.5.
// CHECK-DAG: @bn.factor(dense<[2.0{{0*}}e+00, 0.0{{0*}}e+00]>
// CHECK-DAG: @bn.offset(dense<[5.0{{0*}}e-01, 2.5{{0*}}e+00]>
// CHECK-NOT: ml_program.global private @{{one|two|three|mean}}
// CHECK-LABEL: func @chain
// CHECK: %[[Y:.*]] = tally.channel_affine %arg0, %bn.factor, %bn.offset {tally.name = "last"}
// CHECK: return %[[Y]]
ml_program.global private @one(dense<[1.0, 1.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @two(dense<[2.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @scale(dense<[8.0, 0.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @bias(dense<[5.0, 5.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @mean(dense<[3.0, 3.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global private @var(dense<[15.0, 0.0]> : tensor<2xf32>) : tensor<2xf32>
func.func @chain(%x: tensor<1x2x2xf32>) -> tensor<1x2x2xf32> {
  %one = ml_program.global_load_const @one : tensor<2xf32>
  %two = ml_program.global_load_const @two : tensor<2xf32>
  %scale = ml_program.global_load_const @scale : tensor<2xf32>
  %bias = ml_program.global_load_const @bias : tensor<2xf32>
  %mean = ml_program.global_load_const @mean : tensor<2xf32>
  %var = ml_program.global_load_const @var : tensor<2xf32>
  %half = "tosa.const"() <{values = dense<0.5> : tensor<2xf32>}> : () -> tensor<2xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %a = tally.channel_affine %x, %two, %one : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  %b = tally.batch_norm %a, %scale, %bias, %mean, %var {epsilon = 1.0 : f32, tally.name = "bn"} : tensor<1x2x2xf32>, tensor<2xf32>
  %c = tally.channel_affine %b, %half, %zero {tally.name = "last"} : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  return %c : tensor<1x2x2xf32>
}

// -----

// A map whose result is read between is not merged into the next.
// CHECK-LABEL: func @read_between
// CHECK: %[[A:.*]] = tally.channel_affine %arg0
// CHECK: %[[B:.*]] = tally.channel_affine %[[A]]
// CHECK-NOT: = tally.batch_norm
// CHECK: return %[[A]], %[[B]]
func.func @read_between(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %p = "tosa.const"() <{values = dense<1.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %a = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<1x2xf32>, tensor<2xf32>
  %b = tally.batch_norm %a, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<1x2xf32>, tensor<2xf32>
  return %a, %b : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

func.func @no_variance(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %one = "tosa.const"() <{values = dense<1.0> : tensor<2xf32>}> : () -> tensor<2xf32>
  %zero = "tosa.const"() <{values = dense<[1.0, 0.0]> : tensor<2xf32>}> : () -> tensor<2xf32>
  // expected-error @below {{'bn' has parameters that are not finite in channel 1}}
  %a = tally.batch_norm %x, %one, %one, %one, %zero {epsilon = 0.0 : f32, tally.name = "bn"} : tensor<1x2xf32>, tensor<2xf32>
  return %a : tensor<1x2xf32>
}

// -----

func.func @computed(%x: tensor<1x2xf32>, %p: tensor<2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{requires constant parameters to be folded}}
  %a = tally.batch_norm %x, %p, %p, %p, %p {epsilon = 0.0 : f32} : tensor<1x2xf32>, tensor<2xf32>
  return %a : tensor<1x2xf32>
}
