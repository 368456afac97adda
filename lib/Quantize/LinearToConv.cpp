//===- LinearToConv.cpp - adder_linear as a 1x1 adder_conv2d --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_LINEARTOCONV
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-linear-to-conv"

static Value reshape(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType()).clone(shape);
  auto sizes = DenseIntElementsAttr::get(
      RankedTensorType::get({int64_t(shape.size())}, builder.getIndexType()), shape);
  Value target = tosa::ConstShapeOp::create(
      builder, loc, tosa::shapeType::get(builder.getContext(), shape.size()), sizes);
  return tosa::ReshapeOp::create(builder, loc, type, value, target);
}

namespace {
struct LinearToConv : tally::impl::LinearToConvBase<LinearToConv> {
  using LinearToConvBase::LinearToConvBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    getOperation().walk([](AdderLinearOp op) {
      OpBuilder builder(op);
      Location loc = op.getLoc();
      ArrayRef<int64_t> in = op.getInput().getType().getShape();
      ArrayRef<int64_t> out = op.getType().getShape();
      Value filter = op.getFilter();
      if (auto parameter = getParameter(filter)) {
        // Constant weights are stored in their new shape, so that they stay parameters.
        auto elements = dyn_cast_or_null<ElementsAttr>(parameter.getValueAttr());
        std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
        if (!values.empty()) {
          auto load = filter.getDefiningOp<ml_program::GlobalLoadConstOp>();
          std::string name =
              filter.hasOneUse() ? takeName(load, ".linear") : parameter.getSymName().str();
          filter = makeParameter(builder, loc, name, {out[1], 1, 1, in[1]}, values);
        }
      }
      LDBG() << "'" << getLayerName(op) << "': " << in[1] << " inputs, " << out[1] << " outputs, "
             << (filter == op.getFilter() ? "a filter reshaped at run time"
                                          : "weights stored anew");
      if (filter == op.getFilter())
        filter = reshape(builder, loc, filter, {out[1], 1, 1, in[1]});
      Value input = reshape(builder, loc, op.getInput(), {in[0], 1, 1, in[1]});
      auto type = cast<RankedTensorType>(op.getType()).clone({out[0], 1, 1, out[1]});
      auto conv =
          AdderConv2DOp::create(builder, loc, type, input, filter, ArrayRef<int64_t>{0, 0, 0, 0},
                                ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{1, 1}, /*group=*/1);
      conv->setDiscardableAttrs(op->getDiscardableAttrDictionary());
      op.replaceAllUsesWith(reshape(builder, loc, conv.getOutput(), out));
      op.erase();
    });
    removeUnusedParameters(getOperation());
  }
};
} // namespace
