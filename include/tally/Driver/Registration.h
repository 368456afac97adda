//===- Registration.h - everything a driver needs to know -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_DRIVER_REGISTRATION_H
#define TALLY_DRIVER_REGISTRATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace tally {

/// Adds the tally dialect and what Tally attaches to other dialects.
void registerTallyDialect(mlir::DialectRegistry &registry);

/// Registers Tally's passes and pipelines by their flags.
void registerTallyPasses();

/// The tally dialect and every upstream dialect and extension that the flow passes through.
void registerDialects(mlir::DialectRegistry &registry);

/// Tally's passes and pipelines, and upstream's.
void registerPasses();

} // namespace tally

#endif // TALLY_DRIVER_REGISTRATION_H
