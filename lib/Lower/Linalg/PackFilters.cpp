//===- PackFilters.cpp - output channels last -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Lower/Steps/Storage.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_PACKFILTERS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

#define DEBUG_TYPE "tally-pack-filters"

/// Raw bytes of `elements` with dimension `dim` moved to the end.
static std::vector<char> moveDimLast(ArrayRef<char> bytes, ArrayRef<int64_t> shape, int64_t dim,
                                     int64_t elementSize) {
  int64_t outer = 1, inner = 1;
  for (auto [index, size] : llvm::enumerate(shape))
    (int64_t(index) < dim ? outer : inner) *= int64_t(index) == dim ? 1 : size;
  int64_t size = shape[dim];
  std::vector<char> result(bytes.size());
  char *to = result.data();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i)
      for (int64_t d = 0; d < size; ++d, to += elementSize)
        std::memcpy(to, bytes.data() + ((o * size + d) * inner + i) * elementSize, elementSize);
  return result;
}

namespace {

struct PackFilters : tally::impl::PackFiltersBase<PackFilters> {
  using PackFiltersBase::PackFiltersBase;

  void runOnOperation() override {
    ParameterIndex parameters(getOperation());
    getOperation().walk([](linalg::GenericOp generic) {
      if (generic.getNumReductionLoops() == 0)
        return;
      AffineMap output = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
      if (output.getNumResults() == 0)
        return;
      auto lane = dyn_cast<AffineDimExpr>(output.getResults().back());
      if (!lane)
        return;
      for (OpOperand *operand : generic.getDpsInputOperands())
        pack(generic, *operand, lane);
    });
  }

  /// Computed from constants alone, such as an unpacked filter.
  static bool isUnpacked(Value value) {
    auto generic = value.getDefiningOp<linalg::GenericOp>();
    return generic && generic.getNumReductionLoops() == 0 && generic.getInputs().empty() &&
           !generic.getBody()->getOps<tensor::ExtractOp>().empty();
  }

  /// Whether each element of what is not a constant, such as a filter in training, is read more
  /// than once, so that it pays to bring it into another order first.
  static bool isReadAgain(linalg::GenericOp generic, Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !type.hasStaticShape() || generic.hasDynamicShape() || getConstantTensor(value))
      return false;
    int64_t reads = 1;
    for (int64_t range : generic.getStaticLoopRanges())
      reads *= range;
    return reads > type.getNumElements();
  }

  /// The same values with dimension `dim` last; computed with them, in one step.
  static Value transpose(OpBuilder &builder, Value value, int64_t dim) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (i != dim)
        order.push_back(i);
    order.push_back(dim);
    SmallVector<int64_t> shape;
    SmallVector<AffineExpr> source(type.getRank());
    for (auto [position, from] : llvm::enumerate(order)) {
      shape.push_back(type.getDimSize(from));
      source[from] = builder.getAffineDimExpr(position);
    }
    Location loc = value.getLoc();
    Value empty = tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
    SmallVector<AffineMap> maps = {AffineMap::get(type.getRank(), 0, source, builder.getContext()),
                                   builder.getMultiDimIdentityMap(type.getRank())};
    return linalg::GenericOp::create(
               builder, loc, empty.getType(), ValueRange{value}, ValueRange{empty}, maps,
               SmallVector<utils::IteratorType>(type.getRank(), utils::IteratorType::parallel),
               [](OpBuilder &nested, Location at, ValueRange args) {
                 linalg::YieldOp::create(nested, at, args[0]);
               })
        .getResult(0);
  }

  static void moveLast(linalg::GenericOp generic, OpOperand &operand, Value replacement,
                       unsigned position) {
    AffineMap map = generic.getMatchingIndexingMap(&operand);
    operand.set(replacement);
    SmallVector<AffineExpr> results(map.getResults());
    results.push_back(results[position]);
    results.erase(results.begin() + position);
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    maps[operand.getOperandNumber()] =
        AffineMap::get(map.getNumDims(), 0, results, map.getContext());
    generic.setIndexingMapsAttr(Builder(generic.getContext()).getAffineMapArrayAttr(maps));
  }

  static void pack(linalg::GenericOp generic, OpOperand &operand, AffineDimExpr lane) {
    ElementsAttr elements = getConstantTensor(operand.get());
    AffineMap map = generic.getMatchingIndexingMap(&operand);
    auto position = map.getResultPosition(lane);
    if (position && *position + 1 != map.getNumResults() &&
        (isUnpacked(operand.get()) || isReadAgain(generic, operand.get()))) {
      OpBuilder builder(generic);
      LDBG() << generic.getLoc() << ": dimension " << *position
             << " of what is computed or passed in goes last";
      return moveLast(generic, operand, transpose(builder, operand.get(), *position), *position);
    }
    if (!elements || !position || *position + 1 == map.getNumResults() || elements.isSplat())
      return;
    ArrayRef<char> bytes;
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
      if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
        bytes = blob->getData();
    } else if (auto dense = dyn_cast<DenseElementsAttr>(elements)) {
      bytes = dense.getRawData();
    }
    auto type = cast<RankedTensorType>(operand.get().getType());
    int64_t elementSize = type.getElementTypeBitWidth() / 8;
    if (int64_t(bytes.size()) != type.getNumElements() * elementSize)
      return;

    SmallVector<int64_t> shape(type.getShape());
    std::vector<char> packed = moveDimLast(bytes, shape, *position, elementSize);
    shape.push_back(shape[*position]);
    shape.erase(shape.begin() + *position);
    auto packedType = RankedTensorType::get(shape, type.getElementType());
    LDBG() << generic.getLoc() << ": constant " << type << " is stored as " << packedType;
    ElementsAttr value = DenseResourceElementsAttr::get(
        packedType, "packed", HeapAsmResourceBlob::allocateAndCopyWithAlign(packed, /*align=*/64));

    OpBuilder builder(generic);
    Value replacement;
    if (auto parameter = getParameter(operand.get())) {
      auto global = addParameter(generic->getParentOfType<ModuleOp>(), parameter.getSymName(),
                                 packedType, value);
      replacement = loadParameter(builder, operand.get().getLoc(), global);
    } else {
      replacement = arith::ConstantOp::create(builder, generic.getLoc(), packedType, value);
    }
    moveLast(generic, operand, replacement, *position);
  }
};

} // namespace
