//===- EmitVerilogVerb.cpp - a network as a circuit -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/EmitVerilog.h"

#include <iostream>

namespace tally {

namespace {

struct EmitVerilogVerb : Verb {
  EmitVerilogVerb()
      : Verb("emit-verilog", "NET.q.mlir -o DIR",
             "write an integer network as Verilog-2005, with a self-test") {
    options.addFile(input);
    options.addRequired({"-o", "DIR",
                         "where NAME.v, its memories, NAME_tb.v, NAME.f, "
                         "NAME_check.ys, NAME_xilinx.ys and the library go"},
                        directory);
    addName(options, job.name);
    options.add({"--lanes", "FxC",
                 "multiply-accumulate units a layer at most: F filters by C input channels at once "
                 "(default: all filters of a layer, but at most 256, and one channel)"},
                job.lanes);
    options.add(
        {"--style", "STYLE",
         "sequential: layers one after another; pipelined: at the same time, each on another "
         "image, and no layer with more lanes than the slowest makes it need (default " +
             job.style + ")"},
        job.style);
    options.add(
        {"--vectors", "N",
         "golden vectors in the self-test, of random codes where there is no --data (default " +
             std::to_string(job.vectors) + ")"},
        job.vectors);
    addImages(options, job.images, false);
    mlirOptions.addPassesTo(options);
  }

  Files files() const override {
    return {inputFiles(input, job.images), verilogSourcePaths(directory, job.name), directory};
  }

  int run() override {
    if (directory == "-")
      return fail({"requires -o DIR", ErrorKind::Usage});
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    Result<std::vector<std::string>> schedule = emitVerilog(**module, job, files());
    if (!schedule)
      return fail(schedule.error());
    for (const std::string &line : *schedule)
      std::cout << line << "\n";
    return kOk;
  }

  std::string input, directory;
  EmitVerilogJob job;
};

} // namespace

std::unique_ptr<Verb> makeEmitVerilogVerb() { return std::make_unique<EmitVerilogVerb>(); }

} // namespace tally
