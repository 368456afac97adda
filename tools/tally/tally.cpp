//===- tally.cpp - the engineer's front door ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Support/Progress.h"

#include <cstdio>
#include <iostream>
#include <new>
#include <stdexcept>

using namespace tally;

std::vector<Verb> tally::getVerbs() {
  return {makeImportVerb(),        makeCalibrateVerb(), makeQuantizeVerb(), makeEvalVerb(),
          makeCompileVerb(),       makeEmitCVerb(),     makeBenchVerb(),    makeReportVerb(),
          makeVerifyMulFreeVerb(), makeRecipesVerb()};
}

static void printOverview(std::ostream &os) {
  os << "usage: tally VERB ...        tally VERB --help tells the verb's options\n\n";
  for (const Verb &verb : getVerbs())
    os << "  " << verb.name << std::string(17 - std::min<size_t>(16, verb.name.size()), ' ')
       << verb.summary << "\n";
  os << "\nexit status: 0 ok, 1 user or model error, 2 usage, 3 a check failed\n";
}

static void printHelp(const Verb &verb, std::ostream &os) {
  os << "usage: tally " << verb.name << " " << verb.operands << "\n\n" << verb.summary << "\n";
  if (!verb.options.empty())
    os << "\n";
  for (const OptionSpec &option : verb.options) {
    std::string left = option.name + (option.valueName.empty() ? "" : " " + option.valueName);
    os << "  " << left << std::string(left.size() < 22 ? 24 - left.size() : 2, ' ') << option.help
       << "\n";
  }
}

int main(int argc, char **argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    printOverview(std::cerr);
    return kUsage;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    printOverview(std::cout);
    return kOk;
  }
  for (const Verb &verb : getVerbs()) {
    if (verb.name != words[0])
      continue;
    words.erase(words.begin());
    for (const std::string &word : words)
      if (word == "--help" || word == "-h") {
        printHelp(verb, std::cout);
        return kOk;
      }
    Result<Arguments> arguments = Arguments::parse(words, verb.options, verb.positionals);
    if (!arguments) {
      fail(verb.name + ": " + arguments.error().message, kUsage);
      printHelp(verb, std::cerr);
      return kUsage;
    }
    installInterruptHandler();
    int status = kUserError;
    try {
      status = verb.run(*arguments);
    } catch (const std::bad_alloc &) {
      return fail(verb.name + ": this network needs more memory than there is");
    } catch (const std::length_error &) {
      return fail(verb.name + ": this network needs more memory than there is");
    }
    std::cout.flush();
    if (status == kOk && (std::fflush(stdout) != 0 || !std::cout))
      return fail("standard output cannot be written");
    return status;
  }
  fail("unknown verb '" + words[0] + "'", kUsage);
  printOverview(std::cerr);
  return kUsage;
}
