//===- Arguments.h - the words of a command line ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TOOLS_TALLY_ARGUMENTS_H
#define TALLY_TOOLS_TALLY_ARGUMENTS_H

#include "tally/Support/Result.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tally {

/// One option of a verb: `--name VALUE`, `--name=VALUE`, or `--name` alone.
struct OptionSpec {
  std::string name;      ///< with its dashes: "--data", "-o"
  std::string valueName; ///< empty for a flag
  std::string help;
};

/// The parsed arguments of one verb.
class Arguments {
public:
  /// Fails on unknown options, missing values, and more or fewer than `positionals`.
  static Result<Arguments> parse(const std::vector<std::string> &words,
                                 const std::vector<OptionSpec> &options, size_t positionals);

  const std::string &input() const { return positionals.front(); }
  bool has(const std::string &name) const { return values.count(name); }
  std::string get(const std::string &name, const std::string &otherwise = "") const;

  /// A whole number of at least `least`.
  Result<int64_t> getInteger(const std::string &name, int64_t otherwise, int64_t least) const;
  /// Numbers separated by commas.
  Result<std::vector<float>> getNumbers(const std::string &name) const;

private:
  std::vector<std::string> positionals;
  std::map<std::string, std::string> values;
};

} // namespace tally

#endif // TALLY_TOOLS_TALLY_ARGUMENTS_H
