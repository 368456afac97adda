//===- NpyHeader.h - the description in an npy file -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DATA_NPYHEADER_H
#define TALLY_LIB_DATA_NPYHEADER_H

#include "tally/Data/Tensor.h"

#include <optional>
#include <string>
#include <string_view>

namespace tally {

struct NpyHeader {
  /// Byte order, kind and size of an element: `<f4`.
  std::string descr;
  bool fortranOrder = false;
  Shape shape;
};

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`, a
/// Python dictionary with these three keys in any order; nothing if it is
/// anything else.
std::optional<NpyHeader> parseNpyHeader(std::string_view text);

/// The inverse, without padding.
std::string printNpyHeader(const NpyHeader &header);

} // namespace tally

#endif // TALLY_LIB_DATA_NPYHEADER_H
