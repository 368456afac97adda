//===- Converter.h - operations become stages and expressions ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_RTL_CONVERTER_H
#define TALLY_LIB_RTL_CONVERTER_H

#include "Rtl/CircuitBuilder.h"
#include "tally/Data/Tensor.h"
#include "tally/IR/LayerNames.h"
#include "tally/IR/Parameters.h"

namespace tally {

/// Turns the operations of one function, in their order, into a circuit.
class Converter {
public:
  Converter(CircuitBuilder &circuit, mlir::OpBuilder &b, mlir::func::FuncOp function)
      : circuit(circuit), b(b), names(nameValues(function)), origins(nameLayers(function)) {}

  void setInput(mlir::Value argument, Place place);
  mlir::LogicalResult convert(mlir::Operation &op);
  bool isConstant(mlir::Value value) const { return constants.contains(value); }
  /// `value`, which is no constant, in a memory.
  Place stored(mlir::Value value);

private:
  mlir::LogicalResult evaluate(mlir::Operation &op);
  mlir::LogicalResult settle(mlir::Value value, Place place);
  std::vector<int64_t> numbersOf(mlir::Value value);

  std::pair<Place, Place> meet(mlir::Operation &op);
  std::pair<Place, Place> meetMoved(mlir::Operation &op);
  Place handOn(mlir::Operation &op, mlir::Value value);
  mlir::LogicalResult convertRequantize(RequantizeOp op);
  mlir::LogicalResult convertPair(mlir::Operation &op);
  mlir::LogicalResult convertFunction(mlir::Operation &op);
  mlir::LogicalResult convertMove(mlir::Operation &op);
  mlir::LogicalResult convertTake(mlir::Operation &op, int64_t axis,
                                  llvm::ArrayRef<int64_t> indices);
  mlir::LogicalResult convertConcat(mlir::tosa::ConcatOp op);
  mlir::LogicalResult convertPool(mlir::Operation &op);
  mlir::LogicalResult convertLayer(mlir::Operation &op);

  CircuitBuilder &circuit;
  mlir::OpBuilder &b;
  llvm::DenseMap<mlir::Operation *, std::string> names;
  llvm::DenseMap<mlir::Operation *, Origin> origins;
  llvm::DenseMap<mlir::Value, Place> places;
  llvm::DenseMap<mlir::Value, Tensor> constants; ///< of constants, and what is computed from them
};

} // namespace tally

#endif // TALLY_LIB_RTL_CONVERTER_H
