//===- LayerFitter.h - fits one layer after another -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Quantize.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_QUANTIZE_FIT_LAYERFITTER_H
#define TALLY_LIB_QUANTIZE_FIT_LAYERFITTER_H

#include "LayerSamples.h"
#include "Quantize/Recipe/Plan.h"
#include "tally/Run/Interpreter.h"

namespace tally {

/// Fits the layers of a network while it runs on calibration images, so that each is fitted
/// on the inputs that the quantized layers before it produce.
class LayerFitter {
public:
  /// `samples` are what the float network does at the same layers.
  LayerFitter(NetworkRun &run, const std::map<std::string, LayerSamples> &samples)
      : run(run), samples(samples) {}

  /// Whether `op` is a layer with something to fit.
  static bool wants(mlir::Operation *op);

  /// Runs `layer`, which comes next, and everything up to the operation that stands for its
  /// output, fitting it on the way.
  mlir::LogicalResult fit(mlir::Operation *layer);

private:
  /// What a layer's filters are fitted to, filter by filter: `[filters, positions]`.
  struct Targets {
    std::vector<float> outputs;
    std::vector<float> weights; ///< how much each output matters
  };
  static Targets getTargets(const LayerSamples &sample, int64_t filters);

  /// Chooses the codes of an adder layer's weights.
  void roundAdder(AdderConv2DOp layer, mlir::ArrayRef<int64_t> positions, const Targets &targets);
  /// Puts a convolution's weights onto powers of two.
  mlir::LogicalResult roundConvolution(mlir::Operation *layer, const LayerSamples &sample,
                                       const LayerPlan &plan);
  /// Brings each channel of `output` back to the float layer's scale and mean.
  void correct(mlir::Operation *output, const std::string &name, mlir::ArrayRef<int64_t> positions,
               const Targets &targets, bool onlyMean);

  NetworkRun &run;
  const std::map<std::string, LayerSamples> &samples;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_FIT_LAYERFITTER_H
