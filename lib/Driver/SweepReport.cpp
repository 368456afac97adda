//===- SweepReport.cpp - a sweep as text, JSON and CSV --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver/SweepStore.h"
#include "tally/Cost/CostReport.h"
#include "tally/Support/Text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

/// Loss of accuracy in points.
static double dropOf(const SweepRow &row, const SweepRow &floatNetwork) {
  return 100 * (floatNetwork.top1 - row.top1);
}

static std::string nameOf(const SweepRow &row) {
  return row.recipe.empty() ? "float" : printable(row.recipe);
}

static int widthOf(const SweepJob &job) {
  size_t width = 5;
  for (const std::string &recipe : job.recipes)
    width = std::max(width, printable(recipe).size());
  return int(width);
}

static std::string formatTime(double milliseconds) {
  bool isShort = milliseconds < 0.1;
  return llvm::formatv("{0:F3} {1}", milliseconds * (isShort ? 1000 : 1), isShort ? "us" : "ms")
      .str();
}

std::string formatSweepHeader(const SweepJob &job) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::left_justify("recipe", widthOf(job))
                                 << llvm::format(" %8s %7s %12s %12s %9s %10s\n", "top-1 %", "drop",
                                                 "bytes", "as stored", "energy", "time");
  return text;
}

std::string formatSweepRow(const SweepJob &job, const SweepRow &row, const SweepRow &floatNetwork) {
  std::string text, drop = "-";
  llvm::raw_string_ostream os(text);
  os << llvm::left_justify(nameOf(row), widthOf(job));
  if (!row.error.empty()) {
    os << "   failed: " << printable(row.error) << "\n";
    return text;
  }
  if (!row.recipe.empty())
    drop = llvm::formatv("{0:F2}", dropOf(row, floatNetwork)).str();
  os << llvm::format(" %8.2f %7s %12s %12s %9s %10s", 100 * row.top1, drop.c_str(),
                     grouped(row.codeBytes).c_str(), grouped(row.storedBytes).c_str(),
                     formatEnergy(row.picojoules).c_str(), formatTime(row.milliseconds).c_str())
     << (row.kept ? "  kept" : "") << "\n";
  return text;
}

std::string toJson(const SweepJob &job, const Sweep &sweep) {
  json recipes = json::array();
  for (const SweepRow &row : sweep.recipes) {
    json object = toJson(row);
    if (row.error.empty())
      object["drop"] = sweep.floatNetwork.top1 - row.top1;
    recipes.push_back(object);
  }
  json floatRow = toJson(sweep.floatNetwork);
  floatRow.erase("recipe");
  json report = {{"network", job.network},
                 {"data", job.images.data},
                 {"float", floatRow},
                 {"recipes", recipes}};
  if (job.mulFree)
    report["mul_free"] = stringifyMulFree(*job.mulFree).str();
  // Names may hold any bytes.
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

/// In quotes where it has to be.
static std::string quote(const std::string &field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos)
    return field;
  std::string text = field;
  for (size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '"');
  return '"' + text + '"';
}

std::string toCsv(const Sweep &sweep) {
  std::string text =
      "recipe,top1,top5,drop,images,code_bytes,stored_bytes,energy_pj,ms_per_image,error\r\n";
  llvm::raw_string_ostream os(text);
  auto add = [&](const SweepRow &row) {
    os << quote(row.recipe.empty() ? "float" : row.recipe);
    if (row.error.empty())
      os << llvm::format(",%.6g,", row.top1)
         << (row.top5 ? std::to_string(*row.top5) : std::string())
         << llvm::format(",%.6g,", sweep.floatNetwork.top1 - row.top1) << row.images << ","
         << row.codeBytes << "," << row.storedBytes
         << llvm::format(",%.6g,%.6g,", row.picojoules, row.milliseconds);
    else
      os << ",,,,,,,,," << quote(row.error);
    os << "\r\n";
  };
  add(sweep.floatNetwork);
  for (const SweepRow &row : sweep.recipes)
    add(row);
  return text;
}

} // namespace tally
