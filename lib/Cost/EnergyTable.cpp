//===- EnergyTable.cpp - picojoules of operations and of memory -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/EnergyTable.h"

#include <cassert>
#include <cmath>

namespace tally {

/// `from` scaled to another width, as the kind grows.
static double extrapolate(OperationKind kind, int fromBits, double picojoules, int bits) {
  double ratio = double(bits) / fromBits;
  return picojoules * (kind == OperationKind::Multiply ? ratio * ratio : ratio);
}

/// The power of x through (x0, y0) and (x1, y1).
static double interpolate(double x0, double y0, double x1, double y1, double x) {
  if (y0 <= 0 || y1 <= 0) // no power goes through zero
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
  return y0 * std::pow(x / x0, std::log(y1 / y0) / std::log(x1 / x0));
}

std::optional<EnergyTable::Energy> EnergyTable::of(OperationType type) const {
  const auto &kinds = type.isFloat ? floats : integers;
  auto kind = kinds.find(type.kind);
  bool own = kind != kinds.end();
  if (!own && (type.kind == OperationKind::Sad || type.kind == OperationKind::Compare))
    kind = kinds.find(OperationKind::Add);
  if (kind == kinds.end())
    return std::nullopt;
  const Widths &widths = kind->second;
  auto above = widths.lower_bound(type.bits);
  if (above != widths.end() && above->first == type.bits)
    return Energy{above->second, !own};
  if (above == widths.begin())
    return Energy{extrapolate(type.kind, above->first, above->second, type.bits), true};
  auto below = std::prev(above);
  if (above == widths.end())
    return Energy{extrapolate(type.kind, below->first, below->second, type.bits), true};
  return Energy{interpolate(below->first, below->second, above->first, above->second, type.bits),
                true};
}

EnergyTable::Memory EnergyTable::holding(int64_t bytes) const {
  size_t i = 0;
  while (bytes > levels[i].bytes)
    ++i;
  bool last = i + 1 == levels.size();
  if (i == 0 || last || bytes == levels[i].bytes)
    return {levels[i].name, bytes, levels[i].picojoulesPerByte};
  const Memory &below = levels[i - 1], &above = levels[i];
  return {"", bytes,
          interpolate(double(below.bytes), below.picojoulesPerByte, double(above.bytes),
                      above.picojoulesPerByte, double(bytes))};
}

const EnergyTable::Memory *EnergyTable::named(const std::string &name) const {
  for (const Memory &level : levels)
    if (level.name == name)
      return &level;
  return nullptr;
}

} // namespace tally
