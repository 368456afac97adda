//===- EmitC.cpp - a network becomes plain C ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/EmitC.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "tally/Target/Hls/HlsSources.h"

using namespace mlir;

namespace tally {

Result<CTarget> chooseCTarget(const std::string &name, std::optional<Core> core) {
  CTarget target;
  if (!name.empty()) {
    auto named = CTarget::named(name);
    if (!named)
      return Error{"--target " + llvm::toString(named.takeError()), ErrorKind::Usage};
    target = std::move(*named);
  }
  target.core = core.value_or(target.core);
  return target;
}

/// What is checked in every style.
static Result<MulFree> prepare(ModuleOp module, const EmitCJob &job) {
  constexpr int64_t kMostVectors = 65536;
  if (job.vectors > kMostVectors)
    return Error{"--vectors requires at most " + std::to_string(kMostVectors) + ", but got " +
                     std::to_string(job.vectors),
                 ErrorKind::Usage};
  if (Status lowerable = expectLowerable(module); !lowerable)
    return lowerable.error();
  return checkedLevel(module, job.mulFree);
}

Result<CSources> emitC(ModuleOp module, const EmitCJob &job) {
  Result<MulFree> level = prepare(module, job);
  if (!level)
    return level.error();
  Result<CTarget> target = chooseCTarget(job.target, job.core);
  if (!target)
    return target.error();
  Explanation explanation;
  std::optional<Explainer> explainer;
  if (job.onExplained)
    explainer.emplace(*module.getContext(), explanation);
  FailureOr<CSources> sources =
      emitC(module, job.name, makeGoldenInputs(module, int(job.vectors)), *level, *target);
  explainer.reset();
  if (failed(sources))
    return Error{};
  if (job.onExplained)
    job.onExplained(explanation);
  return std::move(*sources);
}

static Status emitHls(ModuleOp module, const EmitCJob &job, const std::string &directory) {
  for (auto [option, given] :
       {std::pair("--target", !job.target.empty()), {"--core", job.core.has_value()}})
    if (given)
      return Error{std::string(option) + " chooses how processors compute, which --style=hls has "
                                         "no use for: leave one of them out",
                   ErrorKind::Usage};
  if (job.onExplained)
    return Error{"--explain tells the kernels of processors, which --style=hls has none of: leave "
                 "one of them out",
                 ErrorKind::Usage};
  Result<MulFree> level = prepare(module, job);
  if (!level)
    return level.error();
  if (Status known = expectStatic(module); !known)
    return known.error();
  FailureOr<HlsSources> sources =
      emitHls(module, job.name, makeGoldenInputs(module, int(job.vectors)), *level);
  if (failed(sources))
    return Error{};
  return writeHlsSources(*sources, directory);
}

std::vector<std::string> emittedCPaths(const std::string &directory, const EmitCJob &job) {
  return job.style == CStyle::Hls ? hlsSourcePaths(directory, job.name)
                                  : cSourcePaths(directory, job.name);
}

Status emitC(ModuleOp module, const EmitCJob &job, const std::string &directory) {
  if (job.style == CStyle::Hls)
    return emitHls(module, job, directory);
  Result<CSources> sources = emitC(module, job);
  if (!sources)
    return sources.error();
  if (failed(writeCSources(module, *sources, directory, job.name)))
    return Error{};
  noteBytesInC(module, job.name);
  return Done();
}

} // namespace tally
