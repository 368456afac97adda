//===- NarrowWeights.cpp - trained codes with fewer bits ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Codes/FilterCodes.h"
#include "Quantize/Network.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/LevelGrid.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DebugLog.h"
#include <set>

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_NARROWWEIGHTS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-narrow-weights"

namespace {

struct NarrowWeights : tally::impl::NarrowWeightsBase<NarrowWeights> {
  using NarrowWeightsBase::NarrowWeightsBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    if (bits < 2 || widest < bits || widest > 8) {
      getOperation().emitError() << "requires 'bits' of 2 or more and 'widest' from there to 8, "
                                    "but got "
                                 << int64_t(bits) << " and " << int64_t(widest);
      return signalPassFailure();
    }
    FailureOr<func::FuncOp> network = getNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    SmallVector<Operation *> layers;
    std::set<int64_t> found;
    network->walk([&](Operation *op) {
      std::optional<int64_t> own = isConvolution(op) ? getTrainedBits(op) : std::nullopt;
      if (!own)
        return;
      found.insert(*own);
      if (*own > bits && *own <= widest)
        layers.push_back(op);
    });
    if (!found.count(widest)) {
      refuse(found);
      return signalPassFailure();
    }
    for (Operation *layer : layers)
      if (failed(narrow(layer)))
        return signalPassFailure();
    removeUnusedParameters(getOperation());
  }

  void refuse(const std::set<int64_t> &found) {
    InFlightDiagnostic error = getOperation().emitError()
                               << "no layer has weights trained to " << int64_t(widest) << " bits";
    if (found.empty())
      error << "; there are no trained codes of equal steps";
    else
      error << "; there are layers of "
            << llvm::join(llvm::map_range(found, [](int64_t own) { return std::to_string(own); }),
                          ", ")
            << " bits";
  }

  /// Those of a filter of codes around 0; none of others.
  static std::optional<int64_t> getTrainedBits(Operation *layer) {
    auto cast = layer->getOperand(1).getDefiningOp<DequantizeCastOp>();
    if (!cast || !getConstantElements(cast.getInput()))
      return std::nullopt;
    Type type = getElementTypeOrSelf(cast.getInput().getType());
    if (!isa<UniformQuantizedType, UniformQuantizedPerAxisType>(type))
      return std::nullopt;
    CodeRange codes = getCodeRange(type), steps = getStepRange(type);
    if (codes.min != -codes.max || steps.min != codes.min)
      return std::nullopt;
    return int64_t(llvm::Log2_64_Ceil(codes.max + 1)) + 1;
  }

  static int64_t getMost(int64_t bits) { return (int64_t(1) << (bits - 1)) - 1; }

  /// The scales of the least squared error, each channel's own where it had its own.
  LogicalResult narrow(Operation *layer) {
    auto cast = layer->getOperand(1).getDefiningOp<DequantizeCastOp>();
    FailureOr<Tensor> values = interpretOnConstants(cast);
    auto load = cast.getInput().getDefiningOp<ml_program::GlobalLoadConstOp>();
    if (failed(values) || !load)
      return emitLayerError(layer) << "requires codes that are a parameter";
    ArrayRef<float> reals(values->data<float>(), values->size());
    auto shape = ::cast<RankedTensorType>(cast.getType());
    auto perAxis =
        dyn_cast<UniformQuantizedPerAxisType>(getElementTypeOrSelf(cast.getInput().getType()));
    int64_t axis = perAxis ? perAxis.getQuantizedDimension() : 0, inner = 1;
    for (int64_t dim = axis + 1; dim < shape.getRank(); ++dim)
      inner *= shape.getDimSize(dim);
    std::vector<std::vector<float>> parts(perAxis ? shape.getDimSize(axis) : 1);
    for (auto [i, real] : llvm::enumerate(reals))
      parts[perAxis ? int64_t(i) / inner % int64_t(parts.size()) : 0].push_back(real);
    int64_t most = getMost(bits);
    std::vector<double> grid;
    for (int64_t level = -most; level <= most; ++level)
      grid.push_back(double(level));
    SmallVector<double> scales;
    for (const std::vector<float> &part : parts)
      scales.push_back(searchScale(part, {}, LevelGrid(grid)).scale);
    auto type = ::cast<QuantizedType>(
        withScales(withSteps(getElementTypeOrSelf(cast.getInput().getType()), most), scales));
    LDBG() << "'" << getLayerName(layer) << "': " << type;
    OpBuilder builder(cast);
    std::string name = takeName(load);
    auto module = layer->getParentOfType<ModuleOp>();
    ml_program::GlobalOp codes =
        addParameter(module, name, shape.clone(type), makeCodeElements(reals, shape, type, name));
    Value loaded = loadParameter(builder, cast.getLoc(), codes);
    cast.getInputMutable().assign(loaded);
    return success();
  }
};

} // namespace
