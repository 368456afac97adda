//===- Options.h - the words of a command line ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TOOLS_TALLY_OPTIONS_H
#define TALLY_TOOLS_TALLY_OPTIONS_H

#include "tally/Support/File.h"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace tally {

/// How an option is spelt: `--name VALUE`, `--name=VALUE`, or `--name` alone.
struct OptionRow {
  std::string name;  ///< with its dashes: "--data", "-o"
  std::string value; ///< empty for a flag
  std::string help;
  std::string choices = ""; ///< the values that there are, where they are few

  /// What to write: the choices, or the option with the name of its value.
  std::string form() const { return choices.empty() ? name + " " + value : choices; }
};

/// The options and file names of a verb, each bound to the variable that it sets.
class Options {
public:
  using Reader = std::function<Status(const std::string &)>;

  /// A file name, in the order of calls.
  void addFile(std::string &path) { files.push_back(&path); }
  /// A name that may be left out; behind those that may not.
  void addOptional(std::string &name) { optional.push_back(&name); }

  void add(OptionRow row, bool &flag);
  void add(OptionRow row, std::string &text);
  void addRequired(OptionRow row, std::string &text);
  /// A whole number of at least `least`.
  void add(OptionRow row, int64_t &number, int64_t least = 1);
  /// Numbers separated by commas, at least one; all above 0 where `positive` says so.
  void add(OptionRow row, std::vector<float> &numbers, bool positive = false);
  void add(OptionRow row, Reader read);
  /// All words that begin with a name that ends in *, as they are.
  void addAll(OptionRow row, std::vector<std::string> &words);

  /// Splits the words of a command line; what they mean is read afterwards.
  Status parse(const std::vector<std::string> &words);
  /// Sets the variables.
  Status read() const;

  void printHelp(std::ostream &os) const;

private:
  struct Option {
    OptionRow row;
    Reader read;
    const std::string *required = nullptr;

    bool takesAll() const { return row.name.back() == '*'; }
    bool matches(const std::string &name) const {
      return takesAll() ? name.rfind(row.name.substr(0, row.name.size() - 1), 0) == 0
                        : name == row.name;
    }
  };
  std::vector<Option> options;
  /// Binds words that belong to no option.
  Status setNames(const std::vector<std::string> &names) const;
  Error unknownOption(const std::string &name) const;

  std::vector<std::string *> files, optional;
  std::vector<std::pair<const Option *, std::string>> given;
};

} // namespace tally

#endif // TALLY_TOOLS_TALLY_OPTIONS_H
