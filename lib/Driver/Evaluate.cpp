//===- Evaluate.cpp - how good a network is on images ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Evaluate.h"

#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "Driver/Threads.h"
#include "tally/Driver/EmitC.h"
#include "tally/IR/Network.h"

using namespace mlir;

namespace tally {

Result<Evaluated> evaluate(ModuleOp module, const EvaluateJob &job) {
  if (job.images.data.empty())
    return Error{"requires images to evaluate on", ErrorKind::Usage};
  if (Status few = checkThreads(job.threads); !few)
    return few.error();
  bool forC = job.backend == Backend::C;
  if (job.core && !forC)
    return Error{"--core requires --on c", ErrorKind::Usage};
  if (!job.target.empty() && !forC)
    return Error{"--target requires --on c", ErrorKind::Usage};
  Result<CTarget> target = chooseCTarget(job.target, job.core);
  if (!target)
    return target.error();
  if (Status whole = expectLowerable(module); !whole && job.backend != Backend::Reference)
    return whole.error();
  ModuleOp against = job.against;
  if (against)
    if (Status whole = expectWhole(against); !whole)
      return whole.error();
  Result<MulFree> level = checkedLevel(module, job.mulFree);
  if (!level)
    return level.error();
  Result<NetworkImages> images = openImages(module, job.images, job.images.limit);
  if (!images)
    return images.error();
  EvaluateOptions options;
  options.backend = job.backend;
  options.limit = job.images.limit;
  options.threads = int(job.threads);
  options.mulFree = *level;
  options.target = *target;
  options.outputs = job.outputs;
  options.against = job.against;
  FailureOr<Evaluation> result = evaluate(module, *images, options);
  if (failed(result))
    return Error{};
  if (result->interrupted && result->images == 0)
    return Error{"interrupted before the first image"};
  return Evaluated{std::move(*images), std::move(*result)};
}

unsigned countResults(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  return succeeded(entry) ? entry->getNumResults() : 0;
}

Status expectFloat(ModuleOp module) {
  if (isQuantized(module))
    return Error{"requires the float network, but " + nameOf(module) + " is quantized"};
  return Done();
}

Result<std::vector<LayerComparison>> compareLayers(ModuleOp floatNetwork, ModuleOp module,
                                                   const Evaluated &evaluated) {
  constexpr int64_t kImages = 100;
  if (Status isFloat = expectFloat(floatNetwork); !isFloat)
    return isFloat.error();
  // By the names that quantization knew it by.
  if (Status adopted = adopt(floatNetwork); !adopted)
    return adopted.error();
  FailureOr<std::vector<LayerComparison>> layers = compareLayers(
      floatNetwork, module, evaluated.images, std::min(kImages, evaluated.evaluation.images));
  if (failed(layers))
    return Error{"layers cannot be compared"};
  if (layers->empty())
    return Error{"no layer of " + nameOf(floatNetwork) + " has a counterpart of its name and size"};
  return std::move(*layers);
}

} // namespace tally
