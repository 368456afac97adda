//===- CNames.h - any name in C ---------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_EMIT_CNAMES_H
#define TALLY_EMIT_CNAMES_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace tally {

/// What `name` is called in an identifier: each byte that is no letter and no digit becomes `_`,
/// and `_` comes first where it would begin with a digit.
std::string toCIdentifier(llvm::StringRef name);

/// A string literal of C99 with the bytes of `name`.
std::string toCString(llvm::StringRef name);

/// The same to stand in a comment, which it cannot end or continue.
std::string toCComment(llvm::StringRef name);

} // namespace tally

#endif // TALLY_EMIT_CNAMES_H
