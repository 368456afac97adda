//===- Storage.cpp - which tensors get a buffer ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Storage.h"
#include "Lower/Kernels/Kernel.h"

#include "tally/IR/Parameters.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallBitVector.h"
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
  ml_program::GlobalOp parameter = getParameter(value);
  return parameter ? dyn_cast_or_null<ElementsAttr>(parameter.getValueAttr()) : ElementsAttr();
}

namespace {

/// An element is computed inside the loops that use it by at most this many operations in a
/// row, which keeps the code of one step and the stack of who builds it small. Networks of
/// layers stay far below.
constexpr int64_t kMostFused = 256;

bool isReshape(Operation *op) {
  return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(op);
}

/// Whether a reduction of a few elements reads each of `use` at most once, with neighbours along
/// its last dimension for neighbours of the result.
bool readsInWindows(linalg::GenericOp generic, OpOperand &use) {
  constexpr int64_t kMostInWindow = 9;
  AffineMap map = generic.getMatchingIndexingMap(&use),
            output = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  if (generic.hasDynamicShape() || map.getNumResults() == 0 || output.getNumResults() == 0 ||
      map.getResults().back() != output.getResults().back())
    return false;
  SmallVector<int64_t> ranges = generic.getStaticLoopRanges();
  int64_t window = 1;
  llvm::SmallBitVector missing(ranges.size());
  for (auto [dim, type] : llvm::enumerate(generic.getIteratorTypesArray())) {
    window *= type == utils::IteratorType::reduction ? ranges[dim] : 1;
    missing[dim] = ranges[dim] > 1;
  }
  // Each index is the digits of a number, of one loop each: no two places share all of them.
  for (AffineExpr expr : map.getResults()) {
    SmallVector<int64_t> factors;
    if (failed(getFlattenedAffineExpr(expr, ranges.size(), 0, &factors)) ||
        factors.size() != ranges.size() + 1)
      return false;
    SmallVector<std::pair<int64_t, int64_t>> digits; // factor, range
    for (auto [dim, range] : llvm::enumerate(ranges))
      if (factors[dim] != 0 && range > 1) {
        digits.emplace_back(factors[dim], range);
        missing.reset(dim);
      }
    llvm::sort(digits);
    int64_t reached = 0; // the largest number of the lower digits
    for (auto [factor, range] : digits) {
      if (factor <= reached)
        return false;
      reached += factor * (range - 1);
    }
  }
  return missing.none() && window <= kMostInWindow;
}

/// Whether a reduction has a loop of its own for each dimension of `use`, and no other.
bool readsEachOnce(linalg::GenericOp generic, OpOperand &use) {
  return generic.getMatchingIndexingMap(&use).isPermutation();
}

/// Whether `user` reads every element of `operand` at most once. `sums`: whether it is computed of
/// sums, which no other reduction computes on its way but in a window.
bool readsOnce(OpOperand &use, bool fuseWindows, bool sums) {
  Operation *user = use.getOwner();
  if (auto generic = dyn_cast<linalg::GenericOp>(user)) {
    if (generic.isDpsInit(&use))
      return true; // one initial value per result element
    if (generic.getNumReductionLoops() > 0)
      return (fuseWindows && readsInWindows(generic, use)) ||
             (!sums && readsEachOnce(generic, use));
    return readsEachOnce(generic, use);
  }
  return isa<tensor::PadOp, tensor::ExtractSliceOp, tensor::InsertSliceOp>(user);
}

/// Whether `use` goes through the elements in another order or under another shape, or begins
/// elsewhere, or goes one by one
/// because they are looked up in a table.
bool readsAnotherOrder(OpOperand &use, bool fuseWindows) {
  auto generic = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (generic && fuseWindows && generic.getNumReductionLoops() > 0)
    return !readsInWindows(generic, use);
  if (generic)
    return !generic.getBody()->getOps<tensor::ExtractOp>().empty() ||
           !generic.getMatchingIndexingMap(&use).isIdentity();
  return isReshape(use.getOwner()) || isa<tensor::ExtractSliceOp>(use.getOwner());
}

/// All uses of `value`, also through reshapes.
SmallVector<OpOperand *> collectUses(Value value) {
  SmallVector<OpOperand *> uses;
  SmallVector<Value> shown = {value};
  while (!shown.empty())
    for (OpOperand &use : shown.pop_back_val().getUses()) {
      if (isReshape(use.getOwner()))
        shown.push_back(use.getOwner()->getResult(0));
      else
        uses.push_back(&use);
    }
  return uses;
}

/// Whether `use` is by a kernel, which computes no element of what it reads.
bool isReadInMemory(OpOperand *use) { return isa<KernelOp>(use->getOwner()); }

/// Whether `op` shows two dimensions of its operand as one.
bool joinsDimensions(Operation *op) {
  auto collapse = dyn_cast<tensor::CollapseShapeOp>(op);
  if (!collapse)
    return false;
  ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
  return llvm::any_of(collapse.getReassociationIndices(), [&](ReassociationIndicesRef group) {
    return llvm::count_if(group, [&](int64_t dim) { return shape[dim] != 1; }) > 1;
  });
}

/// Whether a use sees two dimensions as one, so that its indices have to be taken apart
/// again to compute an element.
bool isReadJoined(Value value) {
  SmallVector<Value> shown = {value};
  while (!shown.empty())
    for (Operation *user : shown.pop_back_val().getUsers()) {
      if (joinsDimensions(user))
        return true;
      if (isa<tensor::ExpandShapeOp, tensor::CastOp>(user))
        shown.push_back(user->getResult(0));
    }
  return false;
}

/// Decides value by value in program order, each from what is known of its operands.
class Analysis {
public:
  Analysis(func::FuncOp function, const StorageOptions &options) : options(options) {
    for (Operation &op : function.front())
      for (Value result : op.getResults())
        if (isa<RankedTensorType>(result.getType()))
          decide(result, &op);
    if (!byRows.empty())
      decideRows(function);
  }

