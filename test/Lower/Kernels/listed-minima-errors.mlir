// Lists of weights say where the input is read.
// RUN: qopt %s --split-input-file --tally-linalg-to-steps --verify-diagnostics

// What comes at run time could name any place.
func.func @variable(%x: tensor<1x2x2x4xi8>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>, %l: tensor<6xi8>) -> tensor<1x2x2x1xi32> {
  %f = arith.constant dense<0> : tensor<1xi32>
  // expected-error @below {{requires constant lists}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

// The window has places 0 to 3.
func.func @beyond(%x: tensor<1x2x2x4xi8>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32> {
  %l = arith.constant dense<[1, 0, 0, 1, 2, 4]> : tensor<6xi8>
  %f = arith.constant dense<0> : tensor<1xi32>
  // expected-error @below {{requires lists of places within the window}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @between(%x: tensor<1x2x2x4xi8>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32> {
  %l = arith.constant dense<[0, 1, 0, 9, 1, 9, 2, 9, 4, 9]> : tensor<10xi8>
  %f = arith.constant dense<0> : tensor<1xi32>
  // expected-error @below {{requires lists of places within the window}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<10xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

// Four more than there are.
func.func @short(%x: tensor<1x2x2x4xi8>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32> {
  %l = arith.constant dense<[2, 0, 0, 1, 2, 3]> : tensor<6xi8>
  %f = arith.constant dense<0> : tensor<1xi32>
  // expected-error @below {{requires lists of places within the window}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @outside(%x: tensor<1x2x2x4xi8>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32> {
  %l = arith.constant dense<[1, 0, 0, 1, 2, 3]> : tensor<6xi8>
  %f = arith.constant dense<6> : tensor<1xi32>
  // expected-error @below {{requires lists of places within the window}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @before(%x: tensor<1x2x2x4xi8>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32> {
  %l = arith.constant dense<[1, 0, 0, 1, 2, 3]> : tensor<6xi8>
  %f = arith.constant dense<-1> : tensor<1xi32>
  // expected-error @below {{requires lists of places within the window}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}
