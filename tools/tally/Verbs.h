//===- Verbs.h - what tally can do ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A verb fills in the options of a job of the driver, runs it, and prints what came out.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_TOOLS_TALLY_VERBS_H
#define TALLY_TOOLS_TALLY_VERBS_H

#include "MlirOptions.h"
#include "Options.h"
#include "tally/Support/Output.h"

#include <memory>

namespace tally {

/// Exit statuses of the command-line contract; `ErrorKind` has the others.
constexpr int kOk = 0;

/// Prints `tally: error: ...` where there is a message; returns the exit status.
int fail(const Error &error);

class Verb {
public:
  virtual ~Verb() = default;
  const std::string &getName() const { return name; }
  const std::string &getSummary() const { return summary; }

  void printHelp(std::ostream &os) const;
  /// Reads the words behind the verb's name, does what they say; returns the exit status.
  int run(const std::vector<std::string> &words);

protected:
  Verb(std::string name, std::string operands, std::string summary)
      : name(std::move(name)), operands(std::move(operands)), summary(std::move(summary)) {}

  /// Checks and completes what its options say together.
  virtual Status prepare() { return Done(); }
  /// What it will read and write, once the variables that are bound to `options` are set.
  virtual Files files() const { return {}; }
  /// Does it.
  virtual int run() = 0;

  /// The exit status of a job that has nothing to print.
  int finish(const Status &status) const { return status ? kOk : fail(status.error()); }
  /// Prints an error; says which verb did not understand its options.
  int fail(const Error &error) const;

  Options options;
  MlirOptions mlirOptions;
  bool quiet = false; ///< --quiet

private:
  std::string name, operands, summary;
};

/// All verbs, in the order of a network's life.
std::vector<std::unique_ptr<Verb>> makeVerbs();

std::unique_ptr<Verb> makeImportVerb();
std::unique_ptr<Verb> makeCalibrateVerb();
std::unique_ptr<Verb> makeTrainVerb();
std::unique_ptr<Verb> makeQuantizeVerb();
std::unique_ptr<Verb> makeEvalVerb();
std::unique_ptr<Verb> makeCertifyVerb();
std::unique_ptr<Verb> makeCompileVerb();
std::unique_ptr<Verb> makeEmitCVerb();
std::unique_ptr<Verb> makeEmitVerilogVerb();
std::unique_ptr<Verb> makeBenchVerb();
std::unique_ptr<Verb> makeBisectVerb();
std::unique_ptr<Verb> makeRecipesVerb();
std::unique_ptr<Verb> makeReportVerb();
std::unique_ptr<Verb> makeSearchVerb();
std::unique_ptr<Verb> makeSweepVerb();
std::unique_ptr<Verb> makeVerifyMulFreeVerb();

} // namespace tally

#endif // TALLY_TOOLS_TALLY_VERBS_H
