//===- SearchBudget.cpp - what a searched network may cost ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/CostReport.h"
#include "tally/Driver/Search.h"
#include "tally/Support/Spelling.h"
#include "tally/Support/Text.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using llvm::StringRef;

namespace tally {

namespace {
struct Unit {
  llvm::StringLiteral name;
  double factor;
};
constexpr Unit kEnergies[] = {{"pJ", 1}, {"nJ", 1e3}, {"uJ", 1e6}, {"mJ", 1e9}};
constexpr Unit kTimes[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}};
constexpr Unit kPoints[] = {{"", 0.01}};
constexpr Unit kNone[] = {{"", 1}};

struct Kind {
  llvm::StringLiteral name, value;
  SearchBudget::Kind kind;
  llvm::ArrayRef<Unit> units;
};
constexpr Kind kKinds[] = {
    {"bytes", "a number of bytes", SearchBudget::Bytes, kNone},
    {"energy", "a number with pJ, nJ, uJ or mJ", SearchBudget::Energy, kEnergies},
    {"time", "a number with us, ms or s", SearchBudget::Time, kTimes},
    {"accuracy-drop", "a number of points, hundredths of all images", SearchBudget::AccuracyDrop,
     kPoints}};
} // namespace

/// Nothing where `text` is no number with one of the units.
static std::optional<double> readNumber(StringRef text, llvm::ArrayRef<Unit> units) {
  for (const Unit &unit : units) {
    double number = 0;
    StringRef digits = text;
    // A unit behind the number, and no letter of another one.
    if (!digits.consume_back(unit.name) || digits.empty() || !llvm::isDigit(digits.back()) ||
        digits.getAsDouble(number))
      continue;
    if (std::isfinite(number))
      return number * unit.factor;
  }
  return std::nullopt;
}

Result<SearchBudget> SearchBudget::parse(const std::string &text) {
  auto [name, value] = StringRef(text).split('=');
  std::vector<std::string> known;
  for (const ::tally::Kind &kind : kKinds) {
    known.push_back(kind.name.str());
    if (kind.name != name)
      continue;
    std::optional<double> most = readNumber(value, kind.units);
    constexpr double kMostBytes = 1e15;
    bool isWhole =
        most && (kind.kind != Bytes || (std::floor(*most) == *most && *most <= kMostBytes));
    if (!isWhole || *most < 0 || (*most == 0 && kind.kind != AccuracyDrop))
      return Error{"--budget " + name.str() + "= requires " + kind.value.str() + ", but got '" +
                   value.str() + "'"};
    return SearchBudget{kind.kind, *most};
  }
  return Error{"--budget requires KIND=VALUE with KIND one of " + listQuoted(known) +
               ", but got '" + text + "'" + didYouMean(name, known)};
}

double costOf(SearchBudget::Kind kind, const SearchFigures &figures) {
  switch (kind) {
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
  if (kind == SearchBudget::Energy)
    return formatEnergy(cost);
  if (kind == SearchBudget::Time)
    return llvm::formatv("{0:F3} ms", 1000 * cost).str();
  return grouped(int64_t(cost)) + " bytes";
}

std::string SearchBudget::toText() const {
  if (kind == AccuracyDrop)
    return llvm::formatv("accuracy drop of {0:F2} points", 100 * most).str();
  return (kind == Bytes ? "" : kind == Energy ? "energy of " : "time of ") + formatCost(kind, most);
}

} // namespace tally
