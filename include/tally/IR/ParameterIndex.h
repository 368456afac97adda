//===- ParameterIndex.h - parameters by name, in tables ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR finds a symbol, and what names one, by a walk over the module. Whoever asks for the
// parameters of every layer would walk as often as there are layers.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_PARAMETERINDEX_H
#define TALLY_IR_PARAMETERINDEX_H

#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <optional>
#include <string>

namespace tally {

/// While one lives, what the functions of Parameters.h ask of `module` on this thread comes from
/// tables, which are filled when first asked for. A pass that works on many parameters makes one
/// where it begins. Until it ends, parameters are added, renamed and loaded only through
/// functions that know of the index; who erases some or their loads says so to `forget`.
class ParameterIndex {
public:
  explicit ParameterIndex(mlir::ModuleOp module);
  ~ParameterIndex();
  ParameterIndex(const ParameterIndex &) = delete;
  ParameterIndex &operator=(const ParameterIndex &) = delete;

  /// Calls `use` with the index of `module` that lives, or else with one for this call.
  template <typename Use> static auto with(mlir::ModuleOp module, Use use) {
    if (ParameterIndex *living = find(module))
      return use(*living);
    ParameterIndex once(module);
    return use(once);
  }
  static ParameterIndex *find(mlir::ModuleOp module);

  mlir::ml_program::GlobalOp lookup(mlir::StringAttr name);
  /// The last parameter in the module, or null.
  mlir::ml_program::GlobalOp getLast();
  /// `name`, or where that is taken the first free one of `name.1`, `name.2`, ...
  std::string makeUnique(llvm::StringRef name);
  /// Whether `load` alone names its parameter.
  bool isOnlyLoad(mlir::ml_program::GlobalLoadConstOp load);

  void addLast(mlir::ml_program::GlobalOp parameter);
  void addLoad(mlir::ml_program::GlobalLoadConstOp load);
  /// Gives the parameter of its only `load` a name that is free.
  void rename(mlir::ml_program::GlobalLoadConstOp load, llvm::StringRef name);
  void forget();

private:
  /// Everything in the module that has a name.
  struct Symbols {
    /// Null for what is no parameter.
    llvm::DenseMap<mlir::StringAttr, mlir::ml_program::GlobalOp> named;
    mlir::ml_program::GlobalOp last;
  };
  static Symbols collect(mlir::ModuleOp module);
  Symbols &getSymbols();
  /// Whether the tables still hold all parameters.
  bool isCurrent();

  mlir::ModuleOp module;
  ParameterIndex *outer;
  std::optional<Symbols> symbols;
  /// How often a symbol is named.
  std::optional<llvm::DenseMap<mlir::StringAttr, unsigned>> uses;
  /// The number that `makeUnique` tries next, where it is not 1.
  llvm::StringMap<unsigned> numbers;
};

} // namespace tally

#endif // TALLY_IR_PARAMETERINDEX_H
