//===- SearchReport.cpp - a search as text, JSON and a figure -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Train/Host/SvgPlot.h"
#include "tally/Cost/CostReport.h"
#include "tally/Driver/Search.h"
#include "tally/Support/Text.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

static const char *nameOfLoss(const Search &search) {
  return search.isDivergence ? "divergence, nats" : "relative squared error";
}

static std::string formatLoss(double loss) { return llvm::formatv("{0:F5}", loss).str(); }

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void printLayers(llvm::raw_ostream &os, const SearchJob &job, const Search &search) {
  size_t width = 5;
  for (const SearchedLayer &layer : search.layers)
    width = std::max(width, printable(layer.name).size());
  os << llvm::left_justify("layer", width)
     << "  recipe        chosen               cost       loss\n";
  for (const SearchedLayer &layer : search.layers) {
    os << llvm::left_justify(printable(layer.name), width) << "  "
       << llvm::left_justify(layer.base.toText(), 12);
    if (!layer.stays.empty()) {
      os << "  stays: " << printable(layer.stays) << "\n";
      continue;
    }
    const SearchedLayer::Option &option = layer.options[layer.chosen];
    std::string cost = formatCost(job.budget.kind, std::fabs(option.cost));
    os << "  " << llvm::left_justify(option.format.toText(), 12) << " "
       << llvm::right_justify((option.cost < 0 ? "-" : "") + cost, 12) << " "
       << llvm::right_justify(formatLoss(option.loss), 10) << "\n";
  }
}

static void printErrors(llvm::raw_ostream &os, const Search &search) {
  for (const SearchedLayer &layer : search.layers)
    for (const SearchedLayer::Option &option : layer.options)
      if (layer.stays.empty() && !option.error.empty())
        os << "left out  '" << printable(layer.name) << "' as " << option.format.toText() << ": "
           << printable(option.error) << "\n";
}

static void printPoint(llvm::raw_ostream &os, const Search &search, const SearchPoint &point,
                       const char *mark) {
  os << llvm::right_justify(grouped(point.measured.bytes), 12) << " "
     << llvm::right_justify(formatEnergy(point.measured.picojoules), 10) << " "
     << llvm::right_justify(formatLoss(point.loss), 10) << " "
     << llvm::right_justify(formatLoss(point.measured.loss), 10);
  if (search.floatTop1 && point.measured.top1)
    os << llvm::format(" %8.2f %7.2f", 100 * *point.measured.top1,
                       100 * (*search.floatTop1 - *point.measured.top1));
  os << mark << "\n";
}

std::string toText(const SearchJob &job, const Search &search) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printLayers(os, job, search);
  printErrors(os, search);
  os << "\n       bytes     energy  predicted   measured"
     << (search.floatTop1 ? "  top-1 %    drop" : "") << "\n";
  // With the others, in the order of cost.
  bool shown = false;
  double chosen = costOf(job.budget.kind, search.chosen.measured);
  for (const SearchPoint &point : search.front) {
    bool isSame = point.choices == search.chosen.choices;
    if (!shown && !isSame && costOf(job.budget.kind, point.measured) > chosen) {
      printPoint(os, search, search.chosen, "  chosen");
      shown = true;
    }
    printPoint(os, search, point, isSame ? "  chosen" : "");
    shown |= isSame;
  }
  if (!shown)
    printPoint(os, search, search.chosen, "  chosen");
  os << "\nbudget    " << job.budget.toText() << "; the network takes "
     << formatCost(job.budget.kind, chosen);
  if (job.budget.kind != SearchBudget::AccuracyDrop)
    os << llvm::format(", %.1f %%", 100 * chosen / job.budget.most);
  os << "\nloss      " << nameOfLoss(search) << ": " << formatLoss(search.chosen.loss)
     << " as layers add up, " << formatLoss(search.chosen.measured.loss) << " measured, "
     << formatLoss(search.base.loss) << " as the recipe has all layers\n";
  if (search.floatTop1 && search.chosen.measured.top1)
    os << llvm::format("accuracy  top-1 %.2f %%, float %.2f %%, of ",
                       100 * *search.chosen.measured.top1, 100 * *search.floatTop1)
       << counted(search.chosen.measured.images, "image") << "\n";
  os << "networks  " << search.measured << " measured now, " << search.kept << " before; "
     << grouped(int64_t(search.selections)) << " selections that no other one beats"
     << (search.isExact ? "" : ", of which some were left out") << "\n";
  return text;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json toJson(const SearchJob &job, const SearchFigures &figures) {
  json object = {{"loss", figures.loss},
                 {"code_bytes", figures.bytes},
                 {"bit_operations", figures.bitOperations},
                 {"energy_pj", figures.picojoules}};
  if (job.budget.kind == SearchBudget::Time)
    object["seconds"] = figures.seconds;
  if (figures.top1) {
    object["top1"] = *figures.top1;
    object["images"] = figures.images;
  }
  return object;
}

