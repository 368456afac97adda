//===- MlirOptions.h - looking inside a verb --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TOOLS_TALLY_MLIROPTIONS_H
#define TALLY_TOOLS_TALLY_MLIROPTIONS_H

#include "Options.h"

namespace tally {

/// What a user wants to see of the passes that a verb runs.
class MlirOptions {
public:
  /// --mlir-*: the options of MLIR itself.
  void addTo(Options &options);
  /// --print-ir-after and --debug-only too, for verbs that run passes.
  void addPassesTo(Options &options);

  /// Makes contexts and pass managers of this process obey them; to be called before there
  /// are any.
  Status apply();

  /// Fails where what was to be looked at did not come by.
  Status checkSeen() const;

private:
  Status parse();

  std::string printAfter, debugTypes;
  std::vector<std::string> words;
};

} // namespace tally

#endif // TALLY_TOOLS_TALLY_MLIROPTIONS_H
