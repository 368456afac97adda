// RUN: qopt %s --tally-to-linalg --split-input-file --verify-diagnostics

!powers = tensor<2x1x1x1x!tally.pot<s4, 0.25>>
!levels = !quant.uniform<i8<-64:64>:f32, 0.25>
func.func @computed_codes(%codes: !powers) -> tensor<2x1x1x1x!levels> {
  // expected-error @below {{requires a constant: only parameters hold packed codes}}
  // expected-error @below {{failed to legalize operation 'tally.decode'}}
  %w = tally.decode %codes : !powers -> tensor<2x1x1x1x!levels>
  return %w : tensor<2x1x1x1x!levels>
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
func.func @affine_on_codes(%x: tensor<1x2x!q>, %p: tensor<2xf32>) -> tensor<1x2x!q> {
  // expected-error @below {{cannot be lowered on codes: run tally-to-integer first}}
  // expected-error @below {{failed to legalize operation 'tally.channel_affine'}}
  %y = tally.channel_affine %x, %p, %p : (tensor<1x2x!q>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x!q>
  return %y : tensor<1x2x!q>
}

// -----

!q = !quant.uniform<i8<-127:127>:f32, 0.5>
!levels = !quant.uniform<i8<-64:64>:f32, 0.25>
!sum = !quant.uniform<i32:f32, 0.125>
ml_program.global private @codes(dense<"0x21"> : tensor<1xui8>) : tensor<2x1x1x1x!tally.pot<s4, 0.25>>
func.func @zero_point_of_powers(%x: tensor<1x4x4x1x!q>, %b: tensor<2xi32>) -> tensor<1x4x4x2x!sum> {
  %codes = ml_program.global_load_const @codes : tensor<2x1x1x1x!tally.pot<s4, 0.25>>
  %w = tally.decode %codes : tensor<2x1x1x1x!tally.pot<s4, 0.25>> -> tensor<2x1x1x1x!levels>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %one = "tosa.const"() <{values = dense<1> : tensor<1xi8>}> : () -> tensor<1xi8>
  // expected-error @below {{requires zero point 0 for a filter on powers of two, but got 1}}
  // expected-error @below {{failed to legalize operation 'tosa.conv2d'}}
  %y = tosa.conv2d %x, %w, %b, %zero, %one {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x1x!q>, tensor<2x1x1x1x!levels>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2x!sum>
  return %y : tensor<1x4x4x2x!sum>
}

// -----

!q = !quant.uniform<i8<-127:127>:f32, 0.5>
!sum = !quant.uniform<i32:f32, 0.25>
func.func @computed_zero_point(%x: tensor<1x4x4x1x!q>, %w: tensor<2x1x1x1x!q>, %b: tensor<2xi32>, %zp: tensor<1xi8>) -> tensor<1x4x4x2x!sum> {
  // expected-error @below {{requires constant zero points to be lowered}}
  // expected-error @below {{failed to legalize operation 'tosa.conv2d'}}
  %y = tosa.conv2d %x, %w, %b, %zp, %zp {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x1x!q>, tensor<2x1x1x1x!q>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2x!sum>
  return %y : tensor<1x4x4x2x!sum>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>
func.func @computes_on_codes(%x: tensor<1x2x!q>) -> tensor<1x2x!q> {
  // expected-error @below {{layer 'tosa.abs' cannot be lowered: tosa.abs is not defined on codes}}
  %y = tosa.abs %x : (tensor<1x2x!q>) -> tensor<1x2x!q>
  return %y : tensor<1x2x!q>
}
