//===- Quantize.h - a float network becomes an integer one ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_QUANTIZE_H
#define TALLY_DRIVER_QUANTIZE_H

#include "tally/Driver/Images.h"
#include "tally/IR/MulFree.h"
#include "tally/Quantize/Recipe/Recipe.h"
#include "tally/Support/File.h"
#include "tally/Train/TrainPlan.h"

#include <optional>

namespace tally {

struct CalibrateJob {
  ImageOptions images;
  /// Flag of the pass to stop after; the whole way by default.
  std::string until;
};

/// Records the ranges of a float network's values on images. A network that is calibrated
/// already keeps what it saw before.
Status calibrate(mlir::ModuleOp module, const CalibrateJob &job);

struct QuantizeJob {
  std::string recipe; ///< a built-in name, see `listRecipes`, or a file
  /// Needed where the recipe measures outputs.
  ImageOptions images;
  /// Checked on the result, which remembers it: code for the network is as free of
  /// multiplications unless its job says otherwise.
  std::optional<MulFree> mulFree;
  /// Most signed digits of a multiplier, 0 for any. By default `kMulFreeDigits` for
  /// `MulFree::Compute` and above.
  std::optional<int64_t> digits;
  /// Where not 0: trained codes of weights that have more bits, but not more than `widestBits`, get
  /// so many first, and batch normalisation takes its statistics from the network with them.
  int weightBits = 0, widestBits = 8;
  /// As for `CalibrateJob`. Short of the end, `mulFree` is neither checked nor remembered.
  std::string until;
};

/// What quantizing made of a network.
struct QuantizeSummary {
  /// Layers that compute alike.
  struct Layers {
    std::string arithmetic; ///< "adder", "uniform", "power-of-two", "additive power-of-two"
    int inputBits, weightBits;
    std::vector<std::string> names;
  };
  /// Layers whose weights have more bits than those of others, with one reason.
  struct Wide {
    int bits;
    std::string reason;
    std::vector<std::string> names;
  };
  std::vector<Layers> layers; ///< those with most names first
  std::vector<Wide> wide;
  /// Constants of the network.
  struct Bytes {
    int64_t weights = 0; ///< of layers, at the width of floats or codes
    int64_t stored = 0;  ///< the same as code stores them
    int64_t others = 0;  ///< such as biases and the numbers of requantizations, as stored
  };
  Bytes before, after;
};

/// A few lines for people.
std::string toText(const QuantizeSummary &summary);

/// Turns a calibrated network into an integer one. With `until` short of the end there is no
/// summary: its layers are empty.
Result<QuantizeSummary> quantize(mlir::ModuleOp module, const QuantizeJob &job);

} // namespace tally

#endif // TALLY_DRIVER_QUANTIZE_H