static json toJson(const LayerFormat &format) {
  return {{"levels", format.levels}, {"bits", format.bits}, {"input_bits", format.inputBits}};
}

static json toJson(const SearchJob &job, const Search &search, const SearchPoint &point) {
  json formats = json::array();
  size_t next = 0;
  for (const SearchedLayer &layer : search.layers)
    if (layer.stays.empty())
      formats.push_back(layer.options[point.choices[next++]].format.toText());
  return {{"predicted", {{"cost", point.cost}, {"loss", point.loss}}},
          {"measured", toJson(job, point.measured)},
          {"formats", formats}};
}

std::string toJson(const SearchJob &job, const Search &search) {
  static constexpr const char *kKinds[] = {"bytes", "bops", "energy", "time", "accuracy-drop"};
  json layers = json::array(), front = json::array();
  for (const SearchedLayer &layer : search.layers) {
    json object = {{"name", layer.name}, {"recipe", toJson(layer.base)}};
    if (!layer.stays.empty()) {
      object["stays"] = layer.stays;
      layers.push_back(object);
      continue;
    }
    object["chosen"] = layer.chosen;
    object["options"] = json::array();
    for (const SearchedLayer::Option &option : layer.options) {
      json one = toJson(option.format);
      if (option.error.empty()) {
        one["loss"] = option.loss;
        one["cost"] = option.cost;
      } else {
        one["error"] = option.error;
      }
      object["options"].push_back(one);
    }
    layers.push_back(object);
  }
  for (const SearchPoint &point : search.front)
    front.push_back(toJson(job, search, point));
  json report = {{"network", job.network},
                 {"data", job.images.data},
                 {"budget", {{"kind", kKinds[job.budget.kind]}, {"most", job.budget.most}}},
                 {"loss", search.isDivergence ? "divergence" : "relative_squared_error"},
                 {"exact", search.isExact},
                 {"selections", search.selections},
                 {"recipe", toJson(job, search.base)},
                 {"layers", layers},
                 {"chosen", toJson(job, search, search.chosen)},
                 {"front", front}};
  if (search.floatTop1)
    report["float"] = {{"top1", *search.floatTop1}};
  // Names may hold any bytes.
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

//===----------------------------------------------------------------------===//
// Figure
//===----------------------------------------------------------------------===//

std::string toSvg(const SearchJob &job, const Search &search) {
  std::vector<SearchPoint> points = search.front;
  if (llvm::none_of(
          points, [&](const SearchPoint &point) { return point.choices == search.chosen.choices; }))
    points.push_back(search.chosen);
  // Whole numbers of a unit that tells networks apart.
  double unit = job.budget.kind == SearchBudget::Time ? 1e-9 : 1;
  auto place = [&](const SearchPoint &point) {
    return int64_t(std::llround(costOf(job.budget.kind, point.measured) / unit));
  };
  llvm::stable_sort(
      points, [&](const SearchPoint &a, const SearchPoint &b) { return place(a) < place(b); });
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Figure figure;
  figure.title = "What layers of " + job.network + " lose, by budget";
  figure.places = job.budget.kind == SearchBudget::BitOperations ? "bit operations"
                  : job.budget.kind == SearchBudget::Energy      ? "picojoules"
                  : job.budget.kind == SearchBudget::Time        ? "nanoseconds"
                                                                 : "bytes";
  Curve predicted{"as layers add up", {}}, measured{"measured", {}}, chosen{"chosen", {}},
      top1{"measured", {}}, chosenTop1{"chosen", {}}, floatTop1{"float", {}};
  for (const SearchPoint &point : points) {
    bool isChosen = point.choices == search.chosen.choices;
    if (!figure.x.empty() && figure.x.back() == place(point))
      continue;
    figure.x.push_back(place(point));
    predicted.values.push_back(point.loss);
    measured.values.push_back(point.measured.loss);
    chosen.values.push_back(isChosen ? point.measured.loss : kNone);
    double percent = point.measured.top1 ? 100 * *point.measured.top1 : kNone;
    top1.values.push_back(percent);
    chosenTop1.values.push_back(isChosen ? percent : kNone);
    floatTop1.values.push_back(search.floatTop1 ? 100 * *search.floatTop1 : kNone);
  }
  figure.panels = {{"top-1 %", false, {top1, chosenTop1, floatTop1}},
                   {nameOfLoss(search), true, {measured, predicted, chosen}}};
  return toSvg(figure);
}

} // namespace tally
