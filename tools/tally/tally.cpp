//===- tally.cpp - the engineer's front door ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Verbs.h"
#include "tally/Driver/Inspect.h"
#include "tally/Support/Interrupt.h"

#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>
#include <stdexcept>

using namespace tally;

static void printOverview(std::ostream &os) {
  os << "usage: tally VERB ...        tally VERB --help tells the verb's options\n"
        "       tally --version\n\n";
  for (const std::unique_ptr<Verb> &verb : makeVerbs())
    os << "  " << verb->getName()
       << std::string(17 - std::min<size_t>(16, verb->getName().size()), ' ') << verb->getSummary()
       << "\n";
  os << "\nexit status: 0 ok, 1 user or model error, 2 usage, 3 a check failed,\n"
        "130 and 143 ended by SIGINT and SIGTERM\n";
}

/// Runs a verb; nothing that it prints may get lost unnoticed.
static int run(Verb &verb, const std::vector<std::string> &words) {
  installInterruptHandler();
  // Too large a file is an error of its own, with a message.
  std::signal(SIGXFSZ, SIG_IGN);
  int status = kOk;
  try {
    status = verb.run(words);
  } catch (const std::bad_alloc &) {
    return fail({verb.getName() + ": this network needs more memory than there is"});
  } catch (const std::length_error &) {
    return fail({verb.getName() + ": this network needs more memory than there is"});
  }
  std::cout.flush();
  if (status == kOk && (std::fflush(stdout) != 0 || !std::cout))
    return fail({"standard output cannot be written"});
  return status;
}

static std::unique_ptr<Verb> findVerb(const std::string &name) {
  for (std::unique_ptr<Verb> &verb : makeVerbs())
    if (verb->getName() == name)
      return std::move(verb);
  return nullptr;
}

/// What stands in place of a verb, or the name of one that there is not.
static int runWithoutVerb(const std::vector<std::string> &words) {
  bool wantsHelp = words[0] == "--help" || words[0] == "-h" || words[0] == "help";
  if (wantsHelp || words[0] == "--version") {
    std::unique_ptr<Verb> verb = wantsHelp && words.size() == 2 ? findVerb(words[1]) : nullptr;
    if (words.size() > 1 && !verb)
      return fail({"'" + words[0] + "' takes no '" + words[1] + "'", ErrorKind::Usage});
    if (verb)
      verb->printHelp(std::cout);
    else if (wantsHelp)
      printOverview(std::cout);
    else
      printVersion(llvm::outs());
    return kOk;
  }
  std::vector<std::string> names;
  for (const std::unique_ptr<Verb> &verb : makeVerbs())
    names.push_back(verb->getName());
  int status =
      fail({"unknown verb '" + words[0] + "'" + didYouMean(words[0], names), ErrorKind::Usage});
  std::cerr << "tally: note: 'tally --help' tells the verbs\n";
  return status;
}

int main(int argc, char **argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    printOverview(std::cerr);
    return int(ErrorKind::Usage);
  }
  std::unique_ptr<Verb> verb = findVerb(words[0]);
  if (!verb)
    return runWithoutVerb(words);
  words.erase(words.begin());
  for (const std::string &word : words)
    if (word == "--help" || word == "-h") {
      verb->printHelp(std::cout);
      return kOk;
    }
  return run(*verb, words);
}
