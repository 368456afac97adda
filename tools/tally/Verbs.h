//===- Verbs.h - what tally can do ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TALLY_TOOLS_TALLY_VERBS_H
#define TALLY_TOOLS_TALLY_VERBS_H

#include "Arguments.h"
#include "tally/IR/MulFree.h"
#include "tally/Lower/Linalg/PowerArithmetic.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>

namespace tally {

struct QuantizeOptions;

/// Exit statuses of the command-line contract.
enum ExitStatus : int { kOk = 0, kUserError = 1, kUsage = 2, kCheckFailed = 3 };

struct Verb {
  std::string name, operands, summary;
  std::vector<OptionSpec> options;
  size_t positionals;
  std::function<int(const Arguments &)> run;
};

/// All verbs, in the order of a network's life.
std::vector<Verb> getVerbs();

Verb makeImportVerb();
Verb makeCalibrateVerb();
Verb makeQuantizeVerb();
Verb makeEvalVerb();
Verb makeCompileVerb();
Verb makeEmitCVerb();
Verb makeBenchVerb();
Verb makeRecipesVerb();
Verb makeReportVerb();
Verb makeVerifyMulFreeVerb();

/// A context with everything registered, and diagnostics going to stderr.
class Session {
public:
  Session();
  mlir::MLIRContext &context() { return mlirContext; }

  /// Loads a module from a file or stdin ("-"); null after an error.
  mlir::OwningOpRef<mlir::ModuleOp> load(const std::string &path);

  /// Writes a module to a file (whole or not at all) or stdout ("-").
  int save(mlir::ModuleOp module, const std::string &path);

private:
  mlir::MLIRContext mlirContext;
};

/// Prints `tally: error: ...` and returns `status`.
int fail(const std::string &message, int status = kUserError);

/// Fills in the options that say which images.
Result<bool> readImages(const Arguments &arguments, struct QuantizeOptions &options);

/// The option `--core`, and what it says.
OptionSpec coreOption();
Result<Core> readCore(const Arguments &arguments);

/// Writes into `module` what it was quantized for, where that is a level.
void recordMulFree(mlir::ModuleOp module, MulFree level);

/// What `--mul-free` says, or else the level that `module` was quantized for.
MulFree chooseMulFree(const Arguments &arguments, mlir::ModuleOp module);

/// The option `--mul-free`, as `readMulFree` reads it.
OptionSpec mulFreeOption();

/// The level that `--mul-free` names, `No` without it.
Result<MulFree> readMulFree(const Arguments &arguments);

/// Reports every operation of `module` that multiplies at `level`; `kCheckFailed` if there
/// are any.
int checkMulFree(mlir::ModuleOp module, MulFree level);

/// The options that say which images and how they are normalised.
/// The same for a pipeline's options.
void setNormalisation(mlir::ModuleOp module, QuantizeOptions &options);

/// Where neither is given, the mean and std that the network brought from its file.
void takeNormalisation(mlir::ModuleOp module, std::vector<float> &mean, std::vector<float> &std);

std::vector<OptionSpec> withImageOptions(std::vector<OptionSpec> options);

} // namespace tally

#endif // TALLY_TOOLS_TALLY_VERBS_H
