//===- ReportVerb.cpp - what a network costs ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Cost/CostReport.h"
#include "tally/Support/File.h"

#include <cstdio>

using namespace mlir;

namespace tally {

static int runReport(const Arguments &arguments) {
  Result<MulFree> level = readMulFree(arguments);
  if (!level)
    return fail("report: " + level.error().message, kUsage);
  Result<EnergyTable> table = arguments.has("--energy")
                                  ? EnergyTable::load(arguments.get("--energy"))
                                  : EnergyTable::builtin();
  if (!table)
    return fail(table.error().message);
  Session session;
  auto module = session.load(arguments.input());
  if (!module)
    return kUserError;
  FailureOr<NetworkCost> network = countNetwork(*module, *level);
  if (failed(network))
    return kUserError;
  Result<CostReport> report = makeCostReport(*network, *table, arguments.get("--memory"));
  if (!report)
    return fail(report.error().message);

  std::string json = arguments.get("--json");
  std::fputs(toText(*report).c_str(), json == "-" ? stderr : stdout);
  if (arguments.has("--json"))
    if (Result<Done> written = writeFileAtomically(json, toJson(*report, arguments.input()));
        !written)
      return fail(written.error().message);
  return kOk;
}

Verb makeReportVerb() {
  return {
      "report",
      "NET.mlir [--energy TABLE.json] [--memory NAME] [--mul-free LEVEL] [--json FILE]",
      "operations, bytes and estimated energy, layer by layer, beside int8 multiply-accumulate",
      {{"--energy", "FILE", "picojoules by kind and width, in place of the built-in 45 nm table"},
       {"--memory", "NAME",
        "where everything lies, such as DRAM, in place of the smallest that fits"},
       {"--mul-free", "LEVEL", "compute or strict: requantization by shifts and additions"},
       {"--json", "FILE", "the same and more as JSON; - for stdout"}},
      1,
      runReport};
}

} // namespace tally
