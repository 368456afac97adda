//===- CompileVerb.cpp - a network as an object file ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/IR/Tally.h"
#include "tally/Import/Onnx.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Target/Cpu/ObjectFile.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace tally {

/// Quantizes by --recipe what is not quantized yet.
static int quantize(ModuleOp module, const Arguments &arguments, QuantizeOptions &options) {
  auto attr = module->getAttrOfType<StageAttr>(TallyDialect::kStageAttr);
  Stage stage = attr ? attr.getValue() : Stage::Imported;
  if (stage != Stage::Imported && stage != Stage::Calibrated)
    return fail("compile: '" + arguments.input() + "' is quantized already, omit --recipe");
  if (!options.data.empty())
    setNormalisation(module, options);
  PassManager manager(module.getContext());
  if (stage == Stage::Imported) {
    if (!arguments.has("--data"))
      return fail("compile: --recipe requires --data DATA for a network that "
                  "is not calibrated",
                  kUsage);
    buildCalibratePipeline(manager, options);
  }
  options.recipe = arguments.get("--recipe");
  buildQuantizePipeline(manager, options);
  return failed(manager.run(module)) ? kUserError : kOk;
}

static int runCompile(const Arguments &arguments) {
  std::string output = arguments.get("-o");
  if (output.empty() || output == "-")
    return fail("compile: requires -o FILE.o, beside which FILE.h goes", kUsage);
  if (headerPathFor(output) == output)
    return fail("compile: -o requires the object file's name, but got '" + output + "'", kUsage);
  if (std::string target = arguments.get("--target", "cpu"); target != "cpu")
    return fail("compile: --target requires cpu, but got '" + target + "'", kUsage);
  Result<int64_t> batch = arguments.getInteger("--batch", 1, 1);
  if (!batch)
    return fail("compile: " + batch.error().message, kUsage);
  QuantizeOptions options;
  if (Result<bool> images = readImages(arguments, options); !images)
    return fail("compile: " + images.error().message, kUsage);
  if (arguments.has("--data") && !arguments.has("--recipe"))
    return fail("compile: --data requires --recipe RECIPE", kUsage);
  auto target = CpuTarget::named(arguments.get("--mcpu", CpuTarget::portable().str()));
  if (!target)
    return fail("compile: --mcpu: " + llvm::toString(target.takeError()));

  Result<MulFree> level = readMulFree(arguments);
  if (!level)
    return fail("compile: " + level.error().message, kUsage);
  options.powers = *level != MulFree::No;
  if (arguments.has("--recipe") && *level >= MulFree::Compute)
    options.digits = kMulFreeDigits;

  Session session;
  OwningOpRef<ModuleOp> module =
      StringRef(arguments.input()).ends_with(".onnx")
          ? importOnnx(arguments.input(), session.context(),
                       {arguments.get("--adder-layers"), *batch, arguments.has("--logits")})
          : session.load(arguments.input());
  if (!module)
    return kUserError;
  if (arguments.has("--recipe"))
    if (int status = quantize(*module, arguments, options); status != kOk)
      return status;
  *level = chooseMulFree(arguments, *module);
  if (int status = checkMulFree(*module, *level); status != kOk)
    return status;
  FailureOr<ObjectFile> files =
      compileToObject(*module, arguments.get("--name", "net"), *target, *level);
  if (failed(files) || failed(writeObjectFile(*module, *files, output)))
    return kUserError;
  return kOk;
}

Verb makeCompileVerb() {
  return {
      "compile",
      "NET.onnx|NET.mlir [--data DATA --recipe RECIPE] [--mcpu X] -o NET.o",
      "write an object file with the function NAME_run, and NET.h",
      withImageOptions(
          {{"-o", "FILE.o", "where the object goes; the header goes to FILE.h"},
           {"--target", "cpu", "the only target so far (default)"},
           {"--mcpu", "X",
            "processor by LLVM's name, or native (default " + CpuTarget::portable().str() + ")"},
           mulFreeOption(),
           {"--name", "NAME", "prefix of the C names (default net)"},
           {"--recipe", "RECIPE", "quantize first: a built-in name (see tally recipes) or a file"},
           {"--adder-layers", "REGEX", "as for import, with NET.onnx"},
           {"--logits", "", "as for import, with NET.onnx"},
           {"--batch", "N", "as for import, with NET.onnx (default 1)"}}),
      1,
      runCompile};
}

} // namespace tally
