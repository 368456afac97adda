//===- Compile.cpp - a network becomes an object file ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Compile.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"

#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

/// From a float network of any stage.
static Result<QuantizeSummary> quantizeAtOnce(ModuleOp module, const QuantizeJob &job) {
  if (isQuantized(module))
    return Error{nameOf(module) + " is quantized already, omit --recipe"};
  if (stageOf(module) == Stage::Imported) {
    if (job.images.data.empty())
      return Error{"--recipe requires --data DATA for a network that is not calibrated",
                   ErrorKind::Usage};
    if (Status calibrated = calibrate(module, {job.images, ""}); !calibrated)
      return calibrated.error();
  }
  return quantize(module, job);
}

static Result<CpuTarget> chooseTarget(const CompileJob &job) {
  const std::string triple = job.target == "cpu" ? "" : job.target;
  if (job.form.multiversion && !job.processor.empty())
    return Error{"--multiversion chooses processors itself, omit --mcpu", ErrorKind::Usage};
  if (llvm::Error error = CpuTarget::checkTriple(triple); !triple.empty() && error)
    return Error{"--target " + llvm::toString(std::move(error)), ErrorKind::Usage};
  if (job.form.multiversion && job.onExplained)
    return Error{"--explain takes code for one processor: omit --multiversion", ErrorKind::Usage};
  auto target = CpuTarget::named(job.processor, triple);
  if (!target)
    return Error{"--mcpu: " + llvm::toString(target.takeError())};
  if (job.form.multiversion && !llvm::Triple(target->triple).isX86_64())
    return Error{"--multiversion requires a target of x86_64, but got '" + target->triple + "'",
                 ErrorKind::Usage};
  return std::move(*target);
}

Result<ObjectFile> compile(ModuleOp module, const CompileJob &job) {
  Result<CpuTarget> target = chooseTarget(job);
  if (!target)
    return target.error();
  if (Status whole = expectLowerable(module); !whole)
    return whole.error();
  if (job.quantize) {
    QuantizeJob quantizing = *job.quantize;
    quantizing.mulFree = job.mulFree;
    Result<QuantizeSummary> quantized = quantizeAtOnce(module, quantizing);
    if (!quantized)
      return quantized.error();
    if (job.onQuantized)
      job.onQuantized(*quantized);
  }
  Result<MulFree> level = checkedLevel(module, job.mulFree);
  if (!level)
    return level.error();
  Explanation explanation;
  std::optional<Explainer> explainer;
  if (job.onExplained)
    explainer.emplace(*module.getContext(), explanation);
  FailureOr<ObjectFile> files = compileToObject(module, job.name, *target, *level, job.form);
  explainer.reset();
  if (failed(files))
    return Error{};
  if (job.onExplained)
    job.onExplained(explanation);
  return std::move(*files);
}

Status compile(ModuleOp module, const CompileJob &job, const std::string &path) {
  Result<ObjectFile> files = compile(module, job);
  if (!files)
    return files.error();
  if (failed(writeObjectFile(module, *files, path)))
    return Error{};
  if (!job.quantize || job.quantize->images.data.empty()) // else images have said it
    noteBytesInC(module, job.name);
  return Done();
}

} // namespace tally
