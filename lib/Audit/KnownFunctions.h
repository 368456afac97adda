//===- KnownFunctions.h - what functions from elsewhere do ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Audit.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_AUDIT_KNOWNFUNCTIONS_H
#define TALLY_LIB_AUDIT_KNOWNFUNCTIONS_H

#include "llvm/ADT/StringRef.h"

namespace tally {

/// Functions of C's library and of compilers' runtime libraries that move, compare, shift, add or
/// count bits, and those that end the program. 64-bit divisions are not among them: they multiply
/// where the machine has no division.
bool isKnownNotToMultiply(llvm::StringRef name);

/// Functions of compilers' runtime libraries and of libm that multiply.
bool multiplies(llvm::StringRef name);

/// Those that add products besides: fused ones and products of complex numbers.
bool addsProducts(llvm::StringRef name);

} // namespace tally

#endif // TALLY_LIB_AUDIT_KNOWNFUNCTIONS_H
