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
  return 100 * (floatNetwork.top1.value_or(0) - row.top1.value_or(0));
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

/// Accuracy and what is lost of it or, where there is none, how near the float network's results.
static std::string formatQuality(const SweepRow &row, const SweepRow &floatNetwork) {
  if (floatNetwork.top1)
    return llvm::formatv(" {0,8:F2} {1,7}", 100 * row.top1.value_or(0),
                         row.recipe.empty() ? std::string("-")
                                            : llvm::formatv("{0:F2}", dropOf(row, floatNetwork)));
  return llvm::formatv(" {0,8}", row.sqnr ? llvm::formatv("{0:F2}", *row.sqnr).str() : "-");
}

std::string formatSweepHeader(const SweepJob &job, const SweepRow &floatNetwork) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::left_justify("recipe", widthOf(job))
                                 << (floatNetwork.top1 ? "  top-1 %    drop" : "  SQNR dB")
                                 << llvm::format(" %12s %12s %9s %10s\n", "bytes", "as stored",
                                                 "energy", "time");
  return text;
}

std::string formatSweepRow(const SweepJob &job, const SweepRow &row, const SweepRow &floatNetwork) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::left_justify(nameOf(row), widthOf(job));
  if (!row.error.empty()) {
    os << "   failed: " << printable(row.error) << "\n";
    return text;
  }
  os << formatQuality(row, floatNetwork)
     << llvm::format(" %12s %12s %9s %10s", grouped(row.codeBytes).c_str(),
                     grouped(row.storedBytes).c_str(), formatEnergy(row.picojoules).c_str(),
                     formatTime(row.milliseconds).c_str())
     << (row.kept ? "  kept" : "") << "\n";
  return text;
}

std::string toJson(const SweepJob &job, const Sweep &sweep) {
  json recipes = json::array();
  for (const SweepRow &row : sweep.recipes) {
    json object = toJson(row);
    if (row.error.empty() && row.top1 && sweep.floatNetwork.top1)
      object["drop"] = *sweep.floatNetwork.top1 - *row.top1;
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
  std::string text = "recipe,top1,top5,drop,images,code_bytes,stored_bytes,energy_pj,"
                     "ms_per_image,sqnr_db,error\r\n";
  llvm::raw_string_ostream os(text);
  auto number = [&](std::optional<double> value) {
    os << ",";
    if (value)
      os << llvm::format("%.6g", *value);
  };
  auto add = [&](const SweepRow &row) {
    os << quote(row.recipe.empty() ? "float" : row.recipe);
    if (!row.error.empty()) {
      os << ",,,,,,,,,," << quote(row.error) << "\r\n";
      return;
    }
    std::optional<double> drop;
    if (row.top1 && sweep.floatNetwork.top1)
      drop = *sweep.floatNetwork.top1 - *row.top1;
    number(row.top1);
    os << "," << (row.top5 ? std::to_string(*row.top5) : std::string());
    number(drop);
    os << "," << row.images << "," << row.codeBytes << "," << row.storedBytes;
    number(row.picojoules);
    number(row.milliseconds);
    number(row.sqnr);
    os << ",\r\n";
  };
  add(sweep.floatNetwork);
  for (const SweepRow &row : sweep.recipes)
    add(row);
  return text;
}

} // namespace tally
