//===- UnitCosts.cpp - measured units of hardware -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/HardwareCost.h"

#include "tally/Support/Json.h"

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

static constexpr const char *kMeasured =
#include "MeasuredUnits.inc"
    ;

/// In which every shape was measured.
constexpr int kAccumulatorBits = 24;

static bool isOf(const std::string &name, const std::string &unit) {
  if (unit != "uniform")
    return name == unit;
  return name == "product" || name == "rows" || name == "booth" || name == "sign_magnitude";
}

Result<UnitCosts> UnitCosts::parse(const std::string &text, const std::string &origin) {
  std::string where = "figures of units '" + origin + "'";
  Result<json> document = parseObject(text, where);
  if (!document)
    return document.error();
  if (!document->contains("units") || !(*document)["units"].is_object())
    return Error{where + " requires 'units'"};
  UnitCosts costs;
  for (const auto &[key, row] : (*document)["units"].items()) {
    // Name, bits of inputs, weights and accumulator, lanes.
    const json shape = row.is_object() ? row.value("unit", json()) : json();
    bool ok = shape.is_array() && shape.size() == 5 && shape[0].is_string();
    for (size_t i = 1; ok && i < 5; ++i)
      ok = shape[i].is_number_integer();
    if (!ok)
      return Error{where + ": '" + key + "' requires 'unit' with a name and four numbers"};
    if (shape[4] != 1)
      continue;
    std::string name = shape[0];
    int inputBits = shape[1], weightBits = shape[2];
    auto unit = std::find_if(costs.units.begin(), costs.units.end(), [&](const Unit &one) {
      return one.name == name && one.inputBits == inputBits && one.weightBits == weightBits;
    });
    if (unit == costs.units.end())
      unit = costs.units.insert(unit, {name, inputBits, weightBits, {}, {}});
    for (auto [figure, values] :
         {std::pair("transistors", &unit->transistors), {"xc7_luts", &unit->lookUpTables}}) {
      if (!row.contains(figure))
        continue;
      if (!row[figure].is_number())
        return Error{where + ": '" + key + "': '" + figure + "' requires a number, but got " +
                     showJson(row[figure])};
      (*values)[shape[3]] = row[figure];
    }
  }
  return costs;
}

const UnitCosts &UnitCosts::builtin() {
  static const UnitCosts costs = [] {
    Result<UnitCosts> parsed = parse(kMeasured, "measured.json");
    assert(parsed && "the built-in figures are valid");
    return *parsed;
  }();
  return costs;
}

/// The line through the two points next to `x`; of one point the slope is `otherSlope`.
static double onLine(const std::map<int, double> &points, int x, double otherSlope) {
  if (points.size() == 1)
    return points.begin()->second + otherSlope * (x - points.begin()->first);
  auto above = points.lower_bound(x);
  if (above == points.begin())
    ++above;
  if (above == points.end())
    --above;
  auto below = std::prev(above);
  double slope = (above->second - below->second) / (above->first - below->first);
  return below->second + slope * (x - below->first);
}

double UnitCosts::adjust(const Unit &unit, std::map<int, double> Unit::*figure,
                         int accumulatorBits) const {
  // An accumulator's bit costs about the same whatever is added: where a unit was measured at one
  // width only, as in another unit of its name, or else in the first that was at several.
  double slope = 0;
  for (const Unit &other : units) {
    const std::map<int, double> &points = other.*figure;
    if (points.size() < 2 || !(slope == 0 || other.name == unit.name))
      continue;
    slope = (points.rbegin()->second - points.begin()->second) /
            (points.rbegin()->first - points.begin()->first);
  }
  return onLine(unit.*figure, accumulatorBits, slope);
}

std::optional<CircuitSize> UnitCosts::of(const std::string &unit, int inputBits, int weightBits,
                                         int accumulatorBits) const {
  std::optional<CircuitSize> smallest;
  for (const Unit &one : units) {
    if (!isOf(one.name, unit) || one.inputBits < inputBits || one.weightBits < weightBits ||
        !one.transistors.count(kAccumulatorBits) || !one.lookUpTables.count(kAccumulatorBits))
      continue;
    CircuitSize size{adjust(one, &Unit::transistors, accumulatorBits),
                     adjust(one, &Unit::lookUpTables, accumulatorBits),
                     one.inputBits != inputBits || one.weightBits != weightBits ||
                         !one.transistors.count(accumulatorBits) ||
                         !one.lookUpTables.count(accumulatorBits)};
    if (!smallest || size.lookUpTables < smallest->lookUpTables)
      smallest = size;
  }
  return smallest;
}

} // namespace tally
