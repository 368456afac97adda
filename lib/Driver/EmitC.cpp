//===- EmitC.cpp - a network becomes plain C ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/EmitC.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"

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

Result<CSources> emitC(ModuleOp module, const EmitCJob &job) {
  constexpr int64_t kMostVectors = 65536;
  if (job.vectors > kMostVectors)
    return Error{"--vectors requires at most " + std::to_string(kMostVectors) + ", but got " +
                     std::to_string(job.vectors),
                 ErrorKind::Usage};
  if (Status lowerable = expectLowerable(module); !lowerable)
    return lowerable.error();
  Result<MulFree> level = checkedLevel(module, job.mulFree);
  if (!level)
    return level.error();
  Result<CTarget> target = chooseCTarget(job.target, job.core);
  if (!target)
    return target.error();
  FailureOr<CSources> sources =
      emitC(module, job.name, makeGoldenInputs(module, int(job.vectors)), *level, *target);
  if (failed(sources))
    return Error{};
  return std::move(*sources);
}

Status emitC(ModuleOp module, const EmitCJob &job, const std::string &directory) {
  Result<CSources> sources = emitC(module, job);
  if (!sources)
    return sources.error();
  if (failed(writeCSources(module, *sources, directory, job.name)))
    return Error{};
  noteBytesInC(module, job.name);
  return Done();
}

} // namespace tally
