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
  /// Chooses the codes of an adder layer's weights.
  void roundAdder(AdderConv2DOp layer, const LayerSamples &sample,
                  mlir::ArrayRef<float> sampleWeights);
  /// Puts a convolution's weights onto powers of two.
  mlir::LogicalResult roundConvolution(mlir::Operation *layer, const LayerSamples &sample,
                                       const LayerPlan &plan);
  /// Brings each channel of `output` back to the float layer's scale and mean.
  void correct(mlir::Operation *output, const std::string &name, const LayerSamples &sample,
               mlir::ArrayRef<float> sampleWeights, bool onlyMean);

  NetworkRun &run;
  const std::map<std::string, LayerSamples> &samples;
};

} // namespace tally

#endif // TALLY_LIB_QUANTIZE_FIT_LAYERFITTER_H
