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

#include "tally/Lower/Kernels/ByteDot.h"

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

/// Vectors as the target has them.
struct MachineVectors {
  int64_t lanes = 1;      ///< most elements
  bool laneShifts = true; ///< 32-bit lanes may be shifted by different amounts
  ByteDot byteDot = ByteDot::None;
  int64_t bits = 128; ///< of a register that `byteDot` works on
};

class StepBuilder {
public:
  /// Finds or makes the global that holds a constant tensor, flat.
  using GlobalProvider =
      std::function<mlir::FailureOr<mlir::MemRefType>(mlir::Value, std::string &name)>;

  StepBuilder(mlir::ModuleOp module, const llvm::SetVector<mlir::Value> &stored,
              GlobalProvider globals, const MachineVectors &machine)
      : module(module), stored(stored), globals(std::move(globals)), maxLanes(machine.lanes),
        laneShifts(machine.laneShifts), byteDot(machine.byteDot), vectorBits(machine.bits) {}

  /// Builds `@name(inputs..., output)`, which stores `value`'s elements. `inputs`
  /// are the bases it reads, in the order of the function's arguments.
  mlir::FailureOr<mlir::func::FuncOp> build(mlir::StringRef name, mlir::Value value);

  mlir::ArrayRef<mlir::Value> getInputs() const { return inputs; }

private:
  using Indices = llvm::SmallVector<mlir::AffineExpr>;

  // Loop nests.
  mlir::LogicalResult forEachElement(mlir::ArrayRef<int64_t> shape,
                                     llvm::function_ref<mlir::LogicalResult(const Indices &)> body);
  mlir::LogicalResult buildBody(mlir::Value value);
  mlir::LogicalResult storePadded(mlir::tensor::PadOp pad);
  mlir::LogicalResult storePieces(mlir::tensor::InsertSliceOp last);
  void store(mlir::Value element, mlir::AffineExpr position);

  // Elements.
  using Element = mlir::FailureOr<mlir::Value>;
  Element elementOf(mlir::Value tensor, const Indices &indices);
  Element computeElement(mlir::Value tensor, const Indices &indices);
  Element elementOfGeneric(mlir::linalg::GenericOp generic, const Indices &indices);
  /// The element of a generic with `tally.byte_dot`.
  Element sumBytes(mlir::linalg::GenericOp generic, const Indices &indices);
  /// All elements of a generic with `tally.unpack`, through byte shuffles.
  mlir::LogicalResult storeUnpacked(mlir::linalg::GenericOp generic);
  /// Elements that the body's arguments stand for; the accumulator for that of the result.
  mlir::LogicalResult mapArguments(mlir::linalg::GenericOp generic, const Indices &dims,
                                   mlir::Value accumulator, mlir::IRMapping &mapping);
  /// Where `reader` reads `input` from buckets: fills the row of them that it reads at `dims`.
  mlir::LogicalResult fillBuckets(mlir::linalg::GenericOp reader, mlir::Value input,
                                  const Indices &dims);
  Element evaluateBody(mlir::linalg::GenericOp generic, const Indices &dims,
                       mlir::Value accumulator);
  Element evaluateBodyOp(mlir::Operation &op, const Indices &dims, mlir::IRMapping &mapping);
  /// The indices into what `collapse` shows under another shape.
  Indices expandIndices(mlir::tensor::CollapseShapeOp collapse, const Indices &indices);
  Element load(mlir::Value buffer, mlir::AffineExpr position);
  Element cannotVectorize();

  // Indices.
  mlir::AffineExpr addDim(mlir::Value value);
  mlir::Value materialize(mlir::AffineExpr expr);
  /// How far apart neighbouring lanes are; null where that is not constant.
  std::optional<int64_t> laneStride(mlir::AffineExpr expr);
  bool dependsOnLane(mlir::ArrayRef<mlir::AffineExpr> exprs);
  mlir::Value toVector(mlir::Value value);
  mlir::Value constantIndex(int64_t value);
  mlir::Value bufferOf(mlir::Value base);
  /// The buffer of a stored value, an argument or a constant.
  Element bufferFor(mlir::Value tensor);
  /// Where the element at `indices` of `tensor` lies in its buffer.
  mlir::AffineExpr getPosition(mlir::ArrayRef<mlir::AffineExpr> indices, mlir::Value tensor);

  mlir::ModuleOp module;
  const llvm::SetVector<mlir::Value> &stored;
  GlobalProvider globals;
  int64_t maxLanes;
  bool laneShifts;
  ByteDot byteDot;
  int64_t vectorBits;

  mlir::OpBuilder builder{module.getContext()};
  mlir::Location loc = module.getLoc();
  mlir::func::FuncOp step;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  mlir::Value output;
  /// One row of buckets for each tensor of them that is being read.
  llvm::DenseMap<mlir::Value, mlir::Value> buckets;
  /// What the dimensions of the affine expressions stand for.
  llvm::SmallVector<mlir::Value> dims;
  /// Elements computed at once, and the dimension they neighbour along.
  int64_t lanes = 1;
  unsigned laneDim = 0;
  /// Set where the vector form failed and the scalar one has to be built.
  bool scalarOnly = false;
};

} // namespace tally

#endif // TALLY_LIB_LOWER_STEPS_STEPBUILDER_H
