// A kernel is what it says it is, or an error.
// RUN: qopt %s --split-input-file --verify-diagnostics

func.func @unknown(%x: tensor<16xi8>) -> tensor<32xi8> {
  // expected-error @below {{names no kernel (kernel_c1): 'pshufd'; known are }}
  %0 = tally.kernel "pshufd"(%x) {} : (tensor<16xi8>) -> tensor<32xi8>
  return %0 : tensor<32xi8>
}

// -----

func.func @table(%x: tensor<16xi8>) -> tensor<32xi8> {
  // expected-error @below {{requires 'levels' of sixteen bytes alone (kernel_c2), but got {levels = array<i8: 1, 2>}}}
  %0 = tally.kernel "pshufb"(%x) {levels = array<i8: 1, 2>} : (tensor<16xi8>) -> tensor<32xi8>
  return %0 : tensor<32xi8>
}

// -----

func.func @bytes(%x: tensor<16xi8>) -> tensor<8x5xi8> {
  // expected-error @below {{requires bytes by thirty-twos (kernel_c2), but makes 'tensor<8x5xi8>'}}
  %0 = tally.kernel "pshufb"(%x) {levels = array<i8: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>} : (tensor<16xi8>) -> tensor<8x5xi8>
  return %0 : tensor<8x5xi8>
}

// -----

func.func @packed(%x: tensor<17xi8>) -> tensor<32xi8> {
  // expected-error @below {{requires 16 bytes as its only input (kernel_c2), but got 'tensor<17xi8>'}}
  %0 = tally.kernel "pshufb"(%x) {levels = array<i8: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>} : (tensor<17xi8>) -> tensor<32xi8>
  return %0 : tensor<32xi8>
}

// -----

func.func @parameters(%x: tensor<1x2x2x4xi8>, %w: tensor<1x1x1x4x4xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{requires 'stride', 'dilation', 'window' (two numbers above 0 each) and 'flip', perhaps 'group' (above 1), alone (kernel_c2)}}
  %0 = tally.kernel "vpdpbusd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 0, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1x1x1x4x4xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @operands(%x: tensor<1x2x2x4xf32>, %w: tensor<1x1x1x4x4xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{requires bytes [N, H, W, C], bytes [F / 16, S, G, 16, 4] and i32 [F] for i32 [N, OH, OW, F] (kernel_c2)}}
  %0 = tally.kernel "pmaddubsw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xf32>, tensor<1x1x1x4x4xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @shapes(%x: tensor<1x2x2x4xi8>, %w: tensor<1x1x1x4x4xi8>, %s: tensor<4xi32>) -> tensor<1x2x3x4xi32> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "pmaddubsw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1x1x1x4x4xi8>, tensor<4xi32>) -> tensor<1x2x3x4xi32>
  return %0 : tensor<1x2x3x4xi32>
}

// -----

func.func @window(%x: tensor<1x2x2x4xi8>, %w: tensor<1x1x1x8x8xi8>, %s: tensor<8xi32>) -> tensor<1x2x2x8xi32> {
  // expected-error @below {{requires 'stride', 'dilation', 'window' (two numbers above 0 each) and 'flip', perhaps 'group' (above 1), alone (kernel_c2)}}
  %0 = tally.kernel "psadbw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1x1x1x8x8xi8>, tensor<8xi32>) -> tensor<1x2x2x8xi32>
  return %0 : tensor<1x2x2x8xi32>
}

// -----

func.func @words(%x: tensor<1x2x2x4xi16>, %w: tensor<1x1x1x8x8xi8>, %s: tensor<8xi32>) -> tensor<1x2x2x8xi32> {
  // expected-error @below {{requires bytes [N, H, W, C], bytes [F / 8, S, G, 8, 8] and i32 [F] for i32 [N, OH, OW, F] (kernel_c2)}}
  %0 = tally.kernel "psadbw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi16>, tensor<1x1x1x8x8xi8>, tensor<8xi32>) -> tensor<1x2x2x8xi32>
  return %0 : tensor<1x2x2x8xi32>
}

// -----

func.func @runs(%x: tensor<1x2x2x9xi8>, %w: tensor<1x1x1x8x8xi8>, %s: tensor<8xi32>) -> tensor<1x2x2x8xi32> {
  // Nine bytes take two groups of eight.
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "psadbw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x9xi8>, tensor<1x1x1x8x8xi8>, tensor<8xi32>) -> tensor<1x2x2x8xi32>
  return %0 : tensor<1x2x2x8xi32>
}

// -----

func.func @oneplane(%x: tensor<1x2x2x4xi8>, %w: tensor<1x1x1x32x4xi8>, %s: tensor<16xi32>) -> tensor<1x2x2x16xi32> {
  // Three planes for each image.
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "vpopcntd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1x1x1x32x4xi8>, tensor<16xi32>) -> tensor<1x2x2x16xi32>
  return %0 : tensor<1x2x2x16xi32>
}

// -----

