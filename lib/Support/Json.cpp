//===- Json.cpp - files of objects that users write -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Json.h"

#include "tally/Support/Spelling.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

using nlohmann::json;

namespace tally {

namespace {

/// Follows a parser and remembers the first key that an object has twice.
class Duplicates {
public:
  void see(json::parse_event_t event, const json &parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_end || event == Event::array_end) {
      open.pop_back();
      return;
    }
    if (event == Event::key) {
      open.back().key = parsed.get<std::string>();
      if (!open.back().keys.insert(open.back().key).second && found.empty())
        found = describe();
      return;
    }
    if (!open.empty() && open.back().isArray)
      ++open.back().index;
    if (event != Event::value)
      open.push_back({event == Event::array_start, {}, {}, -1});
  }

  /// `: 'layers'[0]: 'bits'`; empty where there is none.
  std::string found;

private:
  struct Level {
    bool isArray;
    std::string key;
    std::set<std::string> keys;
    int64_t index;
  };

  std::string describe() const {
    std::string text;
    for (const Level &level : open)
      text += level.isArray ? "[" + std::to_string(level.index) + "]" : ": '" + level.key + "'";
    return text;
  }

  std::vector<Level> open;
};

} // namespace

Result<json> parseObject(const std::string &text, const std::string &where) {
  Duplicates duplicates;
  json document;
  try {
    document = json::parse(text, [&](int, json::parse_event_t event, json &parsed) {
      duplicates.see(event, parsed);
      return true;
    });
  } catch (const json::exception &error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 9: ..."
    std::string reason = error.what();
    size_t number = reason.find("] ");
    return Error{where + " is not JSON: " +
                 (number == std::string::npos ? reason : reason.substr(number + 2))};
  }
  if (!document.is_object())
    return Error{where + " is not a JSON object"};
  if (!duplicates.found.empty())
    return Error{where + duplicates.found + " is given twice"};
  return document;
}

Status expectKeys(const json &value, const std::vector<std::string> &known,
                  const std::string &where) {
  if (!value.is_object())
    return Error{where + " requires an object, but got " + showJson(value)};
  for (const auto &[key, unused] : value.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      return Error{where + ": unknown key '" + key + "'; known are " + listQuoted(known) +
                   didYouMean(key, known)};
  return Done();
}

std::string showJson(const json &value) {
  return value.is_structured() ? std::string("an ") + value.type_name() : value.dump();
}

} // namespace tally
