//===- Inspect.h - looking inside -------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `tally` and `qopt` share about passes by name, misspelt words, debug output, input and
// versions. What is about passes wants `registerPasses` to be called before.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_DRIVER_INSPECT_H
#define TALLY_DRIVER_INSPECT_H

#include "tally/Support/File.h"
#include "tally/Support/Spelling.h"

#include "mlir/Support/LLVM.h"
#include <string>

namespace tally {

/// Fails, naming similar ones, for what is not the flag of a pass.
Status checkPass(llvm::StringRef flag);

/// Fails, naming those that ran, where the pass did not run in this process.
Status checkPassRan(llvm::StringRef flag);

/// From now on this process prints to stderr what `LLVM_DEBUG` statements say for these types,
/// separated by commas. The types are the flags of Tally's passes, `FLAG:1` for a line a layer
/// only; others are an error, since upstream's passes are built without such statements.
Status setDebugTypes(llvm::StringRef types);

/// Fails for text of a module on which MLIR's parser would crash: what nests deeper than the
/// parser, which is recursive, has stack for; arrays and quantized types of elements without a
/// width; iterator types that are no strings; resources with an alignment that no memory has.
Status checkReadable(llvm::StringRef text);

/// Tally's version and LLVM's, a line each.
void printVersion(llvm::raw_ostream &os);

} // namespace tally

#endif // TALLY_DRIVER_INSPECT_H
