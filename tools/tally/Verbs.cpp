//===- Verbs.cpp - what tally can do --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"

#include "tally/Support/Progress.h"
#include "tally/Support/Text.h"

#include <iostream>

namespace tally {

std::vector<std::unique_ptr<Verb>> makeVerbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  for (auto make : {makeImportVerb, makeCalibrateVerb, makeTrainVerb, makeQuantizeVerb,
                    makeEvalVerb, makeBisectVerb, makeCertifyVerb, makeCompileVerb, makeEmitCVerb,
                    makeEmitVerilogVerb, makeBenchVerb, makeReportVerb, makeVerifyMulFreeVerb,
                    makeRecipesVerb, makeSweepVerb, makeSearchVerb})
    verbs.push_back(make());
  return verbs;
}

int fail(const Error &error) {
  if (!error.message.empty())
    std::cerr << "tally: error: " << printable(error.message) << "\n";
  return int(error.kind);
}

int Verb::fail(const Error &error) const {
  // Usage, and what a model or machine has against the value of an option.
  bool aboutOptions = error.kind == ErrorKind::Usage || error.message.rfind("--", 0) == 0;
  return tally::fail({(aboutOptions ? name + ": " : "") + error.message, error.kind});
}

void Verb::printHelp(std::ostream &os) const {
  os << "usage: tally " << name << " " << operands << "\n\n" << summary << "\n";
  options.printHelp(os);
}

int Verb::run(const std::vector<std::string> &words) {
  if (Status parsed = options.parse(words); !parsed) {
    fail({parsed.error().message, ErrorKind::Usage});
    std::cerr << "tally: note: 'tally " << name << " --help' tells its options\n";
    return int(ErrorKind::Usage);
  }
  if (Status read = options.read(); !read)
    return fail({read.error().message, ErrorKind::Usage});
  if (Status prepared = prepare(); !prepared)
    return fail({prepared.error().message, ErrorKind::Usage});
  if (Status checked = checkFiles(files()); !checked)
    return fail(checked.error());
  if (Status applied = mlirOptions.apply(); !applied)
    return fail({applied.error().message, ErrorKind::Usage});
  showProgress(quiet ? ProgressMode::Quiet : ProgressMode::Always);
  int status = run();
  // A verb that fails may not have come that far.
  bool done = status == kOk || status == int(ErrorKind::Check);
  if (Status seen = mlirOptions.checkSeen(); !seen && done)
    std::cerr << "tally: warning: " << name << ": nothing is printed for --print-ir-after, since "
              << seen.error().message << "\n";
  return status;
}

} // namespace tally
