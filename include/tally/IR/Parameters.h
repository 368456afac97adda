//===- Parameters.h - named weights and constants ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every parameter is an `ml_program.global` that keeps its name from the source
// file. Large ones are dense resources, small ones stay inline and readable.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_PARAMETERS_H
#define TALLY_IR_PARAMETERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <string>
#include <vector>

namespace tally {

/// An elements attribute over `data`: a dense resource named after `name` from 32
/// elements on, dense otherwise. `type`'s element type must be f32 or an integer
/// as wide as `T`.
template <typename T>
mlir::ElementsAttr makeElements(mlir::RankedTensorType type, mlir::ArrayRef<T> data,
                                llvm::StringRef name);

/// Adds a parameter to `module`. Where `name` is taken, a numbered name is used.
/// `type` may be quantized: `value` then has the storage type (signed or
/// unsigned as the quantized type says).
mlir::ml_program::GlobalOp addParameter(mlir::ModuleOp module, llvm::StringRef name,
                                        mlir::Type type, mlir::ElementsAttr value);

/// Reads `parameter` where it is used.
mlir::Value loadParameter(mlir::OpBuilder &builder, mlir::Location location,
                          mlir::ml_program::GlobalOp parameter);

/// The parameter that `value` is loaded from, or null.
mlir::ml_program::GlobalOp getParameter(mlir::Value value);

/// The elements of a constant: a loaded parameter or a `tosa.const`. Null where
/// `value` is neither.
mlir::ElementsAttr getConstantElements(mlir::Value value);

/// `elements` as floats. Empty where they are not f32.
std::vector<float> getFloats(mlir::ElementsAttr elements);

/// The one float that the constant `value` holds everywhere; nothing for other values.
std::optional<float> getNumber(mlir::Value value);

/// `elements` widened to 64 bits; unsigned types are zero-extended. Empty where they
/// are not integers of 8, 16, 32 or 64 bits.
std::vector<int64_t> getIntegers(mlir::ElementsAttr elements);

/// The codes of a packed constant of `!tally.pot` type, one a byte. Null, with the reason as an
/// error at `loc` where one is given, for bytes that are too few or hold what is no code.
std::optional<std::vector<uint8_t>> unpackCodes(mlir::ElementsAttr packed,
                                                mlir::RankedTensorType type,
                                                std::optional<mlir::Location> loc = std::nullopt);

/// A packed constant for a tensor of `!tally.pot` type, from one code a byte.
mlir::ElementsAttr packCodes(mlir::RankedTensorType type, const std::vector<uint8_t> &codes,
                             llvm::StringRef name);

/// The name users know a layer by: its `tally.name`, else the symbol of its
/// filter, else the operation's name.
llvm::StringRef getLayerName(mlir::Operation *layer);

/// A name of its own for every computed value of `function`: the layer's for the last
/// operation that carries it, the layer's with the operation's for those before, and the
/// operation's alone where there is no layer; numbered where that is not enough.
llvm::DenseMap<mlir::Operation *, std::string> nameValues(mlir::func::FuncOp function);

} // namespace tally

#endif // TALLY_IR_PARAMETERS_H
