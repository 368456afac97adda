//===- Robustness.cpp - classes that no small change changes --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Robustness.h"

#include "Driver/ModuleState.h"
#include "Driver/Threads.h"

#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace mlir;

namespace tally {

/// A decimal number; nothing for what else programs read as numbers.
static std::optional<double> parseDecimal(StringRef text) {
  double value = 0;
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != StringRef::npos ||
      text.getAsDouble(value) || !std::isfinite(value))
    return std::nullopt;
  return value;
}

static std::optional<double> parseRadius(StringRef text) {
  if (!text.contains('/'))
    return parseDecimal(text);
  auto [above, below] = text.split('/');
  std::optional<double> numerator = parseDecimal(above), denominator = parseDecimal(below);
  if (!numerator || !denominator || *denominator <= 0)
    return std::nullopt;
  return *numerator / *denominator;
}

Result<std::vector<Radius>> parseRadii(const std::string &text) {
  std::vector<Radius> radii;
  for (StringRef word : llvm::split(text, ',')) {
    std::optional<double> value = parseRadius(word);
    if (!value || !(*value >= 0 && *value <= 1))
      return Error{"requires numbers from 0 to 1 such as 1/255 or 0.01, separated by commas, but "
                   "got '" +
                       text + "'",
                   ErrorKind::Usage};
    radii.push_back({word.str(), *value});
  }
  return radii;
}

/// Bounds are those of integers.
static Status expectInteger(ModuleOp module) {
  if (Status whole = expectLowerable(module); !whole)
    return whole;
  if (stageOf(module) == Stage::Integer)
    return Done();
  return Error{"certificates are of integer networks, but " + nameOf(module) +
               " is a float one: run 'tally quantize' first"};
}

Result<RobustnessResult> certifyRobustness(ModuleOp module, const RobustnessJob &job) {
  if (job.images.data.empty())
    return Error{"requires images to certify", ErrorKind::Usage};
  if (job.radii.empty())
    return Error{"requires a radius", ErrorKind::Usage};
  if (Status few = checkThreads(job.threads); !few)
    return few.error();
  if (Status integer = expectInteger(module); !integer)
    return integer.error();
  Result<NetworkImages> images = openImages(module, job.images, job.images.limit);
  if (!images)
    return images.error();
  RobustnessOptions options;
  for (const Radius &radius : job.radii)
    options.radii.push_back(radius.value);
  options.limit = job.images.limit;
  options.threads = int(job.threads);
  FailureOr<Robustness> result = certifyRobustness(module, *images, options);
  if (failed(result))
    return Error{};
  return RobustnessResult{std::move(*images), std::move(*result)};
}

} // namespace tally
