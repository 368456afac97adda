//===- Bisect.h - the first layer where backends differ ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_BISECT_H
#define TALLY_MEASURE_BISECT_H

#include "tally/Measure/Evaluate.h"

namespace tally {

struct BisectOptions {
  std::vector<Backend> backends; ///< to compare, each once
  /// Whether a backend that cannot run the network is left out; else it is an error.
  bool leaveOut = false;
  int threads = 0;
  MulFree mulFree = MulFree::No;
  /// A network of the same structure, whose reference the backends of this one are compared with,
  /// so that `Backend::Reference` counts as one; else it is the network's own.
  mlir::ModuleOp against = nullptr;
};

/// What a backend does to a value of the first layer that differs anywhere.
struct LayerDifference {
  Backend backend;
  std::string layer, operation;
  int64_t image;
  Shape index;               ///< of the first element of this image that differs
  std::string expected, got; ///< there
  int64_t differing;         ///< elements of this image
  int64_t elements;
};

struct Bisection {
  int64_t images = 0, layers = 0;
  std::vector<Backend> backends;                        ///< that were compared
  std::vector<std::pair<Backend, std::string>> leftOut; ///< and why
  /// Layers whose values a backend cannot return, and why.
  struct Gap {
    Backend backend;
    std::string layer, reason;
  };
  std::vector<Gap> gaps;
  std::vector<LayerDifference> differences; ///< empty where no layer differs
};

/// Compares what each layer of an `integer` network passes on, code by code, layer after layer: for
/// each, the network up to there becomes a network of its own. Emits an error where a backend
/// fails, or where the networks are of different structure.
mlir::FailureOr<Bisection> bisect(mlir::ModuleOp module, const NetworkImages &images,
                                  const BisectOptions &options);

/// As options spell it: ref, cpu, c, rtl.
const char *spell(Backend backend);

} // namespace tally

#endif // TALLY_MEASURE_BISECT_H
