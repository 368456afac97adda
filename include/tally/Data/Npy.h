//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors as `.npy` files, the format of `numpy.save` and `numpy.load`:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DATA_NPY_H
#define TALLY_DATA_NPY_H

#include "tally/Data/Tensor.h"
#include "tally/Support/File.h"

#include <string>
#include <string_view>

namespace tally {

/// Reads a little-endian array in C order, format versions 1 to 3, plain or
/// gzip. Types without an ElementType are converted: f8 to F32 (rounded), b1
/// to U8 unless `booleans` is not set, u8 to I64 (a value above 2^63 - 1 is an
/// error).
Result<Tensor> readNpy(const std::string &path, bool booleans = true);

/// The same of the contents of such a file, which messages call `path`.
Result<Tensor> parseNpy(std::string_view contents, const std::string &path, bool booleans = true);

/// The contents of a file, of format version 1. Elements keep their type: F64 is written as f8,
/// which `readNpy` rounds.
std::string toNpy(const Tensor &tensor);

/// Writes that, atomically; `-` is stdout.
Status writeNpy(const std::string &path, const Tensor &tensor);

} // namespace tally

#endif // TALLY_DATA_NPY_H