func.func @planes(%x: tensor<3x2x2x4xi8>, %w: tensor<32x4xi8>, %s: tensor<16xi32>) -> tensor<1x2x2x16xi32> {
  // expected-error @below {{requires bytes [3 N, H, W, C], bytes [F / 16, S, G, 32, 4] and i32 [F] for i32 [N, OH, OW, F] (kernel_c2)}}
  %0 = tally.kernel "vpopcntd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<3x2x2x4xi8>, tensor<32x4xi8>, tensor<16xi32>) -> tensor<1x2x2x16xi32>
  return %0 : tensor<1x2x2x16xi32>
}

// -----

func.func @lowest(%x: tensor<1x2x2x8xi8>) -> tensor<3x2x2x1xi8> {
  // expected-error @below {{requires 'lowest' (a byte) alone (kernel_c2), but got {lowest = 256 : i64}}}
  %0 = tally.kernel "bit-planes"(%x) {lowest = 256 : i64} : (tensor<1x2x2x8xi8>) -> tensor<3x2x2x1xi8>
  return %0 : tensor<3x2x2x1xi8>
}

// -----

func.func @floats(%x: tensor<1x2x2x8xf32>) -> tensor<3x2x2x1xi8> {
  // expected-error @below {{requires bytes [N, H, W, C] for bytes [3 N, H, W, C / 8] (kernel_c2)}}
  %0 = tally.kernel "bit-planes"(%x) {lowest = 0 : i64} : (tensor<1x2x2x8xf32>) -> tensor<3x2x2x1xi8>
  return %0 : tensor<3x2x2x1xi8>
}

// -----

func.func @nine(%x: tensor<1x2x2x9xi8>) -> tensor<3x2x2x1xi8> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "bit-planes"(%x) {lowest = 0 : i64} : (tensor<1x2x2x9xi8>) -> tensor<3x2x2x1xi8>
  return %0 : tensor<3x2x2x1xi8>
}

// -----