  llvm::SetVector<Value> stored;

private:
  struct Facts {
    bool cheap = false;
    bool lanesAlongLast = false;
    bool sums = false; ///< whether it is, or is computed of, a sum that has no buffer
    int64_t fused = 0; ///< operations that computing an element takes
  };

  void decide(Value value, Operation *op) {
    Facts facts;
    if (isReshape(op)) {
      facts = known.lookup(op->getOperand(0));
      facts.lanesAlongLast = false;
      facts.fused += facts.fused > 0 ? 1 : 0;
    } else {
      const Kernel *kernel = findKernel(op);
      facts.cheap = isCheap(value, op, kernel);
      facts.lanesAlongLast = hasLanesAlongLast(op, kernel);
      facts.sums = kernel || llvm::any_of(op->getOperands(), [&](Value operand) {
                     return known.lookup(operand).sums;
                   });
      facts.fused = countFused(op);
      if (kernel && kernel->buildsRows())
        byRows.push_back(value);
      if (isStored(value, facts, kernel) || (facts.fused > kMostFused && canBeStored(value))) {
        stored.insert(value);
        facts.fused = 0;
        facts.sums = false;
      }
    }
    known[value] = facts;
  }

  /// Constants, fills, empties and broadcasts of them: recomputing costs nothing.
  bool isCheap(Value value, Operation *op, const Kernel *kernel) const {
    if (isa<tensor::EmptyOp>(op) || getConstantTensor(value))
      return true;
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
      return known.lookup(slice.getSource()).cheap;
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (generic && generic->hasAttr(TallyDialect::kRecomputeAttr))
      return true;
    if (kernel)
      return kernel->isRecomputed();
    if (!generic || generic.getNumReductionLoops() > 0)
      return false;
    if (!generic.getBody()->getOps<tensor::ExtractOp>().empty())
      return false;
    return llvm::all_of(generic.getDpsInputs(), [&](Value input) {
      return !isa<RankedTensorType>(input.getType()) || known.lookup(input).cheap;
    });
  }

  /// Whether `op` computes element by element from a kernel whose vectors are neighbours along
  /// the last dimension.
  bool hasLanesAlongLast(Operation *op, const Kernel *kernel) const {
    // Tiles of single numbers are neighbours as well.
    if (kernel)
      return kernel->hasLanesAlongLast() ||
             (options.fuseWindows && isa<linalg::GenericOp>(op) && !kernel->isRecomputed());
    auto generic = dyn_cast<linalg::GenericOp>(op);
    return generic && generic.getNumReductionLoops() == 0 &&
           llvm::any_of(generic.getDpsInputOperands(), [&](OpOperand *operand) {
             return generic.getMatchingIndexingMap(operand).isIdentity() &&
                    known.lookup(operand->get()).lanesAlongLast;
           });
  }

  int64_t countFused(Operation *op) const {
    if (!isa<linalg::GenericOp, KernelOp, tensor::ExtractSliceOp>(op))
      return 0;
    int64_t count = 1;
    for (Value operand : op->getOperands())
      count = std::min(count + known.lookup(operand).fused, kMostFused + 1);
    return count;
  }

  /// What is used, and has elements of whole bytes.
  static bool canBeStored(Value value) {
    return !value.use_empty() &&
           cast<RankedTensorType>(value.getType()).getElementTypeBitWidth() % 8 == 0;
  }

