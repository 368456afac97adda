//===- NarrowWeights.cpp - trained codes with fewer bits ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantize/Codes/FilterCodes.h"
#include "Quantize/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Quantize/Math/LevelGrid.h"
#include "tally/Quantize/Passes.h"
#include "tally/Run/Interpreter.h"

#include "llvm/Support/DebugLog.h"

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
    network->walk([&](Operation *op) {
      if (isConvolution(op) && isNarrowed(op))
        layers.push_back(op);
    });
    for (Operation *layer : layers)
      if (failed(narrow(layer)))
        return signalPassFailure();
    removeUnusedParameters(getOperation());
  }

  /// Whether the filter has codes around 0 that are wider than wanted, but not too wide.
  bool isNarrowed(Operation *layer) const {
    auto cast = layer->getOperand(1).getDefiningOp<DequantizeCastOp>();
    if (!cast || !getConstantElements(cast.getInput()))
      return false;
    Type type = getElementTypeOrSelf(cast.getInput().getType());
    if (!isa<UniformQuantizedType, UniformQuantizedPerAxisType>(type))
      return false;
    CodeRange codes = getCodeRange(type), steps = getStepRange(type);
    return codes.min == -codes.max && steps.min == codes.min && codes.max > getMost(bits) &&
           codes.max <= getMost(widest);
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
    MLIRContext *context = layer->getContext();
    auto eight = IntegerType::get(context, 8);
    QuantizedType type;
    if (perAxis)
      type = getPerAxisType(context, {-most, most}, scales, int32_t(axis));
    else
      type = UniformQuantizedType::get(QuantizationFlags::Signed, eight, Float32Type::get(context),
                                       scales[0], 0, -most, most);
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
