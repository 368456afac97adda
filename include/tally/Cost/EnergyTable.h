//===- EnergyTable.h - picojoules of operations and of memory ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JSON; docs/Report.md has the format. Free of MLIR and LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_COST_ENERGYTABLE_H
#define TALLY_COST_ENERGYTABLE_H

#include "tally/Cost/OperationCount.h"
#include "tally/Support/Result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tally {

class EnergyTable {
public:
  /// energy/45nm.json
  static const EnergyTable &builtin();
  /// `origin` names the table in messages. Unknown keys are errors.
  static Result<EnergyTable> parse(const std::string &text, const std::string &origin);
  static Result<EnergyTable> load(const std::string &path);

  struct Energy {
    double picojoules;
    bool isEstimate; ///< not in the table: of another width, or of an addition
  };

  /// The energy of one operation; none for floats where the table has none. Between two
  /// widths of the table it is a power of the width that goes through both; outside of them
  /// it grows with the width, for `Multiply` with its square. `Sad` and `Compare` cost what
  /// `Add` costs where the table does not say.
  std::optional<Energy> of(OperationType type) const;

  struct Memory {
    std::string name; ///< empty for one between two of the table
    int64_t bytes;    ///< INT64_MAX for the last one
    double picojoulesPerByte;
  };

  /// A memory made for `bytes`: between two of the table energy is a power of the size; what
  /// is too large for all but the last one lies there.
  Memory holding(int64_t bytes) const;
  /// Null where there is none of that name.
  const Memory *named(const std::string &name) const;
  const std::vector<Memory> &memories() const { return levels; }

  const std::string &origin() const { return from; }
  const std::string &description() const { return about; }
  /// The table as it was read.
  const std::string &text() const { return document; }

private:
  /// Of one kind, by width.
  using Widths = std::map<int, double>;
  std::map<OperationKind, Widths> integers, floats;
  std::vector<Memory> levels; ///< smallest first
  std::string from, about, document;

  friend class EnergyTableReader;
};

} // namespace tally

#endif // TALLY_COST_ENERGYTABLE_H
