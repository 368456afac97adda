//===- VerifyStage.cpp - the contract of each stage -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Contents.h"
#include "tally/IR/Tally.h"
#include "tally/Pipeline/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "tally/Pipeline/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-verify-stage"

namespace {

/// What one stage allows. Element types are checked on every operand and result
/// of the operations inside functions; parameters and shapes are not activations.
struct StageRule {
  bool floatActivations;
  bool quantizedActivations;
  bool batchNorm;
  bool observe;
  bool casts;
  bool channelAffine;
  bool requantize;
};

//                 float  quant  bn     observe casts  affine requantize
constexpr StageRule kRules[] = {
    /*imported*/ {true, false, true, false, true, true, false},
    /*calibrated*/ {true, false, true, true, true, true, false},
    /*quantized*/ {false, true, false, false, false, true, false},
    /*integer*/ {false, true, false, false, false, false, true},
};

bool worksOnCodes(Operation *op) {
  auto known = dyn_cast<NetworkOpInterface>(op);
  return known && known.worksOnCodes();
}

struct VerifyStage : tally::impl::VerifyStageBase<VerifyStage> {
  using VerifyStageBase::VerifyStageBase;

  void runOnOperation() override {
    auto current = getOperation()->getAttrOfType<StageAttr>(TallyDialect::kStageAttr);
    std::optional<Stage> wanted;
    if (stage.empty() && current)
      wanted = current.getValue();
    else
      wanted = symbolizeStage(stage);
    if (!wanted && !stage.empty()) {
      getOperation()->emitError() << "stage '" << stage
                                  << "' is not one of imported, calibrated, quantized, integer";
      return signalPassFailure();
    }
    if (!wanted) {
      getOperation()->emitError()
          << "requires a stage: give one of imported, calibrated, quantized, integer, or a module "
             "with 'tally.stage'";
      return signalPassFailure();
    }
    const StageRule &rule = kRules[unsigned(*wanted)];
    StringRef name = stringifyStage(*wanted);
    LDBG() << "the promises of stage '" << name << "'";
    bool ok = succeeded(verifyContents(getOperation()));
    getOperation().walk([&](func::FuncOp function) {
      for (Type argument : function.getArgumentTypes())
        if (failed(checkType(function, argument, rule, name)))
          ok = false;
      function.walk([&](Operation *op) {
        if (failed(checkOp(op, rule, name)))
          ok = false;
      });
    });
    if (!ok)
      signalPassFailure();
  }

  LogicalResult checkOp(Operation *op, const StageRule &rule, StringRef name) {
    if (isa<func::FuncOp, func::ReturnOp, ml_program::GlobalLoadConstOp>(op))
      return success();
    bool legal = TypeSwitch<Operation *, bool>(op)
                     .Case<BatchNormOp>([&](auto) { return rule.batchNorm; })
                     .Case<ObserveOp>([&](auto) { return rule.observe; })
                     .Case<QuantizeCastOp, DequantizeCastOp>([&](auto) { return rule.casts; })
                     .Case<ChannelAffineOp>([&](auto) { return rule.channelAffine; })
                     .Case<RequantizeOp>([&](auto) { return rule.requantize; })
                     .Default([&](Operation *other) {
                       if (rule.floatActivations)
                         return isa<tosa::TosaDialect, TallyDialect>(other->getDialect());
                       return worksOnCodes(other);
                     });
    if (!legal)
      return op->emitError() << "'" << op->getName() << "' is not legal in stage '" << name << "'";

    if (!isa<tosa::ConstOp>(op))
      for (Type result : op->getResultTypes())
        if (failed(checkType(op, result, rule, name)))
          return failure();
    return success();
  }

  static LogicalResult checkType(Operation *op, Type type, const StageRule &rule, StringRef name) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return success();
    if (!tensor.hasStaticShape())
      return op->emitError() << "has a dynamic shape, which is not legal in stage '" << name << "'";
    Type element = tensor.getElementType();
    if (isa<PowerOfTwoType>(element))
      return op->emitError() << "has element type " << element
                             << ", which is legal for parameters only";
    if (isa<FloatType>(element) && !element.isF32() && rule.floatActivations)
      return op->emitError() << "has a value of type " << type
                             << ", but networks compute with f32: convert them to it first";
    bool isQuantized = isa<quant::QuantizedType>(element);
    if ((isa<FloatType>(element) && !rule.floatActivations) ||
        (isQuantized && !rule.quantizedActivations && !rule.casts))
      return op->emitError() << "has element type " << element << ", which is not legal in stage '"
                             << name << "'";
    return success();
  }

  using QuantizeCastOp = quant::QuantizeCastOp;
  using DequantizeCastOp = quant::DequantizeCastOp;
};

} // namespace
