//===- ToQuantized.cpp - from quantizers on floats to codes ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "CodeBuilder.h"
#include "Quantize/Network.h"
#include "Quantize/QuantizerTypes.h"
#include "tally/IR/ImageFacts.h"
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

  /// Nothing reads the input, so any codes serve that hold what was seen of it.
  static UniformQuantizedType getUnusedType(func::FuncOp network, unsigned index) {
    if (IntegerType type = getIntegerInput(network, index))
      return getUniformType(network.getContext(), getIntegerRange(type), 1.0);
    ImageRange range = getSeenRange(network, index).value_or(ImageRange{0, 1});
    Histogram seen;
    seen.add({float(range.low), float(range.high)});
    return getActivationType(network.getContext(), seen, range.low >= 0, /*bits=*/8, /*share=*/1);
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
      unsigned index = argument.getArgNumber();
      QuantizeCastOp cast;
      if (argument.hasOneUse())
        cast = dyn_cast<QuantizeCastOp>(*argument.user_begin());
      if (!cast && !argument.use_empty())
        return network.emitError() << "requires one quantizer on input '"
                                   << getInputName(network, index) << "'; hint: tally quantize "
                                   << "inserts it";
      if (!isa<RankedTensorType>(argument.getType()))
        return network.emitError() << "requires tensors as inputs, but '"
                                   << getInputName(network, index) << "' is " << argument.getType();
      Type type =
          cast ? cast.getResult().getType() : withElement(argument, getUnusedType(network, index));
      LDBG() << "input " << index << ": " << type << (cast ? "" : ", not used");
      Value input = body->addArgument(type, argument.getLoc());
      if (cast)
        builderOfCodes.define(cast.getResult(), input);
      codes.setType(builder.getFunctionType(body->getArgumentTypes(), {}));
      codes.setArgAttrs(index, network.getArgAttrDict(index));
    }
    SmallVector<Value> results;
    for (auto [index, result] : llvm::enumerate(network.front().getTerminator()->getOperands())) {
      FailureOr<Value> value = builderOfCodes.resultOf(result, getOutputName(network, index));
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
