//===- Bisect.cpp - the first layer where backends differ -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Bisect.h"

#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "Driver/Threads.h"

using namespace mlir;

namespace tally {

static Status expectInteger(ModuleOp module) {
  if (Status whole = expectLowerable(module); !whole)
    return whole;
  if (!isQuantized(module))
    return Error{"requires integer networks, whose codes can be compared, but " + nameOf(module) +
                 " is in floats"};
  return Done();
}

Result<Bisection> bisect(ModuleOp module, const BisectJob &job) {
  constexpr int64_t kImages = 10;
  if (job.images.data.empty())
    return Error{"requires images to run the network on", ErrorKind::Usage};
  if (Status few = checkThreads(job.threads); !few)
    return few.error();
  BisectOptions options;
  options.against = job.against;
  if (job.backends)
    options.backends = *job.backends;
  else if (job.against)
    options.backends = {Backend::Reference};
  else
    options.backends = {Backend::Cpu, Backend::C, Backend::Rtl};
  options.leaveOut = !job.backends;
  // Without another network, the reference would be compared with itself.
  if (!job.against)
    llvm::erase(options.backends, Backend::Reference);
  if (options.backends.empty())
    return Error{"--on requires another backend than ref, or --against NET.q.mlir",
                 ErrorKind::Usage};
  if (Status integer = expectInteger(module); !integer)
    return integer.error();
  if (ModuleOp against = job.against)
    if (Status integer = expectInteger(against); !integer)
      return integer.error();
  Result<MulFree> level = checkedLevel(module, job.mulFree);
  if (!level)
    return level.error();
  options.mulFree = *level;
  options.threads = int(job.threads);
  Result<NetworkImages> images =
      openImages(module, job.images, job.images.limit > 0 ? job.images.limit : kImages);
  if (!images)
    return images.error();
  FailureOr<Bisection> result = bisect(module, *images, options);
  if (failed(result))
    return Error{};
  return std::move(*result);
}

} // namespace tally
