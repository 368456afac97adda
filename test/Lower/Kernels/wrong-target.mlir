// A kernel of another processor is an error, not code for this one.
// RUN: qopt %s --split-input-file --tally-linalg-to-steps --verify-diagnostics

module attributes {tally.target = #tally.target<arch = "x86_64", features = "ssse3">} {
  func.func @main(%x: tensor<1x2x2x4xi8>, %w: tensor<1x1x1x16x4xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
    // expected-error @below {{kernel 'vpdpbusd' is not one of '#tally.target<arch = "x86_64", features = "ssse3">'}}
    %0 = tally.kernel "vpdpbusd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
        : (tensor<1x2x2x4xi8>, tensor<1x1x1x16x4xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
    return %0 : tensor<1x2x2x4xi32>
  }
}

// -----

func.func @main(%x: tensor<16xi8>) -> tensor<32xi8> {
  // expected-error @below {{kernel 'pshufb' is not one of '#tally.target<}}
  %0 = tally.kernel "pshufb"(%x) {levels = array<i8: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>} : (tensor<16xi8>) -> tensor<32xi8>
  return %0 : tensor<32xi8>
}

// -----

func.func @main(%x: tensor<1x2x2x8xi8>, %w: tensor<1x1x1x8x8xi8>, %s: tensor<8xi32>) -> tensor<1x2x2x8xi32> {
  // expected-error @below {{kernel 'psadbw' is not one of '#tally.target<}}
  %0 = tally.kernel "psadbw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x8xi8>, tensor<1x1x1x8x8xi8>, tensor<8xi32>) -> tensor<1x2x2x8xi32>
  return %0 : tensor<1x2x2x8xi32>
}

// -----

func.func @main(%x: tensor<1x2x2x4xi8>, %w: tensor<1xi32>, %s: tensor<1xi32>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{kernel 'usada8' is not one of '#tally.target<}}
  %0 = tally.kernel "usada8"(%x, %w, %s) {bits = 8 : i64, block = 4 : i64, dilation = array<i64: 1, 1>, most = 255 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @main(%x: tensor<3x2x2x4xi8>, %w: tensor<1x1x1x32x4xi8>, %s: tensor<16xi32>) -> tensor<1x2x2x16xi32> {
  // expected-error @below {{kernel 'vpopcntd' is not one of '#tally.target<}}
  %0 = tally.kernel "vpopcntd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<3x2x2x4xi8>, tensor<1x1x1x32x4xi8>, tensor<16xi32>) -> tensor<1x2x2x16xi32>
  return %0 : tensor<1x2x2x16xi32>
}

// -----

// Emitted C keeps codes as bytes.
func.func @main(%x: tensor<1x2x2x8xi8>) -> tensor<3x2x2x1xi8> {
  // expected-error @below {{kernel 'bit-planes' is not one of '#tally.target<}}
  %0 = tally.kernel "bit-planes"(%x) {lowest = 0 : i64} : (tensor<1x2x2x8xi8>) -> tensor<3x2x2x1xi8>
  return %0 : tensor<3x2x2x1xi8>
}
