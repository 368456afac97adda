//===- ReportVerb.cpp - what a network costs ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Report.h"

#include <cstdio>

namespace tally {

namespace {

struct ReportVerb : Verb {
  ReportVerb()
      : Verb("report",
             "NET.mlir [--energy TABLE.json] [--memory NAME] [--mul-free LEVEL] "
             "[--target TRIPLE] [--mcpu X] [--hardware [--lanes N]] [--json FILE]",
             "flash, RAM, operations and estimated energy, layer by layer, beside int8 "
             "multiply-accumulate") {
    options.addFile(input);
    options.add(
        {"--energy", "FILE", "picojoules by kind and width, in place of the built-in 45 nm table"},
        job.energyTable);
    options.add({"--memory", "NAME",
                 "where everything lies, such as DRAM, in place of the smallest that fits"},
                job.memory);
    addMulFree(options, level);
    addTarget(options, job.target,
              "compile, and say what the object takes: cpu, this machine's architecture, or "
              "another by LLVM's name, such as riscv32-unknown-elf");
    addProcessor(options, job.processor);
    options.add(
        {"--hardware", "",
         "also look-up tables, transistors and cycles of a circuit with lanes for each layer"},
        hardware);
    options.add({"--lanes", "N", "of each layer, for --hardware (default 8)"}, lanes);
    addJson(options, json, "the same and more as JSON; - for stdout");
  }

  Files files() const override {
    return {{input, job.energyTable}, {json, json == "-" ? "" : "-"}, ""};
  }

  int run() override {
    job.mulFree = level;
    if (job.target.empty() && !job.processor.empty())
      return fail({"--mcpu requires --target TRIPLE", ErrorKind::Usage});
    if (lanes && !hardware)
      return fail({"--lanes requires --hardware", ErrorKind::Usage});
    if (lanes > 1000000)
      return fail(
          {"--lanes requires at most 1000000, but got " + std::to_string(lanes), ErrorKind::Usage});
    job.lanes = lanes ? lanes : hardware ? 8 : 0;
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    Result<CostReport> result = report(**module, job);
    if (!result)
      return fail(result.error());
    std::fputs(toText(*result).c_str(), json == "-" ? stderr : stdout);
    return json.empty() ? kOk : finish(writeFileAtomically(json, toJson(*result, input)));
  }

  std::string input, json;
  bool hardware = false;
  int64_t lanes = 0;
  std::optional<MulFree> level;
  ReportJob job;
};

} // namespace

std::unique_ptr<Verb> makeReportVerb() { return std::make_unique<ReportVerb>(); }

} // namespace tally
