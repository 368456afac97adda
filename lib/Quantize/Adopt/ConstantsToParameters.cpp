//===- ConstantsToParameters.cpp - weights get names ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "InlineConstants.h"
#include "Quantize/Network.h"
#include "tally/Quantize/Passes.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-constants-to-parameters"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_CONSTANTSTOPARAMETERS
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

static bool isLayer(Operation *op) {
  return isConvolution(op) || isa<AdderConv2DOp, AdderLinearOp, BatchNormOp>(op);
}

/// Whether a constant at `operand` is something that is learnt: filters and what belongs to our
/// operations always, others where their elements differ. Zero points have one element.
static bool isParameter(OpOperand &operand) {
  auto constant = operand.get().getDefiningOp<tosa::ConstOp>();
  if (!constant || !cast<ShapedType>(constant.getType()).getElementType().isF32())
    return false;
  std::optional<Tensor> values = getInlineFloats(constant);
  if (!values)
    return false; // cannot be read; whoever reads it next says so
  Operation *op = operand.getOwner();
  if (isa<TallyDialect>(op->getDialect()) || (isConvolution(op) && operand.getOperandNumber() == 1))
    return true;
  return !llvm::all_equal(ArrayRef(values->data<float>(), values->size()));
}

/// The name that a tool gave to what `location` stands for, or nothing.
static std::string nameAt(Location location) {
  auto named = location->findInstanceOf<NameLoc>();
  return named ? named.getName().str() : std::string();
}

static StringRef getRole(OpOperand &operand) {
  static constexpr StringRef kRoles[] = {"input", "weight", "bias", "mean", "var"};
  return isLayer(operand.getOwner()) ? kRoles[operand.getOperandNumber()] : StringRef("constant");
}

namespace {
struct ConstantsToParameters : tally::impl::ConstantsToParametersBase<ConstantsToParameters> {
  using ConstantsToParametersBase::ConstantsToParametersBase;

  void runOnOperation() override {
    FailureOr<func::FuncOp> network = getFloatNetwork(getOperation());
    if (failed(network))
      return signalPassFailure();
    network->walk([&](Operation *op) {
      if (auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
        taken.insert(name);
    });
    int layers = 0;
    bool changed = false;
    for (Operation &op : llvm::make_early_inc_range(network->front())) {
      layers += isLayer(&op);
      SmallVector<OpOperand *> operands;
      for (OpOperand &operand : op.getOpOperands())
        if (isParameter(operand))
          operands.push_back(&operand);
      if (operands.empty())
        continue;
      changed = true;
      std::string name = nameOperation(&op, layers);
      for (OpOperand *operand : operands)
        move(*operand, name);
    }
    if (changed)
      eraseUnused(*network);
  }

  /// The name of an operation with parameters: its own, its location's, that of its weight's
  /// location, or for a layer its number. Layers remember it.
  std::string nameOperation(Operation *op, int number) {
    if (auto name = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
      return name.str();
    std::string base = nameAt(op->getLoc());
    if (base.empty() && isLayer(op)) {
      std::string weight = nameAt(op->getOperand(1).getLoc());
      base = StringRef(weight).ends_with(".weight") ? weight.substr(0, weight.size() - 7)
                                                    : "layer" + std::to_string(number);
    }
    if (base.empty())
      base = op->getName().stripDialect().str();
    if (!isLayer(op))
      return base;
    std::string name = base;
    for (int i = 2; !taken.insert(name).second; ++i)
      name = base + "." + std::to_string(i);
    op->setAttr(TallyDialect::kNameAttr, StringAttr::get(op->getContext(), name));
    return name;
  }

  /// Each use gets a parameter of its own, as from an importer, so that each can be changed.
  static void move(OpOperand &operand, const std::string &owner) {
    std::string name = nameAt(operand.get().getLoc());
    if (name.empty())
      name = owner + "." + getRole(operand).str();
    Tensor values = *getInlineFloats(operand.get());
    LDBG() << "'" << owner << "' takes '" << name << "' of " << values.size() << " elements";
    OpBuilder builder(operand.getOwner());
    operand.set(makeParameter(builder, operand.get().getLoc(), name, values.shape(),
                              ArrayRef(values.data<float>(), values.size())));
  }

  llvm::StringSet<> taken;
};
} // namespace
