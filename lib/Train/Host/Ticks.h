//===- Ticks.h - round numbers along an axis --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_TRAIN_HOST_TICKS_H
#define TALLY_LIB_TRAIN_HOST_TICKS_H

#include <string>
#include <vector>

namespace tally {

/// An axis from its first tick to its last.
struct Axis {
  std::vector<double> ticks; ///< at least two, rising
  bool isLogarithmic = false;

  double low() const { return ticks.front(); }
  double high() const { return ticks.back(); }
  /// Where a value is between the ends, 0 to 1; there is no other in the axis.
  double place(double value) const;
};

/// Multiples of 1, 2 or 5 times a power of ten around low..high, about `count` of them and at least
/// two.
Axis makeAxis(double low, double high, int count);

/// The same of whole numbers, from `low` to `high` and no further: of epochs, the first and the
/// last that there are need not be round.
Axis makeWholeAxis(double low, double high, int count);

/// Powers of ten around low..high, both above 0, with 2 and 5 times them where there are few.
Axis makeLogarithmicAxis(double low, double high);

/// A number with at most six digits, the same in every locale.
std::string toLabel(double number);

} // namespace tally

#endif // TALLY_LIB_TRAIN_HOST_TICKS_H
