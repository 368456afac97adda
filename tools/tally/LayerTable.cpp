//===- LayerTable.cpp - layers and limits as text and JSON ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerTable.h"

#include "tally/Support/Text.h"

using nlohmann::json;

namespace tally {

constexpr double kGiga = 1e9, kMicro = 1e6, kMilli = 1e3;

static double perSecond(int64_t operations, double seconds) {
  return seconds > 0 ? double(operations) / seconds : 0;
}

/// The limit that most of a layer's operations have.
static const OperationLimit *limitOf(const LayerTime &layer, const LayerProfile &profile) {
  const LayerTime::Part *most = nullptr;
  for (const LayerTime::Part &part : layer.parts)
    if (!most || part.operations > most->operations)
      most = &part;
  return most ? &profile.limits[most->limit] : nullptr;
}

/// What would keep a layer from being faster; "-" for what computes nothing.
static std::string boundOf(const LayerTime &layer, const LayerProfile &profile) {
  if (layer.isMemoryBound())
    return "memory";
  const OperationLimit *limit = limitOf(layer, profile);
  return limit ? limit->name : "-";
}

void print(std::FILE *to, const LayerProfile &profile) {
  size_t width = 5;
  for (const LayerTime &layer : profile.layers)
    width = std::max(width, printable(layer.name).size());
  std::fprintf(to, "\n%-*s %11s %13s %8s %8s  %-18s %11s\n", int(width), "layer", "us",
               "operations", "Gop/s", "of limit", "limit", "bytes");
  for (const LayerTime &layer : profile.layers) {
    std::fprintf(to, "%-*s %11.2f %13s", int(width), printable(layer.name).c_str(),
                 kMicro * layer.seconds, grouped(layer.operations).c_str());
    if (layer.bytes == 0)
      std::fprintf(to, " %8s %8s  %-18s %11s\n", "-", "-", "-", "-");
    else
      std::fprintf(to, " %8.1f %6.0f %%  %-18s %11s\n",
                   perSecond(layer.operations, layer.seconds) / kGiga, 100 * layer.share(),
                   boundOf(layer, profile).c_str(), grouped(layer.bytes).c_str());
  }
  std::fprintf(to, "\n%-*s %11s %13s %8s %8s  %s\n", int(width), "all layers by limit", "us",
               "operations", "Gop/s", "of limit", "limit, measured");
  std::vector<LimitTotal> totals = profile.totals();
  for (size_t i = 0; i < totals.size(); ++i) {
    double rate = perSecond(totals[i].operations, totals[i].seconds);
    std::fprintf(to, "%-*s %11.2f %13s %8.1f %6.0f %%  %.1f Gop/s\n", int(width),
                 profile.limits[i].name.c_str(), kMicro * totals[i].seconds,
                 grouped(totals[i].operations).c_str(), rate / kGiga,
                 100 * rate / profile.limits[i].rate, profile.limits[i].rate / kGiga);
  }
  for (const auto &[name, memory] :
       {std::pair("activations", profile.activations), std::pair("constants", profile.constants)})
    std::fprintf(to, "%-*s %11s reads of %s bytes: %.1f GB/s\n", int(width), "memory", name,
                 grouped(memory.bytes).c_str(), memory.rate / kGiga);
}

void addTo(json &report, const LayerProfile &profile) {
  std::vector<LimitTotal> totals = profile.totals();
  report["limits"] = json::array();
  for (size_t i = 0; i < totals.size(); ++i) {
    const OperationLimit &limit = profile.limits[i];
    double rate = perSecond(totals[i].operations, totals[i].seconds);
    report["limits"].push_back({{"name", limit.name},
                                {"gops", limit.rate / kGiga},
                                {"operations", totals[i].operations},
                                {"median_ms", kMilli * totals[i].seconds},
                                {"share", rate / limit.rate}});
  }
  auto describe = [](const MemoryLimit &memory) {
    return json{{"gb_per_second", memory.rate / kGiga}, {"bytes", memory.bytes}};
  };
  report["memory"] = {{"activations", describe(profile.activations)},
                      {"constants", describe(profile.constants)}};
  report["layers"] = json::array();
  for (const LayerTime &layer : profile.layers) {
    json row = {{"name", layer.name},
                {"layers", layer.layers},
                {"median_ms", kMilli * layer.seconds},
                {"operations", layer.operations},
                {"bytes", layer.bytes},
                {"constant_bytes", layer.constantBytes}};
    if (layer.bytes > 0) {
      row["gops"] = perSecond(layer.operations, layer.seconds) / kGiga;
      row["share"] = layer.share();
      row["bound"] = boundOf(layer, profile);
      for (const LayerTime::Part &part : layer.parts)
        row["parts"].push_back(
            {{"limit", profile.limits[part.limit].name}, {"operations", part.operations}});
    }
    report["layers"].push_back(row);
  }
}

void addTo(json &report, const Explanation &explanation) {
  report["explanation"] = json::array();
  for (const Explanation::Step &step : explanation.steps) {
    json row = {{"step", step.name}, {"how", step.how}, {"layers", json::array()}};
    if (step.lanes > 0)
      row["tile"] = {{"outputs", step.outputs}, {"lanes", step.lanes}};
    for (const std::string &name : step.layers) {
      json layer = {{"name", name}, {"kernel", explanation.kernelOf(name, step)}};
      if (auto known = explanation.layers.find(name); known != explanation.layers.end())
        for (const Explanation::Refusal &refusal : known->second.refusals)
          layer["not_by"].push_back({{"kernel", refusal.kernel}, {"why", refusal.why}});
      row["layers"].push_back(layer);
    }
    report["explanation"].push_back(row);
  }
}

} // namespace tally
