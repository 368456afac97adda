//===- EmitVerb.cpp - a network as plain C --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/EmitC.h"

#include <iostream>

namespace tally {

namespace {

struct EmitCVerb : Verb {
  EmitCVerb()
      : Verb("emit-c", "NET.q.mlir [--target PROCESSOR | --style=hls] -o DIR",
             "write an integer network as C99, with a self-test") {
    options.addFile(input);
    options.addRequired(
        {"-o", "DIR", "where NAME.h, NAME.c and NAME_test.c go, and what these include"},
        directory);
    addStyle();
    addName(options, job.name);
    addMulFree(options, job.mulFree);
    addCTarget(options, job.target);
    addCore(options, job.core);
    addExplain(options, explain);
    options.add({"--vectors", "N",
                 "golden vectors in the self-test (default " + std::to_string(job.vectors) + ")"},
                job.vectors);
    mlirOptions.addPassesTo(options);
  }

  Files files() const override { return {{input}, emittedCPaths(directory, job), directory}; }

  int run() override {
    if (directory == "-")
      return fail({"requires -o DIR", ErrorKind::Usage});
    if (explain)
      job.onExplained = [](const Explanation &explanation) { std::cout << toText(explanation); };
    Session session;
    Result<Network> module = session.load(input);
    return module ? finish(emitC(**module, job, directory)) : fail(module.error());
  }

  void addStyle() {
    OptionRow row = {"--style", "STYLE",
                     "C for processors (plain, the default), or for tools of high-level synthesis "
                     "(hls): arrays, exact widths, perfect nests of loops",
                     "plain or hls"};
    options.add(row, [this, row](const std::string &text) -> Status {
      if (text != "plain" && text != "hls")
        return Error{row.name + " requires " + row.choices + ", but got '" + text + "'"};
      job.style = text == "hls" ? CStyle::Hls : CStyle::Plain;
      return Done();
    });
  }

  std::string input, directory;
  EmitCJob job;
  bool explain = false;
};

} // namespace

std::unique_ptr<Verb> makeEmitCVerb() { return std::make_unique<EmitCVerb>(); }

} // namespace tally
