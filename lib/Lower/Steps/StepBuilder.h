//===- StepBuilder.h - one loop nest for one stored value -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Lower. Builds the function that fills one buffer: loops over the
// elements of a tensor, and inside them, by walking the producers, the
// expression for one element or for a vector of neighbouring ones.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_LOWER_STEPS_STEPBUILDER_H
#define TALLY_LIB_LOWER_STEPS_STEPBUILDER_H

#include "Lower/Kernels/Kernel.h"
#include "tally/IR/Tally.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include <functional>

namespace tally {

/// The flat buffer type of a tensor type.
mlir::MemRefType getBufferType(mlir::Type tensor);

class StepBuilder {
public:
  /// Finds or makes the global that holds a constant tensor, flat.
  using GlobalProvider =
      std::function<mlir::FailureOr<mlir::MemRefType>(mlir::Value, std::string &name)>;

  /// `maxLanes`: most elements of a vector.
  StepBuilder(mlir::ModuleOp module, const llvm::SetVector<mlir::Value> &stored,
              GlobalProvider globals, TargetAttr target, int64_t maxLanes)
      : module(module), stored(stored), globals(std::move(globals)), target(target),
        maxLanes(maxLanes) {}

  /// Builds `@name(inputs..., output)`, which stores `value`'s elements. `inputs`
  /// are the bases it reads, in the order of the function's arguments.
  mlir::FailureOr<mlir::func::FuncOp> build(mlir::StringRef name, mlir::Value value);

  /// Those without storage are for its own use.
  mlir::ArrayRef<mlir::Value> getInputs() const { return inputs; }

  /// The tile in which the step's elements are computed, if any, and the kernel that asked for it
  /// or, without a tile, of the sums in it; null where it sums nothing.
  std::optional<TileShape> getTile() const { return tile; }
  const Kernel *getKernel() const { return kernelOfTile; }
  /// Most elements of a vector outside of a tile; 1 where the step reads none that lie side by
  /// side.
  int64_t getMaxLanes() const { return maxLanes; }

  // What follows is for kernels, while they build the code of one element.

  using Indices = llvm::SmallVector<mlir::AffineExpr>;
  using Element = mlir::FailureOr<mlir::Value>;

  TargetAttr getTarget() const { return target; }
  mlir::Value getOutput() const { return output; }

  Element elementOf(mlir::Value tensor, const Indices &indices);
  /// Also of a kernel that is written as a generic.
  Element elementOfGeneric(mlir::linalg::GenericOp generic, const Indices &indices);
  /// The same at each of several indices, in one nest of loops.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  elementsOfGeneric(mlir::linalg::GenericOp generic, mlir::ArrayRef<Indices> members);
  /// Elements that the body's arguments stand for; the accumulator for that of the result.
  mlir::LogicalResult mapArguments(mlir::linalg::GenericOp generic, const Indices &loops,
                                   mlir::Value accumulator, mlir::IRMapping &mapping);
  Element evaluateBodyOp(mlir::Operation &op, const Indices &loops, mlir::IRMapping &mapping);
  /// The indices into what `collapse` shows under another shape.
  Indices expandIndices(mlir::tensor::CollapseShapeOp collapse, const Indices &indices);
  /// Where this is returned, the whole step is built again on scalars.
  mlir::LogicalResult cannotVectorize();
  /// The first of the rows that the buffer of `tensor` holds; null where it holds all there is.
  mlir::AffineExpr getFirstRow(mlir::Value tensor) const { return firstRows.lookup(tensor); }
  /// From now on elements of `tensor` are read from `row`, by their last index.
  void setRow(mlir::Value tensor, mlir::Value row) { rows[tensor] = row; }

