//===- Arguments.cpp - the words of a command line ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Arguments.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <sstream>

namespace tally {

Result<Arguments> Arguments::parse(const std::vector<std::string> &words,
                                   const std::vector<OptionSpec> &options, size_t positionals) {
  Arguments arguments;
  bool onlyPositionals = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string &word = words[i];
    if (onlyPositionals || word.size() < 2 || word[0] != '-') {
      arguments.positionals.push_back(word);
      continue;
    }
    if (word == "--") {
      onlyPositionals = true;
      continue;
    }
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    auto option = std::find_if(options.begin(), options.end(),
                               [&](const OptionSpec &o) { return o.name == name; });
    if (option == options.end())
      return Error{"unknown option '" + name + "'"};
    if (option->valueName.empty()) {
      if (equals != std::string::npos)
        return Error{"option '" + name + "' takes no value"};
      arguments.values[name] = "";
    } else if (equals != std::string::npos) {
      arguments.values[name] = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      arguments.values[name] = words[++i];
    } else {
      return Error{"option '" + name + "' requires a value: " + name + " " + option->valueName};
    }
  }
  if (arguments.positionals.size() != positionals)
    return Error{"requires " + std::to_string(positionals) + " file name" +
                 (positionals == 1 ? "" : "s") + ", but got " +
                 std::to_string(arguments.positionals.size())};
  return arguments;
}

std::string Arguments::get(const std::string &name, const std::string &otherwise) const {
  auto it = values.find(name);
  return it == values.end() ? otherwise : it->second;
}

Result<int64_t> Arguments::getInteger(const std::string &name, int64_t otherwise,
                                      int64_t least) const {
  if (!has(name))
    return otherwise;
  std::string text = get(name);
  char *end = nullptr;
  errno = 0;
  long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end || errno || value < least)
    return Error{"option '" + name + "' requires a whole number of at least " +
                 std::to_string(least) + ", but got '" + text + "'"};
  return int64_t(value);
}

Result<std::vector<float>> Arguments::getNumbers(const std::string &name) const {
  std::vector<float> numbers;
  if (!has(name))
    return numbers;
  std::stringstream stream(get(name));
  std::string part;
  while (std::getline(stream, part, ',')) {
    char *end = nullptr;
    float value = std::strtof(part.c_str(), &end);
    if (part.empty() || *end || !std::isfinite(value))
      return Error{"option '" + name + "' requires numbers separated by commas, but got '" +
                   get(name) + "'"};
    numbers.push_back(value);
  }
  return numbers;
}

} // namespace tally
