//===- Options.cpp - the words of a command line --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Options.h"

#include "tally/Driver/Inspect.h"

#include "llvm/ADT/StringRef.h"
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <ostream>

namespace tally {

void Options::add(OptionRow row, Reader read) { options.push_back({std::move(row), read}); }

void Options::add(OptionRow row, bool &flag) {
  add(std::move(row), [&](const std::string &) {
    flag = true;
    return Done();
  });
}

void Options::add(OptionRow row, std::string &text) {
  add(std::move(row), [&](const std::string &value) {
    text = value;
    return Done();
  });
}

void Options::addRequired(OptionRow row, std::string &text) {
  add(std::move(row), text);
  options.back().required = &text;
}

void Options::add(OptionRow row, int64_t &number, int64_t least) {
  std::string name = row.name;
  add(std::move(row), [&number, name, least](const std::string &text) -> Status {
    char *end = nullptr;
    errno = 0;
    long long value = std::strtoll(text.c_str(), &end, 10);
    if (text.empty() || *end || errno || value < least)
      return Error{"option '" + name + "' requires a whole number of at least " +
                   std::to_string(least) + ", but got '" + text + "'"};
    number = value;
    return Done();
  });
}

void Options::add(OptionRow row, std::vector<float> &numbers, bool positive) {
  std::string name = row.name;
  add(std::move(row), [&numbers, name, positive](const std::string &text) -> Status {
    numbers.clear();
    for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = text.find(',', begin);
      std::string part = text.substr(begin, end - begin);
      char *rest = nullptr;
      float value = std::strtof(part.c_str(), &rest);
      if (part.empty() || *rest || !std::isfinite(value))
        return Error{"option '" + name + "' requires numbers separated by commas, but got '" +
                     text + "'"};
      if (positive && !(value > 0))
        return Error{"option '" + name + "' requires numbers above 0, but got '" + text + "'"};
      numbers.push_back(value);
    }
    return Done();
  });
}

void Options::addAll(OptionRow row, std::vector<std::string> &words) {
  add(std::move(row), [&](const std::string &word) {
    words.push_back(word);
    return Done();
  });
}

static std::string count(size_t names) {
  return std::to_string(names) + " file name" + (names == 1 ? "" : "s");
}

Status Options::parse(const std::vector<std::string> &words) {
  std::vector<std::string> names;
  bool onlyFiles = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string &word = words[i];
    if (onlyFiles || word.size() < 2 || word[0] != '-') {
      names.push_back(word);
      continue;
    }
    if (word == "--") {
      onlyFiles = true;
      continue;
    }
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    auto option = std::find_if(options.begin(), options.end(),
                               [&](const Option &o) { return o.matches(name); });
    if (option == options.end())
      return unknownOption(name);
    std::string value;
    if (option->takesAll()) {
      value = word;
    } else if (option->row.value.empty()) {
      if (equals != std::string::npos)
        return Error{"option '" + name + "' takes no value"};
    } else if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return Error{"option '" + name + "' requires a value: " + option->row.form()};
    }
    if (value.empty() && !option->row.value.empty())
      return Error{"option '" + name +
                   "' requires a value that is not empty: " + option->row.form()};
    given.emplace_back(&*option, value);
  }
  return setNames(names);
}

Status Options::setNames(const std::vector<std::string> &names) const {
  if (names.size() > files.size() + optional.size())
    return Error{"takes " + std::string(optional.empty() ? "" : "at most ") +
                 count(files.size() + optional.size()) + ", but got " +
                 std::to_string(names.size())};
  if (names.size() < files.size())
    return Error{"requires " + count(files.size()) + ", but got " + std::to_string(names.size())};
  for (size_t i = 0; i < names.size(); ++i)
    *(i < files.size() ? files[i] : optional[i - files.size()]) = names[i];
  return Done();
}

Error Options::unknownOption(const std::string &name) const {
  std::vector<std::string> known;
  for (const Option &option : options)
    if (!option.takesAll())
      known.push_back(option.row.name);
  return {"unknown option '" + name + "'" + didYouMean(name, known)};
}

Status Options::read() const {
  for (const auto &[option, value] : given)
    if (Status status = option->read(value); !status)
      return status;
  for (const Option &option : options)
    if (option.required && option.required->empty())
      return Error{"requires " + option.row.name + " " + option.row.value};
  return Done();
}

void Options::printHelp(std::ostream &os) const {
  if (!options.empty())
    os << "\n";
  for (const Option &option : options) {
    const OptionRow &row = option.row;
    std::string left = row.name + (row.value.empty() ? "" : " " + row.value);
    os << "  " << left << std::string(left.size() < 22 ? 24 - left.size() : 2, ' ') << row.help
       << "\n";
  }
}

} // namespace tally