  bool isStored(Value value, const Facts &facts, const Kernel *kernel) const {
    auto store = [&](StringRef why) {
      LDBG() << "stores " << value.getLoc() << ", " << value.getType() << ": " << why;
      return true;
    };
    if (options.noDivision && isReadJoined(value) && !value.getDefiningOp<tensor::EmptyOp>() &&
        !getConstantTensor(value))
      return store("reading it under another shape would divide");
    SmallVector<OpOperand *> uses = collectUses(value);
    if (facts.cheap) // constants have a place of their own
      return !getConstantTensor(value) && llvm::any_of(uses, isReadInMemory) &&
             store("a kernel reads it in memory");
    if (kernel && kernel->buildsRows() && options.fuseWindows)
      return false; // see decideRows
    if (kernel && kernel->buildsAll())
      return store("its kernel builds all of it");
    if (isPartInMemory(value) && llvm::none_of(value.getUsers(), isReshape) &&
        llvm::none_of(uses, [](OpOperand *use) {
          return isReadInMemory(use) || isa<func::ReturnOp>(use->getOwner());
        }))
      return false; // it is read in its place
    // A border decided inside the loops of a user would cost a branch an element.
    if (value.getDefiningOp<tensor::PadOp>())
      return store("it has a border");
    // Only the end of a chain of insertions is a value of its own.
    if (value.getDefiningOp<tensor::InsertSliceOp>())
      return !(uses.size() == 1 && isa<tensor::InsertSliceOp>(uses[0]->getOwner()) &&
               uses[0]->getOperandNumber() == 1) &&
             store("it is put together from pieces");
    if (facts.lanesAlongLast && llvm::any_of(value.getUses(), [&](OpOperand &use) {
          return readsAnotherOrder(use, options.fuseWindows);
        }))
      return store("it is read in another order than its sums are computed in");
    for (OpOperand *use : uses) {
      if (isa<func::ReturnOp>(use->getOwner()))
        return store("it is returned");
      if (!readsOnce(*use, options.fuseWindows, facts.sums))
        return store("a user reads elements several times");
    }
    return uses.size() > 1 && store("it has several users");
  }

  /// Whether `value` is a part of a tensor that has a buffer.
  bool isPartInMemory(Value value) const {
    auto slice = value.getDefiningOp<tensor::ExtractSliceOp>();
    return slice && (isa<BlockArgument>(slice.getSource()) || stored.contains(slice.getSource()) ||
                     isPartInMemory(slice.getSource()));
  }

  /// A step goes filter by filter, and has the rows of a few of a filter that is unpacked, where
  /// nothing but its sums reads it; else all of it is stored, in its place in the program.
  void decideRows(func::FuncOp function) {
    llvm::erase_if(byRows, [&](Value value) {
      return stored.contains(value) || (options.fuseWindows && isReadByRow(value));
    });
    if (byRows.empty())
      return;
    llvm::SetVector<Value> all;
    for (Operation &op : function.front())
      for (Value result : op.getResults())
        if (stored.contains(result) || llvm::is_contained(byRows, result))
          all.insert(result);
    stored = std::move(all);
  }

  /// Whether the only reader of `value` needs of it what stands at its own last index, and so on up
  /// to what is stored.
  bool isReadByRow(Value value) const {
    if (!value.hasOneUse())
      return false;
    OpOperand &use = *value.use_begin();
    Operation *reader = use.getOwner();
    const Kernel *kernel = findKernel(reader);
    if (!kernel || kernel->isRecomputed() || reader->getNumResults() != 1)
      return false;
    if (auto generic = dyn_cast<linalg::GenericOp>(reader)) {
      AffineMap map = generic.getMatchingIndexingMap(&use),
                output = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
      if (generic.isDpsInit(&use) || map.getNumResults() == 0 || output.getNumResults() == 0 ||
          map.getResult(0) != output.getResults().back())
        return false;
    } else if (!kernel->readsByRow(use)) {
      return false;
    }
    SmallVector<Value> pending = {reader->getResult(0)};
    while (!pending.empty()) {
      Value computed = pending.pop_back_val();
      if (computed.getDefiningOp<tensor::InsertSliceOp>()) // in several nests of loops
        return false;
      if (stored.contains(computed))
        continue;
      for (OpOperand &next : computed.getUses()) {
        Operation *user = next.getOwner();
        auto generic = dyn_cast<linalg::GenericOp>(user);
        bool keepsLast =
            isa<tensor::PadOp, tensor::InsertSliceOp>(user) ||
            (generic && generic.getNumReductionLoops() == 0 &&
             generic.getMatchingIndexingMap(&next).isIdentity()) ||
            (generic && generic.getNumReductionLoops() > 0 && readsInWindows(generic, next));
        if (!keepsLast)
          return false;
        pending.push_back(user->getResult(0));
      }
    }
    return true;
  }

  StorageOptions options;
  llvm::DenseMap<Value, Facts> known;
  SmallVector<Value> byRows; ///< what kernels build row by row
};

} // namespace

llvm::SetVector<Value> findStoredValues(func::FuncOp function, const StorageOptions &options) {
  return Analysis(function, options).stored;
}

} // namespace tally
