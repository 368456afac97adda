//===- BitPacking.h - codes of a few bits in bytes --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes of 1 to 8 bits form one stream without gaps: bit j of code i is bit
// `(i * bits + j) % 8` of byte `(i * bits + j) / 8`. So the first code lies in the low bits
// of the first byte; 4-bit codes are two a byte, low half first; eight 3-bit codes take three
// bytes. Bits after the last code are 0. Free of MLIR and LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_BITPACKING_H
#define TALLY_IR_BITPACKING_H

#include "tally/Support/Result.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tally {

/// How many bytes `count` codes of `bits` take.
size_t packedBytes(size_t count, int bits);

/// Codes must be below 2^bits.
std::vector<uint8_t> packBits(const std::vector<uint8_t> &codes, int bits);

/// The `count` codes that `bytes` hold. Fails unless there are as many bytes as those take,
/// and for bits that are set after the last code.
Result<std::vector<uint8_t>> unpackBits(const std::vector<uint8_t> &bytes, size_t count, int bits);

} // namespace tally

#endif // TALLY_IR_BITPACKING_H
