//===- PackFilters.cpp - output channels last -----------------------------===//

#include "Storage.h"
#include "tally/IR/Parameters.h"
#include "tally/Lower/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_PACKFILTERS
#include "tally/Lower/Passes.h.inc"
} // namespace tally

/// Raw bytes of `elements` with dimension `dim` moved to the end.
static std::vector<char> moveDimLast(ArrayRef<char> bytes, ArrayRef<int64_t> shape,
                                     int64_t dim, int64_t elementSize) {
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

  static void pack(linalg::GenericOp generic, OpOperand &operand, AffineDimExpr lane) {
    ElementsAttr elements = getConstantTensor(operand.get());
    AffineMap map = generic.getMatchingIndexingMap(&operand);
    auto position = map.getResultPosition(lane);
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
    ElementsAttr value = DenseResourceElementsAttr::get(
        packedType, "packed",
        HeapAsmResourceBlob::allocateAndCopyWithAlign(packed, /*align=*/64));

    OpBuilder builder(generic);
    Value replacement;
    if (auto parameter = getParameter(operand.get())) {
      auto global = addParameter(generic->getParentOfType<ModuleOp>(),
                                 parameter.getSymName(), packedType, value);
      replacement = loadParameter(builder, operand.get().getLoc(), global);
    } else {
      replacement = arith::ConstantOp::create(builder, generic.getLoc(), packedType, value);
    }
    operand.set(replacement);

    SmallVector<AffineExpr> results(map.getResults());
    results.push_back(results[*position]);
    results.erase(results.begin() + *position);
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    maps[operand.getOperandNumber()] =
        AffineMap::get(map.getNumDims(), 0, results, map.getContext());
    generic.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));
  }
};

} // namespace
