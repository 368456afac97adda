//===- SearchBudget.cpp - what a searched network may cost ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/NetworkBudget.h"
#include "tally/Driver/Search.h"
#include "tally/Support/Spelling.h"
#include "tally/Support/Units.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using llvm::StringRef;

namespace tally {

namespace {
struct Kind {
  std::string name, value;
  SearchBudget::Kind kind;
  std::vector<Unit> units;
};
} // namespace

static const std::vector<Kind> &getKinds() {
  static const std::vector<Kind> kinds = {
      {"bytes", "a number of bytes", SearchBudget::Bytes, {{"", 1}}},
      {"bops", "a number of bit operations", SearchBudget::BitOperations, {{"", 1}}},
      {"energy", "a number with pJ, nJ, uJ or mJ", SearchBudget::Energy, getEnergyUnits()},
      {"time",
       "a number with us, ms or s",
       SearchBudget::Time,
       {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}}},
      {"accuracy-drop",
       "a number of points, hundredths of all images",
       SearchBudget::AccuracyDrop,
       {{"", 0.01}}}};
  return kinds;
}

Result<SearchBudget> SearchBudget::parse(const std::string &text) {
  auto [name, value] = StringRef(text).split('=');
  std::vector<std::string> known;
  for (const ::tally::Kind &kind : getKinds()) {
    known.push_back(kind.name);
    if (kind.name != name)
      continue;
    std::optional<double> most = readWithUnit(value.str(), kind.units);
    constexpr double kMostWhole = 1e15;
    bool counts = kind.kind == Bytes || kind.kind == BitOperations;
    bool isWhole = most && (!counts || (std::floor(*most) == *most && *most <= kMostWhole));
    if (!isWhole || *most < 0 || (*most == 0 && kind.kind != AccuracyDrop))
      return Error{"--budget " + name.str() + "= requires " + kind.value + ", but got '" +
                   value.str() + "'"};
    return SearchBudget{kind.kind, *most};
  }
  return Error{"--budget requires KIND=VALUE with KIND one of " + listQuoted(known) +
               ", but got '" + text + "'" + didYouMean(name, known)};
}

double costOf(SearchBudget::Kind kind, const SearchFigures &figures) {
  switch (kind) {
  case SearchBudget::BitOperations:
    return figures.bitOperations;
  case SearchBudget::Energy:
    return figures.picojoules;
  case SearchBudget::Time:
    return figures.seconds;
  case SearchBudget::Bytes:
  case SearchBudget::AccuracyDrop:
    return double(figures.bytes);
  }
  llvm_unreachable("no other kind");
}

std::string formatCost(SearchBudget::Kind kind, double cost) {
  if (kind == SearchBudget::Time)
    return llvm::formatv("{0:F3} ms", 1000 * cost).str();
  return formatCost(kind == SearchBudget::Energy          ? CostKind::Energy
                    : kind == SearchBudget::BitOperations ? CostKind::BitOperations
                                                          : CostKind::Bytes,
                    cost);
}

std::string SearchBudget::toText() const {
  if (kind == AccuracyDrop)
    return llvm::formatv("accuracy drop of {0:F2} points", 100 * most).str();
  return (kind == Energy ? "energy of " : kind == Time ? "time of " : "") + formatCost(kind, most);
}

} // namespace tally