  mlir::AffineExpr addDim(mlir::Value value);
  mlir::Value materialize(mlir::AffineExpr expr);
  mlir::AffineExpr simplify(mlir::AffineExpr expr) {
    return mlir::simplifyAffineExpr(expr, dims.size(), 0);
  }
  /// How far apart neighbouring lanes are; null where that is not constant.
  std::optional<int64_t> laneStride(mlir::AffineExpr expr);
  /// Whether `expr` at the first lane is a multiple of `factor` wherever the code runs.
  bool startsAtMultiple(mlir::AffineExpr expr, int64_t factor);
  mlir::Value constantIndex(int64_t value);
  /// The buffer of a stored value, an argument or a constant.
  Element bufferFor(mlir::Value tensor);
  /// Where the element at `indices` of `tensor` lies in its buffer.
  mlir::AffineExpr getPosition(mlir::ArrayRef<mlir::AffineExpr> indices, mlir::Value tensor);
  /// Of the step's function.
  void setInsertionPointToStart() { builder.setInsertionPointToStart(&step.front()); }

private:
  mlir::ModuleOp module;

public:
  mlir::OpBuilder builder{module.getContext()};
  mlir::Location loc = module.getLoc();
  /// Elements computed at once.
  int64_t lanes = 1;

private:
  // Loop nests.
  mlir::LogicalResult forEachElement(mlir::ArrayRef<int64_t> shape,
                                     llvm::function_ref<mlir::LogicalResult(const Indices &)> body);
  mlir::LogicalResult openLoops(mlir::ArrayRef<int64_t> shape, Indices &indices,
                                llvm::function_ref<mlir::LogicalResult(const Indices &)> body);
  mlir::LogicalResult buildMembers(Indices &indices,
                                   llvm::function_ref<mlir::LogicalResult(const Indices &)> body);
  std::optional<TileShape> chooseTile(mlir::Value value);
  llvm::SetVector<mlir::Value> findRows(mlir::Value value);
  mlir::LogicalResult buildRows(mlir::AffineExpr first, int64_t count);
  bool fusesWindow(mlir::Operation *op);
  mlir::LogicalResult buildBody(mlir::Value value);
  mlir::LogicalResult fillBorder(mlir::Value fill, mlir::ArrayRef<int64_t> shape,
                                 mlir::ArrayRef<int64_t> inside, mlir::ArrayRef<int64_t> low);
  mlir::LogicalResult storePadded(mlir::tensor::PadOp pad);
  mlir::LogicalResult storePieces(mlir::tensor::InsertSliceOp last);
  void store(mlir::Value element, mlir::AffineExpr position);

  // Elements.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  reduceWindow(mlir::linalg::GenericOp generic, Indices loops, llvm::SmallVector<mlir::Value> sums);
  Element computeElement(mlir::Value tensor, const Indices &indices);
  Element elementOfTile(const Kernel &kernel, mlir::Operation *op, const Indices &indices);
  int64_t tileSize() const;
  /// `first`, of the first member, at another.
  Indices atMember(const Indices &first, int64_t member) const;
  Element evaluateBody(mlir::linalg::GenericOp generic, const Indices &loops,
                       mlir::Value accumulator);
  Element evaluateIndex(mlir::AffineExpr expr);
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> mapOperands(mlir::Operation &op,
                                                              mlir::IRMapping &mapping);
  Element load(mlir::Value buffer, mlir::AffineExpr position);

  // Indices.
  std::optional<int64_t> strideAlong(unsigned dim, mlir::AffineExpr expr);
  bool dependsOnLane(mlir::ArrayRef<mlir::AffineExpr> exprs);
  mlir::Value toVector(mlir::Value value);
  mlir::Value bufferOf(mlir::Value base);

  const llvm::SetVector<mlir::Value> &stored;
  GlobalProvider globals;
  TargetAttr target;
  int64_t maxLanes;

  mlir::func::FuncOp step;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  mlir::Value output;
  llvm::DenseMap<mlir::Value, mlir::Value> rows;
  /// Values of which the step has the rows of a few filters at a time, in buffers of its own, and
  /// the first row that is there. The loop over the last dimension is then the outermost.
  llvm::SetVector<mlir::Value> rowValues;
  llvm::DenseMap<mlir::Value, mlir::AffineExpr> firstRows;
  /// What the dimensions of the affine expressions stand for.
  llvm::SmallVector<mlir::Value> dims;
  /// The dimension that lanes neighbour along.
  unsigned laneDim = 0;
  /// What its values are multiples of.
  int64_t laneAlignment = 1;
  /// The tile of the step, and the one whose code is being built.
  std::optional<TileShape> tile;
  const Kernel *kernelOfTile = nullptr;
  struct {
    /// Members along one index of an element.
    struct Run {
      std::optional<unsigned> index; ///< which one
      unsigned dim = 0;              ///< at the first member
      int64_t size = 1;
    };
    /// Around the others, those of a window whose elements are computed where they are read.
    llvm::SmallVector<Run> window;
    Run outputs, last;
    int64_t member = 0;  ///< those along the last dimension are neighbours
    bool inside = false; ///< whether a kernel computes all of its members
  } current;
  /// What kernels computed of it, with their indices at the first member.
  struct TileResult {
    Indices first;
    mlir::Block *block = nullptr;
    llvm::SmallVector<mlir::Value> values;
  };
  llvm::DenseMap<mlir::Operation *, TileResult> results;
  /// Set where the vector form failed and the scalar one has to be built.
  bool scalarOnly = false;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_STEPBUILDER_H
