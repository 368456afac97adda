//===- MlirOptions.cpp - looking inside a verb ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MlirOptions.h"

#include "tally/Driver/Inspect.h"
#include "tally/Driver/Registration.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace tally {

void MlirOptions::addTo(Options &options) {
  options.addAll({"--mlir-*", "",
                  "MLIR's own options, such as --mlir-timing, --mlir-print-ir-after-all, "
                  "--mlir-elide-elementsattrs-if-larger=N"},
                 words);
}

void MlirOptions::addPassesTo(Options &options) {
  options.add({"--print-ir-after", "PASS", "print the module after this pass to stderr"},
              printAfter);
  options.add({"--debug-only", "PASS[,PASS]", "print what these passes say while they work"},
              debugTypes);
  addTo(options);
}

Status MlirOptions::apply() {
  if (printAfter.empty() && debugTypes.empty() && words.empty())
    return Done();
  registerPasses();
  if (!debugTypes.empty())
    if (Status set = setDebugTypes(debugTypes); !set)
      return set;
  if (!printAfter.empty()) {
    if (Status known = checkPass(printAfter); !known)
      return known;
    words.push_back("--mlir-print-ir-after=" + printAfter);
    words.push_back("--mlir-print-ir-module-scope");
  }
  return words.empty() ? Status(Done()) : parse();
}

Status MlirOptions::checkSeen() const {
  return printAfter.empty() ? Status(Done()) : checkPassRan(printAfter);
}

Status MlirOptions::parse() {
  mlir::registerMLIRContextCLOptions();
  mlir::registerAsmPrinterCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  // MLIR prints whole modules only where no other thread can be changing them.
  auto prints = [](llvm::StringRef word) { return word.starts_with("--mlir-print-ir-"); };
  if (llvm::any_of(words, prints))
    words.push_back("--mlir-disable-threading");
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  std::vector<const char *> pointers = {"tally"};
  for (const std::string &word : words) {
    if (!llvm::cl::getRegisteredOptions().count(
            llvm::StringRef(word).drop_front(2).split('=').first))
      return Error{"unknown option '" + word + "'"};
    pointers.push_back(word.c_str());
  }
  std::string text;
  llvm::raw_string_ostream errors(text);
  if (llvm::cl::ParseCommandLineOptions(pointers.size(), pointers.data(), "", &errors))
    return Done();
  llvm::StringRef message = llvm::StringRef(text).trim();
  message.consume_front("tally: ");
  // The library tells some mistakes itself.
  return Error{message.empty() ? "an option of MLIR has a value that it cannot have"
                               : message.str()};
}

} // namespace tally
