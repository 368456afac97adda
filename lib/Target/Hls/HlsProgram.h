//===- HlsProgram.h - functions, tables and channels ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSPROGRAM_H
#define TALLY_LIB_TARGET_HLS_HLSPROGRAM_H

#include "HlsNest.h"

#include "tally/IR/MulFree.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"
#include <optional>

namespace tally::hls {

/// What a function takes: a value, and how.
struct Use {
  mlir::Value value;
  bool inOrder = false; ///< each element once, row by row
  int partition = 0;    ///< the dimension along which it takes all at once, from 1
};

/// A function and what it is called on. All write each element once, row by row.
struct Call {
  Function function; ///< its parameters: `uses`, then the result
  std::vector<Use> uses;
  mlir::Value result;
  int partition = 0; ///< of the result
};

/// A network on its way to C.
struct Program {
  std::string prefix;
  MulFree level = MulFree::No;
  std::string tables; ///< constant arrays
  std::vector<Call> calls;
  std::vector<Function> copies;                  ///< for values that several take
  llvm::DenseMap<mlir::Value, CodeRange> ranges; ///< of what the network computes
  /// What is another value under another shape, with the same elements in each dimension but
  /// those of size 1.
  llvm::DenseMap<mlir::Value, mlir::Value> aliases;
  llvm::DenseMap<mlir::Operation *, std::string> names; ///< of values
  llvm::StringSet<> taken;

  bool dataByShifts() const { return level == MulFree::Compute || level == MulFree::Strict; }
  bool indicesByShifts() const { return level == MulFree::Strict; }
  /// `base` as an identifier that nothing else has.
  std::string unique(llvm::StringRef base);
  mlir::Value resolve(mlir::Value value) const;
  std::string nameOf(mlir::Value value) const;
  CodeRange rangeOf(mlir::Value value) const;
  /// In the type of `range`, or of the values.
  Array addTable(llvm::StringRef name, std::vector<int64_t> shape, llvm::ArrayRef<int64_t> values,
                 std::optional<CodeRange> range = std::nullopt);
};

/// The function of one operation, as it is made.
class LayerBuilder {
public:
  LayerBuilder(Program &program, mlir::Operation *op);

  mlir::Operation *op;
  Nest &nest() { return call.function.nest; }

  /// A parameter, or a table for a constant; nothing, with an error, for constants that cannot be
  /// read.
  std::optional<Array> read(mlir::Value value, bool inOrder, int partition = 0);
  /// The result's array.
  Array write(CodeRange range);
  void partitionResult(int dimension) { call.partition = dimension; }
  /// A constant array, named after the layer.
  Array table(llvm::StringRef what, std::vector<int64_t> shape, llvm::ArrayRef<int64_t> values,
              std::optional<CodeRange> range = std::nullopt);
  void local(const std::string &line) { call.function.locals.push_back(line); }
  mlir::LogicalResult finish();
  mlir::LogicalResult refuse(const llvm::Twine &reason);
  mlir::LogicalResult refuseWidth() { return refuse("needs more than 62 bits for a number"); }
  bool dataByShifts() const { return program.dataByShifts(); }

private:
  Program &program;
  Call call;
};

std::vector<int64_t> shapeOf(mlir::Value value);
/// Zero point of a value of uniform type, 0 of others.
int64_t zeroPointOf(mlir::Value value);
/// Integers of a constant; none for other values.
std::vector<int64_t> constantsOf(mlir::Value value);

/// What makes a function of an operation. Each fails, with an error that names the layer, where
/// there is none; nothing for operations of another family.
std::optional<mlir::LogicalResult> convertSums(Program &program, mlir::Operation *op);
std::optional<mlir::LogicalResult> convertPool(Program &program, mlir::Operation *op);
std::optional<mlir::LogicalResult> convertElementwise(Program &program, mlir::Operation *op);
std::optional<mlir::LogicalResult> convertMovement(Program &program, mlir::Operation *op);

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSPROGRAM_H
