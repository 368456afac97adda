//===- MapBeforeReshape.cpp - maps stand next to the sums they map --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Network.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/Quantize/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_MAPBEFORERESHAPE
#include "tally/Quantize/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-map-before-reshape"

/// Whether `value` is what a layer adds up, perhaps mapped already.
static bool isLayerSum(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && isChannelwise(op) && op->hasOneUse())
    op = op->getOperand(0).getDefiningOp();
  return op && isWindowSum(op) && op->hasOneUse();
}

/// The constants of `map` for a tensor of `channels`; empty where they belong to the channels that
/// it has now.
static SmallVector<Value> getConstants(Operation *map, int64_t channels) {
  SmallVector<Value> constants(llvm::drop_begin(map->getOperands()));
  auto type = cast<RankedTensorType>(map->getResult(0).getType());
  if (isa<tosa::ClampOp>(map) || type.getShape().back() == channels)
    return constants;
  if (!isa<ChannelAffineOp>(map))
    return {};
  OpBuilder builder(map);
  constexpr StringLiteral kParts[] = {".scale", ".bias"};
  for (auto [constant, part] : llvm::zip(constants, kParts)) {
    std::optional<float> number = getNumber(constant);
    if (!number)
      return {};
    constant = makeParameter(builder, map->getLoc(), (getLayerName(map) + part).str(), channels,
                             std::vector<float>(channels, *number));
  }
  return constants;
}

namespace {
struct MapBeforeReshape : tally::impl::MapBeforeReshapeBase<MapBeforeReshape> {
  using MapBeforeReshapeBase::MapBeforeReshapeBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    getOperation().walk([](Operation *op) {
      if (isa<tosa::ClampOp, ChannelAffineOp, BatchNormOp>(op))
        move(op);
    });
    removeUnusedParameters(getOperation());
  }

  /// A map for each part of what `concat` puts together.
  static void distribute(Operation *map, tosa::ConcatOp concat) {
    auto type = cast<RankedTensorType>(concat.getType());
    if (!concat->hasOneUse() || int64_t(concat.getAxis()) + 1 != type.getRank() ||
        !llvm::all_of(concat.getOperands(), isLayerSum))
      return;
    SmallVector<std::vector<float>> constants;
    for (Value constant : llvm::drop_begin(map->getOperands())) {
      ElementsAttr elements = getConstantElements(constant);
      constants.push_back(elements ? getFloats(elements) : std::vector<float>());
      if (int64_t(constants.back().size()) != type.getShape().back())
        return;
    }
    LDBG() << "'" << getLayerName(map) << "' moves before a concatenation to " << type;
    OpBuilder builder(map);
    int64_t first = 0;
    for (auto [index, part] : llvm::enumerate(concat->getOpOperands())) {
      auto partType = cast<RankedTensorType>(part.get().getType());
      int64_t channels = partType.getShape().back();
      builder.setInsertionPoint(concat);
      Operation *moved = builder.clone(*map);
      moved->setOperand(0, part.get());
      moved->getResult(0).setType(partType);
      if (auto name = map->getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
        moved->setAttr(TallyDialect::kNameAttr,
                       builder.getStringAttr(name.getValue() + "." + std::to_string(index)));
      builder.setInsertionPoint(moved);
      for (auto [operand, numbers] :
           llvm::zip(llvm::drop_begin(moved->getOpOperands()), constants)) {
        ml_program::GlobalOp parameter = getParameter(operand.get());
        operand.set(makeParameter(builder, map->getLoc(),
                                  parameter ? parameter.getSymName() : getLayerName(map), channels,
                                  ArrayRef(numbers).slice(first, channels)));
      }
      part.set(moved->getResult(0));
      first += channels;
    }
    map->replaceAllUsesWith(concat);
    map->erase();
  }

  static void move(Operation *map) {
    if (auto concat = map->getOperand(0).getDefiningOp<tosa::ConcatOp>())
      return distribute(map, concat);
    auto reshape = map->getOperand(0).getDefiningOp<tosa::ReshapeOp>();
    if (!reshape || !reshape->hasOneUse() || !isLayerSum(reshape.getInput1()))
      return;
    auto type = cast<RankedTensorType>(reshape.getInput1().getType());
    if (type.getRank() == 0)
      return;
    SmallVector<Value> constants = getConstants(map, type.getShape().back());
    if (constants.size() + 1 != map->getNumOperands())
      return;
    LDBG() << "'" << getLayerName(map) << "' moves before a reshape to " << reshape.getType();
    OpBuilder builder(map);
    Operation *moved = builder.clone(*map);
    moved->setOperand(0, reshape.getInput1());
    for (auto [index, constant] : llvm::enumerate(constants))
      moved->setOperand(index + 1, constant);
    moved->getResult(0).setType(type);
    IRMapping mapping;
    mapping.map(reshape.getInput1(), moved->getResult(0));
    Operation *behind = builder.clone(*reshape, mapping);
    // It passes on what the map computes.
    if (Attribute name = map->getAttr(TallyDialect::kNameAttr))
      behind->setAttr(TallyDialect::kNameAttr, name);
    else
      behind->removeAttr(TallyDialect::kNameAttr);
    map->replaceAllUsesWith(behind);
    map->erase();
    reshape->erase();
  }
};
} // namespace
