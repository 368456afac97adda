//===- ToQuantized.cpp - from quantizers on floats to codes ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeBuilder.h"
#include "Quantize/Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/Quantize/Passes.h"

#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_TOQUANTIZED
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-to-quantized"

namespace {
struct ToQuantized : tally::impl::ToQuantizedBase<ToQuantized> {
  using ToQuantizedBase::ToQuantizedBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (auto reference = module.lookupSymbol<func::FuncOp>(kReferenceName))
      if (reference.isPrivate())
        reference.erase();
    ParameterIndex parameters(module);
    FailureOr<func::FuncOp> network = getNetwork(module);
    if (failed(network) || failed(convert(*network)))
      return signalPassFailure();
    removeUnusedParameters(module);
    module->removeAttr(TallyDialect::kPlanAttr);
    module->setAttr(TallyDialect::kStageAttr, StageAttr::get(&getContext(), Stage::Quantized));
  }

  static LogicalResult convert(func::FuncOp network) {
    OpBuilder builder(network);
    auto codes = func::FuncOp::create(builder, network.getLoc(), network.getSymName(),
                                      builder.getFunctionType({}, {}));
    codes->setDiscardableAttrs(network->getDiscardableAttrDictionary());
    Block *body = codes.addEntryBlock();
    builder.setInsertionPointToStart(body);
    CodeBuilder builderOfCodes(builder, network);

    for (BlockArgument argument : network.getArguments()) {
      QuantizeCastOp cast;
      if (argument.hasOneUse())
        cast = dyn_cast<QuantizeCastOp>(*argument.user_begin());
      if (!cast)
        return network.emitError() << "requires one quantizer on input " << argument.getArgNumber();
      LDBG() << "input " << argument.getArgNumber() << ": " << cast.getResult().getType();
      Value input = body->addArgument(cast.getResult().getType(), argument.getLoc());
      builderOfCodes.define(cast.getResult(), input);
      codes.setType(builder.getFunctionType(body->getArgumentTypes(), {}));
      codes.setArgAttrs(argument.getArgNumber(), network.getArgAttrDict(argument.getArgNumber()));
    }
    SmallVector<Value> results;
    for (Value result : network.front().getTerminator()->getOperands()) {
      FailureOr<Value> value = builderOfCodes.resultOf(result);
      if (failed(value))
        return failure();
      LDBG() << "result " << results.size() << ": " << value->getType();
      results.push_back(*value);
    }
    func::ReturnOp::create(builder, network.getLoc(), results);
    codes.setType(
        builder.getFunctionType(body->getArgumentTypes(), ValueRange(results).getTypes()));
    for (unsigned i = 0; i < network.getNumResults(); ++i)
      codes.setResultAttrs(i, network.getResultAttrDict(i));
    network.erase();
    return success();
  }
};
} // namespace
