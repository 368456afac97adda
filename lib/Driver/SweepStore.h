//===- SweepStore.h - what a sweep keeps of its recipes ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_SWEEPSTORE_H
#define TALLY_LIB_DRIVER_SWEEPSTORE_H

#include "tally/Driver/Sweep.h"
#include "tally/Support/File.h"

#include <nlohmann/json_fwd.hpp>

namespace tally {

nlohmann::json toJson(const SweepRow &row);

/// The folder of a sweep; without one, nothing is kept. Every row lies there beside a hash of
/// all that its figures depend on.
class SweepStore {
public:
  /// Reads all that every row depends on.
  static Result<SweepStore> create(const SweepJob &job);

  /// The row of a recipe (the float network's: "") if it was kept and is still right. Fails
  /// where the recipe cannot be read.
  Result<std::optional<SweepRow>> find(const std::string &recipe) const;
  /// Writes a row and, unless its text is empty, the network.
  Status keep(const SweepRow &row, const std::string &network) const;

private:
  std::string pathOf(const std::string &recipe) const;
  Result<std::string> hash(const std::string &recipe) const;

  std::string directory;
  std::string common; ///< a hash of what all rows depend on
};

} // namespace tally

#endif // TALLY_LIB_DRIVER_SWEEPSTORE_H
