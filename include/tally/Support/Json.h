//===- Json.h - files of objects that users write ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_JSON_H
#define TALLY_SUPPORT_JSON_H

#include "tally/Support/Result.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tally {

/// The object that `text` is. `where` begins errors: that it is none, or that an object in it has
/// a key twice, of which JSON readers take one without a word.
Result<nlohmann::json> parseObject(const std::string &text, const std::string &where);

} // namespace tally

#endif // TALLY_SUPPORT_JSON_H
