// RUN: qopt %s --split-input-file --verify-diagnostics

// expected-error @below {{bits}}
func.func private @bits(tensor<2x!tally.pot<s7, 0.5>>)

// -----

// expected-error @below {{expects scales above 0 that f32 holds, but got 0.0}}
func.func private @scale(tensor<2x!tally.pot<s4, 0.0>>)

// -----

// expected-error @below {{expects scales above 0 that f32 holds, but got -1.0}}
func.func private @negative(tensor<2x!tally.pot<s4:0, {0.5, -1.0}>>)

// -----

// expected-error @below {{expects s or u and the number of bits, such as s4}}
func.func private @word(tensor<2x!tally.pot<four, 0.5>>)

// -----

func.func @decode_c1(%a: tensor<2x!tally.pot<s4, 0.5>>) {
  // expected-error @below {{requires 'input' and 'output' of one static shape (decode_c1)}}
  %0 = tally.decode %a : tensor<2x!tally.pot<s4, 0.5>> -> tensor<3xf32>
  return
}

// -----

func.func @decode_c1_axis(%a: tensor<3x!tally.pot<s4:0, {0.5, 1.0}>>) {
  // expected-error @below {{requires one scale an index of dimension 0 (decode_c1), but got 2}}
  %0 = tally.decode %a : tensor<3x!tally.pot<s4:0, {0.5, 1.0}>> -> tensor<3xf32>
  return
}

// -----

!levels = !quant.uniform<i8<-64:64>:f32, 0.25>
func.func @decode_c2(%a: tensor<2x!tally.pot<s4, 0.5>>) {
  // expected-error @below {{requires 'output' to have the scales of 'input' and zero point 0 (decode_c2)}}
  %0 = tally.decode %a : tensor<2x!tally.pot<s4, 0.5>> -> tensor<2x!levels>
  return
}

// -----

!levels = !quant.uniform<i8<-7:7>:f32, 0.5>
func.func @decode_c2_range(%a: tensor<2x!tally.pot<s4, 0.5>>) {
  // expected-error @below {{requires 'output' to hold every level in -64..64 (decode_c2), but its range is -7..7}}
  %0 = tally.decode %a : tensor<2x!tally.pot<s4, 0.5>> -> tensor<2x!levels>
  return
}
