//===- CodeDigest.h - codes of a value, and their digest --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Measure.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_MEASURE_CODEDIGEST_H
#define TALLY_LIB_MEASURE_CODEDIGEST_H

#include "tally/Data/Tensor.h"

#include "mlir/Support/LLVM.h"
#include <array>
#include <string>
#include <vector>

namespace tally {

/// In memory as different backends have them, a code may have more or fewer bytes; of floats the
/// bits.
std::vector<int64_t> codesOf(const Tensor &tensor);

/// For people.
std::string elementOf(const Tensor &tensor, int64_t index);

/// Of the values of many images only this is kept.
using Digest = std::array<uint8_t, 32>;
Digest digestOf(const Tensor &tensor);

} // namespace tally

#endif // TALLY_LIB_MEASURE_CODEDIGEST_H
