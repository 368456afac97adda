//===- ReportVerb.cpp - what a network costs ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Report.h"

#include "llvm/ADT/StringExtras.h"
#include <cstdio>

namespace tally {

namespace {

struct ReportVerb : Verb {
  ReportVerb()
      : Verb("report",
             "NET.mlir [--energy TABLE.json] [--memory NAME] [--mul-free LEVEL] "
             "[--target TRIPLE] [--mcpu X] [--hardware [--lanes N|FxC] [--style STYLE]] [--json "
             "FILE]",
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
    options.add({"--lanes", "N|FxC",
                 "for --hardware: of each layer, all busy (default 8); or filters by channels of "
                 "the circuit that emit-verilog writes, with its cycles"},
                lanes);
    options.add({"--style", "STYLE",
                 "for --hardware: that circuit's, sequential or pipelined, with its default lanes "
                 "where there are no --lanes FxC"},
                style);
    addJson(options, json, "the same and more as JSON; - for stdout");
  }

  Files files() const override {
    return {{input, job.energyTable}, {json, json == "-" ? "" : "-"}, ""};
  }

  int run() override {
    job.mulFree = level;
    if (job.target.empty() && !job.processor.empty())
      return fail({"--mcpu requires --target TRIPLE", ErrorKind::Usage});
    if (Status chosen = chooseLanes(); !chosen)
      return fail(chosen.error());
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

  Status chooseLanes() {
    for (auto [option, text] : {std::pair("--lanes", &lanes), {"--style", &style}})
      if (!hardware && !text->empty())
        return Error{std::string(option) + " requires --hardware", ErrorKind::Usage};
    if (!style.empty() || lanes.find('x') != std::string::npos) {
      job.circuit.emplace();
      job.circuit->lanes = lanes;
      if (!style.empty())
        job.circuit->style = style;
      return Done();
    }
    job.lanes = hardware ? 8 : 0;
    constexpr int64_t kMost = 1000000;
    if (lanes.empty())
      return Done();
    llvm::StringRef number = lanes;
    bool isNumber = llvm::all_of(number, llvm::isDigit) && !number.getAsInteger(10, job.lanes);
    if (isNumber && job.lanes > kMost)
      return Error{"--lanes requires at most 1000000, but got " + lanes, ErrorKind::Usage};
    if (!isNumber || job.lanes < 1)
      return Error{"--lanes requires a number from 1 to 1000000, or FxC, but got '" + lanes + "'",
                   ErrorKind::Usage};
    return Done();
  }

  std::string input, json, lanes, style;
  bool hardware = false;
  std::optional<MulFree> level;
  ReportJob job;
};

} // namespace

std::unique_ptr<Verb> makeReportVerb() { return std::make_unique<ReportVerb>(); }

} // namespace tally
