//===- EmitC.cpp - a network becomes plain C ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/EmitC.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"

using namespace mlir;

namespace tally {

Result<CSources> emitC(ModuleOp module, const EmitCJob &job) {
  if (Status lowerable = expectLowerable(module); !lowerable)
    return lowerable.error();
  Result<MulFree> level = checkedLevel(module, job.mulFree);
  if (!level)
    return level.error();
  FailureOr<CSources> sources =
      emitC(module, job.name, makeGoldenInputs(module, int(job.vectors)), *level, job.core);
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
