//===- PowerOfTwoFormats.h - formats that tests go through ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_IR_POWEROFTWOFORMATS_H
#define TALLY_TEST_IR_POWEROFTWOFORMATS_H

#include "tally/IR/PowerOfTwo.h"

namespace tally {

inline PowerOfTwoLevels levelsOf(PowerOfTwoFormat format) { return *PowerOfTwoLevels::get(format); }

inline std::vector<PowerOfTwoFormat> allFormats() {
  std::vector<PowerOfTwoFormat> formats = {{1, true, false, false}};
  for (int bits = 2; bits <= 5; ++bits)
    for (bool isSigned : {false, true})
      for (auto [additive, hasZero] : {std::pair(false, false), {false, true}, {true, true}})
        formats.push_back({bits, isSigned, additive, hasZero});
  return formats;
}

} // namespace tally

#endif // TALLY_TEST_IR_POWEROFTWOFORMATS_H
