//===- Explanation.h - how lowering computes each layer ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_MEASURE_EXPLANATION_H
#define TALLY_MEASURE_EXPLANATION_H

#include "mlir/IR/MLIRContext.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tally {

/// What the remarks of lowering say: which kernel and tile each layer got, and which kernels asked
/// before did not take it, and why.
struct Explanation {
  struct Refusal {
    std::string kernel, why;
  };
  struct Layer {
    std::string kernel; ///< empty where no kernel was asked that knows the layer
    std::string why;    ///< for it, where it was not the first choice
    std::vector<Refusal> refusals;
  };
  struct Step {
    std::string name;
    std::vector<std::string> layers; ///< that it computes; none where it prepares or copies
    std::string owner;               ///< the layer that it works for, where that is known
    std::string how;                 ///< "in tiles of 8 outputs by 16 lanes"
    std::string kernel;              ///< of the sums in it; empty where it has none
    int64_t outputs = 0, lanes = 0;  ///< of its tile; 0 without
  };
  std::vector<Step> steps; ///< in order
  std::map<std::string, Layer> layers;

  /// The kernel of a layer: the one that took it, else that of the sums in `step`.
  std::string kernelOf(const std::string &layer, const Step &step) const;
};

/// A line for each step with how its elements are computed and by which kernel, and below it a
/// line for each reason why its layers were not computed by others.
std::string toText(const Explanation &explanation);

/// Fills in an explanation while modules of the context are lowered, until it is destroyed. A
/// context that sends its remarks somewhere else already goes on doing that, and explains nothing.
class Explainer {
public:
  Explainer(mlir::MLIRContext &context, Explanation &explanation);
  ~Explainer();
  Explainer(const Explainer &) = delete;

private:
  mlir::MLIRContext &context;
  bool isMine;
};

} // namespace tally

#endif // TALLY_MEASURE_EXPLANATION_H