func.func @form(%x: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error @below {{is written as a linalg.generic (kernel_c2)}}
  %0 = tally.kernel "buckets"(%x) {} : (tensor<4xi8>) -> tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @sums(%x: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error @below {{is written as a linalg.generic (kernel_c2)}}
  %0 = tally.kernel "sums"(%x) {} : (tensor<4xi8>) -> tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @words(%x: tensor<1x2x2x4xi8>, %w: tensor<1xi32>, %s: tensor<1xi32>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{requires 'stride', 'dilation', 'window' (two numbers above 0 each), 'block' (2 or 4), 'bits' (2, 4 or 8), 'most' (0 to 255) and 'signed' alone (kernel_c2)}}
  %0 = tally.kernel "usada8"(%x, %w, %s) {bits = 3 : i64, block = 4 : i64, dilation = array<i64: 1, 1>, most = 7 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @wide(%x: tensor<1x2x2x4xi16>, %w: tensor<1xi32>, %s: tensor<1xi32>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{requires bytes [N, H, W, C], words and i32 [F] for i32 [N, OH, OW, F] (kernel_c2)}}
  %0 = tally.kernel "smlad"(%x, %w, %s) {bits = 8 : i64, block = 4 : i64, dilation = array<i64: 1, 1>, most = 255 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi16>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @few(%x: tensor<1x2x2x4xi8>, %w: tensor<2xi32>, %s: tensor<5xi32>) -> tensor<1x2x2x5xi32> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "swar-differences"(%x, %w, %s) {bits = 4 : i64, block = 4 : i64, dilation = array<i64: 1, 1>, most = 15 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<2xi32>, tensor<5xi32>) -> tensor<1x2x2x5xi32>
  return %0 : tensor<1x2x2x5xi32>
}

// -----

func.func @large(%x: tensor<1x2x2x4xi8>, %w: tensor<1xi32>, %s: tensor<1xi32>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{is not what 'swar-differences' computes (kernel_c2): its codes have too many bits}}
  %0 = tally.kernel "swar-differences"(%x, %w, %s) {bits = 8 : i64, block = 4 : i64, dilation = array<i64: 1, 1>, most = 64 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @many(%x: tensor<1x1x1x2084xi8>, %w: tensor<521xi32>, %s: tensor<1xi32>) -> tensor<1x1x1x1xi32> {
  // expected-error @below {{is not what 'swar-differences' computes (kernel_c2): its sums may leave 16 bits}}
  %0 = tally.kernel "swar-differences"(%x, %w, %s) {bits = 8 : i64, block = 4 : i64, dilation = array<i64: 1, 1>, most = 63 : i64, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x1x1x2084xi8>, tensor<521xi32>, tensor<1xi32>) -> tensor<1x1x1x1xi32>
  return %0 : tensor<1x1x1x1xi32>
}

// -----

func.func @width(%x: tensor<8xi8>, %l: tensor<64xi8>) -> tensor<2x4xi8> {
  // expected-error @below {{requires 'bits' of 1 to 5 alone (kernel_c2), but got {bits = 6 : i64}}}
  %0 = tally.kernel "unpack-levels"(%x, %l) {bits = 6 : i64} : (tensor<8xi8>, tensor<64xi8>) -> tensor<2x4xi8>
  return %0 : tensor<2x4xi8>
}

// -----

func.func @words(%x: tensor<8xi8>, %l: tensor<8xi8>) -> tensor<2x4xi16> {
  // expected-error @below {{requires rows of bytes (kernel_c2), but makes 'tensor<2x4xi16>'}}
  %0 = tally.kernel "unpack-levels"(%x, %l) {bits = 3 : i64} : (tensor<8xi8>, tensor<8xi8>) -> tensor<2x4xi16>
  return %0 : tensor<2x4xi16>
}

// -----

// Three codes of three bits end in the second byte of their row.
func.func @rows(%x: tensor<3xi8>, %l: tensor<8xi8>) -> tensor<2x3xi8> {
  // expected-error @below {{requires 4 bytes of codes and 8 levels (kernel_c2), but got 'tensor<3xi8>', 'tensor<8xi8>'}}
  %0 = tally.kernel "unpack-levels"(%x, %l) {bits = 3 : i64} : (tensor<3xi8>, tensor<8xi8>) -> tensor<2x3xi8>
  return %0 : tensor<2x3xi8>
}

// -----

func.func @group(%x: tensor<1x2x2x4xi8>, %w: tensor<128xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{requires 'stride', 'dilation', 'window' (two numbers above 0 each), 'flip', 'group' (above 0) alone (kernel_c2)}}
  %0 = tally.kernel "vpdpbusd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 0 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<128xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @divides(%x: tensor<1x2x2x4xi8>, %w: tensor<128xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "vpdpbusd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 3 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<128xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

// Registers are read whole.
func.func @behind(%x: tensor<1x2x2x4xi8>, %w: tensor<64xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "group-differences"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 4 : i64, most = 255 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<64xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @most(%x: tensor<1x2x2x4xi8>, %w: tensor<128xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{requires 'most' to be 1 to 255 (kernel_c2), but got 0}}
  %0 = tally.kernel "group-differences"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 4 : i64, most = 0 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<128xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @blocks(%x: tensor<1x2x2x4xi8>, %w: tensor<2x1x1x16x4xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // Whole groups make a block.
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "pmaddwd"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 4 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<2x1x1x16x4xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @thirds(%x: tensor<1x2x2x4xi8>, %w: tensor<1x1x1x8x8xi8>, %s: tensor<8xi32>) -> tensor<1x2x2x8xi32> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "psadbw"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 3 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1x1x1x8x8xi8>, tensor<8xi32>) -> tensor<1x2x2x8xi32>
  return %0 : tensor<1x2x2x8xi32>
}

// -----

func.func @flat(%x: tensor<1x2x2x4xi8>, %w: tensor<1x128xi8>, %s: tensor<4xi32>) -> tensor<1x2x2x4xi32> {
  // expected-error @below {{requires bytes [N, H, W, C], bytes and i32 [F] for i32 [N, OH, OW, F] (kernel_c2)}}
  %0 = tally.kernel "group-differences"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 4 : i64, most = 9 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<1x128xi8>, tensor<4xi32>) -> tensor<1x2x2x4xi32>
  return %0 : tensor<1x2x2x4xi32>
}

// -----

func.func @line(%x: tensor<1x1x1x73xi8>, %w: tensor<192xi8>, %s: tensor<1xi32>) -> tensor<1x1x1x1xi32> {
  // expected-error @below {{is not what 'group-differences' computes (kernel_c2): its groups have too many channels}}
  %0 = tally.kernel "group-differences"(%x, %w, %s) {dilation = array<i64: 1, 1>, flip = false, group = 1 : i64, most = 255 : i64, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x1x1x73xi8>, tensor<192xi8>, tensor<1xi32>) -> tensor<1x1x1x1xi32>
  return %0 : tensor<1x1x1x1xi32>
}

// -----

func.func @sign(%x: tensor<1x2x2x4xi8>, %l: tensor<6xi8>, %f: tensor<1xi32>, %s: tensor<1xi32>, %b: tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{requires 'stride', 'dilation', 'window' (two numbers above 0 each) and 'signed' alone (kernel_c2)}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @bytes(%x: tensor<1x2x2x4xi8>, %l: tensor<6xi8>, %f: tensor<1xi32>, %s: tensor<1xi32>, %b: tensor<1x2x2xi8>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{requires bytes [N, H, W, C], bytes, i32 [F], i32 [F] and i16 or i32 [N, OH, OW] for i32 [N, OH, OW, F] (kernel_c2)}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x2xi8>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}

// -----

func.func @box(%x: tensor<1x2x2x4xi8>, %l: tensor<6xi8>, %f: tensor<1xi32>, %s: tensor<1xi32>, %b: tensor<1x2x1xi16>) -> tensor<1x2x2x1xi32> {
  // expected-error @below {{has shapes that do not belong together (kernel_c2)}}
  %0 = tally.kernel "listed-minima"(%x, %l, %f, %s, %b) {dilation = array<i64: 1, 1>, signed = false, stride = array<i64: 1, 1>, window = array<i64: 1, 1>}
      : (tensor<1x2x2x4xi8>, tensor<6xi8>, tensor<1xi32>, tensor<1xi32>, tensor<1x2x1xi16>) -> tensor<1x2x2x1xi32>
  return %0 : tensor<1x2x2x1xi32>
}
