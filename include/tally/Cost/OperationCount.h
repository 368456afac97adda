//===- OperationCount.h - scalar operations by kind and width ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Free of MLIR and LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_COST_OPERATIONCOUNT_H
#define TALLY_COST_OPERATIONCOUNT_H

#include <array>
#include <cstdint>
#include <map>
#include <tuple>

namespace tally {

/// `Sad` is one absolute difference, |a - b|; adding it to a sum is an `Add`. A subtraction is
/// an `Add`, the smaller or larger of two numbers a `Compare`.
enum class OperationKind { Sad, Add, Compare, Shift, Multiply };

constexpr std::array<OperationKind, 5> kOperationKinds = {
    OperationKind::Sad, OperationKind::Add, OperationKind::Compare, OperationKind::Shift,
    OperationKind::Multiply};

/// "sad", "add", "compare", "shift" or "multiply".
const char *toString(OperationKind kind);

struct OperationType {
  OperationKind kind;
  int bits; ///< of the wider operand; of a shift: of what comes out
  bool isFloat = false;

  /// Integers before floats.
  bool operator<(const OperationType &other) const {
    return std::tie(isFloat, kind, bits) < std::tie(other.isFloat, other.kind, other.bits);
  }
};

class OperationCount {
public:
  void add(OperationType type, int64_t count);
  void add(const OperationCount &other);
  /// Leaves what `parts` equal parts have each.
  void divide(int64_t parts);

  bool isEmpty() const { return counts.empty(); }
  /// Of every width, integers and floats.
  int64_t of(OperationKind kind) const;
  const std::map<OperationType, int64_t> &byType() const { return counts; }

private:
  std::map<OperationType, int64_t> counts; ///< none of them 0
};

/// The bits of a number that takes every value in `lowest..highest`: without a sign where all
/// have the same one (a sum of negated magnitudes adds magnitudes), else in two's complement.
/// At least 1.
int getBitWidth(__int128 lowest, __int128 highest);

} // namespace tally

#endif // TALLY_COST_OPERATIONCOUNT_H
