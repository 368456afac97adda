//===- Tally.h - the tally dialect ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declares the dialect, its attributes, types and operations (generated from
// TallyDialect.td, TallyAttrs.td, TallyTypes.td and TallyOps.td).
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_IR_TALLY_H
#define TALLY_IR_TALLY_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "tally/IR/Enums.h"
#include "tally/IR/PowerOfTwo.h"
#include "tally/IR/TallyInterfaces.h"
#include "tally/IR/Window.h"

#include "tally/IR/TallyDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "tally/IR/TallyAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "tally/IR/TallyTypes.h.inc"

#define GET_OP_CLASSES
#include "tally/IR/TallyOps.h.inc"

#endif // TALLY_IR_TALLY_H
