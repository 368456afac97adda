//===- HlsSources.h - a network as C for high-level synthesis ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TARGET_HLS_HLSSOURCES_H
#define TALLY_TARGET_HLS_HLSSOURCES_H

#include "tally/Data/Tensor.h"
#include "tally/IR/MulFree.h"
#include "tally/Support/File.h"

#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tally {

struct HlsSources {
  struct File {
    std::string name, contents;
  };
  /// NAME.h, NAME.c, NAME.cpp, NAME_test.c, and the headers that do not depend on the network.
  std::vector<File> files;
};

/// An `integer` network (not changed) as text that is C99 and C++, for tools of high-level
/// synthesis: a function with a perfect nest of loops for each operation, arrays with the shapes of
/// values, types with as many bits as their numbers need. The self-test runs `vectors` and exits
/// with 1 at the first value that differs from the reference.
mlir::FailureOr<HlsSources> emitHls(mlir::ModuleOp module, const std::string &name,
                                    const std::vector<std::vector<Tensor>> &vectors,
                                    MulFree level = MulFree::No);

std::vector<std::string> hlsSourcePaths(const std::string &directory, const std::string &name);

/// All of them, or none.
Status writeHlsSources(const HlsSources &sources, const std::string &directory);

} // namespace tally

#endif // TALLY_TARGET_HLS_HLSSOURCES_H
