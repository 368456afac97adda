//===- CompileVerb.cpp - a network as an object file ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Compile.h"

#include <iostream>

namespace tally {

namespace {

struct CompileVerb : Verb {
  CompileVerb()
      : Verb("compile",
             "NET.onnx|NET.mlir [--data DATA --recipe RECIPE] [--target TRIPLE] [--mcpu X] "
             "-o NET.o",
             "write an object file with the function NAME_run, and its header") {
    options.addFile(input);
    options.add({"-o", "FILE.o", "where the object goes; the header goes to FILE.h"}, output);
    addTarget(options, job.target,
              "cpu, this machine's architecture (default), or another by LLVM's name, such as "
              "riscv32-unknown-elf");
    addProcessor(options, job.processor);
    addMulFree(options, job.mulFree);
    addName(options, job.name);
    addExplain(options, explain);
    options.add({"--parallel", "",
                 "also NAME_run_parallel, which runs shares of steps on threads of the caller"},
                job.form.parallel);
    options.add({"--multiversion", "",
                 "code for x86-64-v2 and newer ones, the best of which the first call chooses"},
                job.form.multiversion);
    OptionRow recipe = recipeRow();
    recipe.help = "quantize first: " + recipe.help;
    options.add(recipe, quantizing.recipe);
    addImport(options, import);
    addImages(options, quantizing.images, /*required=*/false);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Files files() const override {
    Files files = {inputFiles(input, quantizing.images), {output}, objectDirectoryFor(output)};
    files.inputs.push_back(quantizing.recipe);
    if (!output.empty() && headerPathFor(output) != output) // else `run` has more to say
      files.outputs.push_back(headerPathFor(output));
    return files;
  }

  int run() override {
    if (output.empty() || output == "-")
      return fail({"requires -o FILE.o, beside which FILE.h goes", ErrorKind::Usage});
    if (headerPathFor(output) == output)
      return fail(
          {"-o requires the object file's name, but got '" + output + "'", ErrorKind::Usage});
    if (!quantizing.images.data.empty() && quantizing.recipe.empty())
      return fail({"--data requires --recipe RECIPE", ErrorKind::Usage});
    if (!quantizing.recipe.empty())
      job.quantize = quantizing;
    import.outputs = files().outputs;
    Session session;
    Result<Network> module = session.open(input, import);
    if (!module)
      return fail(module.error());
    if (quantizing.recipe.empty()) // else quantizing does
      if (Result<bool> recorded = recordImages(**module, quantizing.images); !recorded)
        return fail(recorded.error());
    if (!quiet)
      job.onQuantized = [](const QuantizeSummary &summary) { std::cerr << toText(summary); };
    if (explain)
      job.onExplained = [](const Explanation &explanation) { std::cout << toText(explanation); };
    return finish(compile(**module, job, output));
  }

  std::string input, output;
  OnnxImportOptions import;
  QuantizeJob quantizing;
  CompileJob job;
  bool explain = false;
};

} // namespace

std::unique_ptr<Verb> makeCompileVerb() { return std::make_unique<CompileVerb>(); }

} // namespace tally
