// Without multiplications, a convolution that would have equal steps gets 5-bit sums of powers of
// two; its inputs keep their bits. Powers of two, planned or brought, stay what they are.
// RUN: qopt %s --tally-uniform-to-powers --remarks-filter='.*' 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

// REMARK: UniformToPowers {{.*}}stem
// REMARK-NOT: UniformToPowers {{.*}}body
// REMARK: UniformToPowers {{.*}}odd
// REMARK-NOT: UniformToPowers
ml_program.global private @w(dense<[[[[1.0]]], [[[-0.5]]]]> : tensor<2x1x1x1xf32>) : tensor<2x1x1x1xf32>
ml_program.global private @odd(dense<[[[[1.0, 0.3, 0.71]]], [[[-0.3, 0.11, 0.17]]]]> : tensor<2x1x1x3xf32>) : tensor<2x1x1x3xf32>
// CHECK-LABEL: func @main
func.func @main(%x: tensor<1x2x2x1xf32>, %x3: tensor<1x2x2x3xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) {
  %w = ml_program.global_load_const @w : tensor<2x1x1x1xf32>
  %odd = ml_program.global_load_const @odd : tensor<2x1x1x3xf32>
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // CHECK: tosa.conv2d {{.*}}tally.decisions = {activation_bits = 6 : i64, bits = 5 : i64, levels = "apot"}, tally.name = "stem"
  // CHECK-SAME: tally.plan = {bits = 6 : i64}
  %a = tosa.conv2d %x, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "stem", tally.plan = {bits = 6 : i64}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  // CHECK: tosa.conv2d {{.*}}tally.plan = {bits = 3 : i64, levels = "pot"}
  %b = tosa.conv2d %x, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "body", tally.plan = {bits = 3 : i64, levels = "pot"}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  // CHECK: tally.decode %{{.*}} : tensor<2x1x1x1x!{{.*}}> -> tensor<2x1x1x1xf32>
  // CHECK: tosa.conv2d {{.*}}tally.plan = {levels = "imported"}
  %c = tosa.conv2d %x, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "brought", tally.plan = {levels = "imported"}}
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  // CHECK: tosa.conv2d {{.*}}tally.decisions = {activation_bits = 8 : i64, bits = 5 : i64, levels = "apot"}
  %d = tosa.conv2d %x3, %odd, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "odd", tally.plan = {levels = "imported"}}
      : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  return %a, %b, %c, %d : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
}
