//===- Robustness.h - classes that no small change changes ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Certificates by interval propagation (NetworkBounds.h; QA-IBP, Lechner et al., AAAI 2023): an
// image is certified for a radius if the integer network gives the same class to every image that
// differs from it by at most so much in any pixel. Sound, not complete: an image that is not
// certified may still keep its class.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_MEASURE_ROBUSTNESS_H
#define TALLY_MEASURE_ROBUSTNESS_H

#include "tally/Run/NetworkImages.h"

#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <vector>

namespace tally {

struct RobustnessOptions {
  /// Of pixels between 0 and 1, before they are normalised.
  std::vector<double> radii;
  int64_t limit = 0; ///< images, 0 for all
  int threads = 0;
};

/// What holds for one radius.
struct CertifiedImages {
  double radius = 0;
  std::vector<int64_t> images; ///< those that are certified, in order
  int64_t correct = 0;         ///< of these, those whose class is their label; 0 without labels
};

struct Robustness {
  int64_t images = 0;
  std::optional<int64_t> correct; ///< whose class is their label, as `evaluate` counts
  std::vector<CertifiedImages> radii;
  /// Whether logits were compared pair by pair in the last layer, not by the bounds of each.
  bool joinsLastLayer = false;
  double seconds = 0;
};

/// Certifies the first images for every radius. Emits an error, with the layer's name, where the
/// network is not one of integer codes or has what intervals do not go through.
mlir::FailureOr<Robustness> certifyRobustness(mlir::ModuleOp module, const NetworkImages &data,
                                              const RobustnessOptions &options);

} // namespace tally

#endif // TALLY_MEASURE_ROBUSTNESS_H
