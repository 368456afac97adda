//===- ModuleState.h - what a module says about itself ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_LIB_DRIVER_MODULESTATE_H
#define TALLY_LIB_DRIVER_MODULESTATE_H

#include "tally/IR/Tally.h"
#include "tally/Support/File.h"

#include "mlir/IR/BuiltinOps.h"

namespace tally {

/// `Imported` where the module does not say.
inline Stage stageOf(mlir::ModuleOp module) {
  auto attr = module->getAttrOfType<StageAttr>(TallyDialect::kStageAttr);
  return attr ? attr.getValue() : Stage::Imported;
}

inline bool isQuantized(mlir::ModuleOp module) { return stageOf(module) >= Stage::Quantized; }

/// Brings a module without a stage, of another tool, into the form of an import.
Status adopt(mlir::ModuleOp module);

/// Fails for a network that `QuantizeJob::until` left among the passes that still need its
/// float version beside it.
Status expectWhole(mlir::ModuleOp module);

/// Fails for a network whose quantizers are still learned: a checkpoint of training.
Status expectFrozen(mlir::ModuleOp module);

/// Fails for what is not a network as training leaves it: a checkpoint, or what `quantize` made.
Status expectInheritable(mlir::ModuleOp module);

/// Fails for a float network that has not seen images.
Status expectCalibrated(mlir::ModuleOp module);

/// As `expectWhole`, and for a network that is quantized but computes in no integers yet: there
/// is no code for it.
Status expectLowerable(mlir::ModuleOp module);

/// The same, and fails where a shape is known only at run time: of what has neither memory to ask
/// for nor loops of other lengths, such as circuits.
Status expectStatic(mlir::ModuleOp module);

/// The file that the module was read from, in quotes.
inline std::string nameOf(mlir::ModuleOp module) {
  auto file = module.getLoc()->findInstanceOf<mlir::FileLineColLoc>();
  return file ? "'" + file.getFilename().str() + "'" : "the network";
}

} // namespace tally

#endif // TALLY_LIB_DRIVER_MODULESTATE_H
