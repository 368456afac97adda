//===- BitPacking.cpp - codes of a few bits in bytes ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/BitPacking.h"

#include <cassert>
#include <string>

namespace tally {

size_t packedBytes(size_t count, int bits) {
  assert(bits >= 1 && bits <= 8 && "a code has 1 to 8 bits");
  // Eight codes take `bits` bytes; so split, the product cannot overflow.
  return count / 8 * bits + (count % 8 * bits + 7) / 8;
}

std::vector<uint8_t> packBits(const std::vector<uint8_t> &codes, int bits) {
  std::vector<uint8_t> bytes;
  bytes.reserve(packedBytes(codes.size(), bits));
  unsigned pending = 0; // bits that do not fill a byte yet
  int held = 0;
  for (uint8_t code : codes) {
    assert(code < 1 << bits && "code has too many bits");
    pending |= unsigned(code) << held;
    held += bits;
    if (held >= 8) {
      bytes.push_back(uint8_t(pending));
      pending >>= 8;
      held -= 8;
    }
  }
  if (held > 0)
    bytes.push_back(uint8_t(pending));
  return bytes;
}

Result<std::vector<uint8_t>> unpackBits(const std::vector<uint8_t> &bytes, size_t count, int bits) {
  if (bytes.size() != packedBytes(count, bits))
    return Error{std::to_string(count) + " codes of " + std::to_string(bits) + " bits take " +
                 std::to_string(packedBytes(count, bits)) + " bytes, but got " +
                 std::to_string(bytes.size())};
  std::vector<uint8_t> codes;
  codes.reserve(count);
  unsigned pending = 0;
  int held = 0;
  auto next = bytes.begin();
  for (size_t i = 0; i < count; ++i) {
    if (held < bits) {
      pending |= unsigned(*next++) << held;
      held += 8;
    }
    codes.push_back(uint8_t(pending & ((1u << bits) - 1)));
    pending >>= bits;
    held -= bits;
  }
  if (pending != 0)
    return Error{"bits are set after the last of " + std::to_string(count) + " codes"};
  return codes;
}

} // namespace tally
