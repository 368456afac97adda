//===- Storage.cpp - which tensors get a buffer ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Storage.h"
#include "Lower/Kernels/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/DebugLog.h"

using namespace mlir;

#define DEBUG_TYPE "tally-linalg-to-steps"

namespace tally {

Value getStorageBase(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

ElementsAttr getConstantTensor(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return {};
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    return dyn_cast<ElementsAttr>(constant.getValue());
  if (auto load = value.getDefiningOp<ml_program::GlobalLoadConstOp>()) {
    auto global =
        SymbolTable::lookupNearestSymbolFrom<ml_program::GlobalOp>(load, load.getGlobalAttr());
    if (global)
      return dyn_cast_or_null<ElementsAttr>(global.getValueAttr());
  }
  return {};
}

namespace {

/// Constants, fills, empties and broadcasts of them: recomputing costs nothing.
bool isCheap(Value value) {
  value = getStorageBase(value);
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<tensor::EmptyOp>(op) || getConstantTensor(value))
    return true;
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return isCheap(slice.getSource());
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (generic && generic->hasAttr(TallyDialect::kRecomputeAttr))
    return true;
  if (const Kernel *kernel = findKernel(op))
    return kernel->isRecomputed();
  if (!generic || generic.getNumReductionLoops() > 0)
    return false;
  if (!generic.getBody()->getOps<tensor::ExtractOp>().empty())
    return false;
  return llvm::all_of(generic.getDpsInputs(), [](Value input) {
    return !isa<RankedTensorType>(input.getType()) || isCheap(input);
  });
}

/// Whether `value` is computed element by element from a kernel whose vectors are neighbours along
/// the last dimension.
bool hasLanesAlongLast(Value value) {
  if (const Kernel *kernel = findKernel(value.getDefiningOp()))
    return kernel->hasLanesAlongLast();
  auto generic = value.getDefiningOp<linalg::GenericOp>();
  return generic && generic.getNumReductionLoops() == 0 &&
         llvm::any_of(generic.getDpsInputOperands(), [&](OpOperand *operand) {
           return generic.getMatchingIndexingMap(operand).isIdentity() &&
                  hasLanesAlongLast(operand->get());
         });
}

/// Whether `user` reads every element of `operand` at most once.
bool readsOnce(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto generic = dyn_cast<linalg::GenericOp>(user)) {
    if (generic.isDpsInit(&use))
      return true; // one initial value per result element
    if (generic.getNumReductionLoops() > 0)
      return false;
    return generic.getMatchingIndexingMap(&use).isPermutation();
  }
  return isa<tensor::PadOp, tensor::ExtractSliceOp, tensor::InsertSliceOp>(user);
}

/// Whether `use` goes through the elements in another order, or under another shape.
bool readsAnotherOrder(OpOperand &use) {
  auto generic = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (generic)
    return !generic.getMatchingIndexingMap(&use).isIdentity();
  return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(use.getOwner());
}

class Analysis {
public:
  Analysis(func::FuncOp function, bool noDivision) : noDivision(noDivision) {
    for (Operation &op : function.front())
      for (Value result : op.getResults())
        if (isa<RankedTensorType>(result.getType()) && getStorageBase(result) == result &&
            isStored(result))
          stored.insert(result);
  }

  llvm::SetVector<Value> stored;

private:
  /// All uses of `base`, also through reshapes.
  static void collectUses(Value value, SmallVectorImpl<OpOperand *> &uses) {
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(user))
        collectUses(user->getResult(0), uses);
      else
        uses.push_back(&use);
    }
  }

  /// Whether a use sees two dimensions as one, so that its indices have to be taken apart
  /// again to compute an element.
  static bool isReadJoined(Value value) {
    return llvm::any_of(value.getUsers(), [](Operation *user) {
      if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(user)) {
        ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
        return llvm::any_of(collapse.getReassociationIndices(), [&](ReassociationIndicesRef group) {
          return llvm::count_if(group, [&](int64_t dim) { return shape[dim] != 1; }) > 1;
        });
      }
      return isa<tensor::ExpandShapeOp, tensor::CastOp>(user) && isReadJoined(user->getResult(0));
    });
  }

  bool isStored(Value value) const {
    auto store = [&](StringRef why) {
      LDBG() << "stores " << value.getLoc() << ", " << value.getType() << ": " << why;
      return true;
    };
    if (noDivision && isReadJoined(value) && !value.getDefiningOp<tensor::EmptyOp>() &&
        !getConstantTensor(value))
      return store("reading it under another shape would divide");
    if (isCheap(value))
      return false;
    if (const Kernel *kernel = findKernel(value.getDefiningOp()); kernel && kernel->buildsAll())
      return store("its kernel builds all of it");
    SmallVector<OpOperand *> uses;
    collectUses(value, uses);
    // A border decided inside the loops of a user would cost a branch an element.
    if (value.getDefiningOp<tensor::PadOp>())
      return store("it has a border");
    // Only the end of a chain of insertions is a value of its own.
    if (value.getDefiningOp<tensor::InsertSliceOp>())
      return !(uses.size() == 1 && isa<tensor::InsertSliceOp>(uses[0]->getOwner()) &&
               uses[0]->getOperandNumber() == 1) &&
             store("it is put together from pieces");
    if (hasLanesAlongLast(value) && llvm::any_of(value.getUses(), readsAnotherOrder))
      return store("it is read in another order than its sums are computed in");
    for (OpOperand *use : uses) {
      if (isa<func::ReturnOp>(use->getOwner()))
        return store("it is returned");
      if (!readsOnce(*use))
        return store("a user reads elements several times");
    }
    return uses.size() > 1 && store("it has several users");
  }

  bool noDivision;
};

} // namespace

llvm::SetVector<Value> findStoredValues(func::FuncOp function, bool noDivision) {
  return Analysis(function, noDivision).stored;
}

} // namespace tally
