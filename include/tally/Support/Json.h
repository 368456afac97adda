//===- Json.h - files of objects that users write ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_SUPPORT_JSON_H
#define TALLY_SUPPORT_JSON_H

#include "tally/Support/File.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tally {

/// The object that `text` is. `where` begins errors: that it is none, or that an object in it has
/// a key twice, of which JSON readers take one without a word.
Result<nlohmann::json> parseObject(const std::string &text, const std::string &where);

/// Fails where `value` is no object or has a key that is not among `known`, which the message
/// lists.
Status expectKeys(const nlohmann::json &value, const std::vector<std::string> &known,
                  const std::string &where);

/// A value for a message; of lists and objects only what they are: "an array".
std::string showJson(const nlohmann::json &value);

} // namespace tally

#endif // TALLY_SUPPORT_JSON_H
