//===- Rtl.h - the structure of a circuit -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_RTL_RTL_H
#define TALLY_RTL_RTL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "tally/Rtl/RtlDialect.h.inc"

#define GET_OP_CLASSES
#include "tally/Rtl/RtlOps.h.inc"

#endif // TALLY_RTL_RTL_H
