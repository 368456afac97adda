//===- HostTargets.h - processors whose code runs here ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TEST_UNIT_TARGET_HOSTTARGETS_H
#define TALLY_TEST_UNIT_TARGET_HOSTTARGETS_H

#include "tally/Target/Cpu/CpuTarget.h"

#include <utility>
#include <vector>

namespace tally::test {

/// Those of `processors`, each with the feature that its code needs, that run on this one.
inline std::vector<CpuTarget>
listOlderTargets(std::initializer_list<std::pair<const char *, const char *>> processors) {
  CpuTarget host = CpuTarget::host();
  std::vector<CpuTarget> targets;
  for (auto [cpu, feature] : processors)
    if (auto target = CpuTarget::named(cpu); !target)
      llvm::consumeError(target.takeError()); // another architecture
    else if (host.has(feature))
      targets.push_back(std::move(*target));
  return targets;
}

} // namespace tally::test

#endif // TALLY_TEST_UNIT_TARGET_HOSTTARGETS_H
