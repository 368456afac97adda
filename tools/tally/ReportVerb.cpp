//===- ReportVerb.cpp - operations and memory of a network ----------------===//

#include "Verbs.h"
#include "tally/Pipeline/OperationCount.h"
#include "tally/Run/File.h"

#include <cstdio>
#include <nlohmann/json.hpp>

using namespace mlir;
using nlohmann::json;

namespace tally {

static json toJson(const OperationCount &count) {
  return {{"additions", count.additions},
          {"comparisons", count.comparisons},
          {"multiplications", count.multiplications},
          {"shifts", count.shifts},
          {"weight_bytes", count.weightBytes},
          {"packed_weight_bytes", count.packedWeightBytes}};
}

static void printRow(std::FILE *table, const std::string &name, const std::string &operation,
                     const OperationCount &count) {
  std::fprintf(table, "%-28s %-22s %12lld %12lld %12lld %10lld\n", name.c_str(), operation.c_str(),
              (long long)count.additions, (long long)count.comparisons,
              (long long)count.multiplications, (long long)count.weightBytes);
}

static int runReport(const Arguments &arguments) {
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  FailureOr<std::vector<LayerCount>> layers = countOperations(*module);
  if (failed(layers))
    return kUserError;
  OperationCount total;
  json rows = json::array();
  std::FILE *table = arguments.get("--json") == "-" ? stderr : stdout;
  std::fprintf(table, "%-28s %-22s %12s %12s %12s %10s\n", "layer", "operation", "additions",
              "comparisons", "multiplies", "weights B");
  for (const LayerCount &layer : *layers) {
    total.add(layer.count);
    printRow(table, layer.name, layer.operation, layer.count);
    json row = toJson(layer.count);
    row["name"] = layer.name;
    row["operation"] = layer.operation;
    rows.push_back(row);
  }
  printRow(table, "total", "", total);
  if (arguments.has("--json")) {
    json report = toJson(total);
    report["network"] = arguments.input();
    report["layers"] = rows;
    if (Result<Done> written = writeFileAtomically(arguments.get("--json"), report.dump(2) + "\n"); !written)
      return fail(written.error().message);
  }
  return kOk;
}

Verb makeReportVerb() {
  return {"report",
          "NET.mlir [--json FILE]",
          "operations by kind and parameter bytes, layer by layer, for one image",
          {{"--json", "FILE", "the same, with totals at the top"}},
          1, runReport};
}

} // namespace tally
