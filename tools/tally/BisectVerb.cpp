//===- BisectVerb.cpp - the first layer where backends differ -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Bisect.h"
#include "tally/Support/Text.h"

#include <cstdio>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace tally {

namespace {

std::string toText(const Shape &index) {
  std::string text;
  for (int64_t place : index)
    text += (text.empty() ? "[" : ", ") + std::to_string(place);
  return text + "]";
}

struct BisectVerb : Verb {
  BisectVerb()
      : Verb("bisect", "NET.q.mlir --data DATA [--limit N] [--on ref,cpu,c,rtl]",
             "the first layer where backends, or two networks, store other codes; exit status 3 "
             "if there is one") {
    options.addFile(input);
    options.add(
        {"--on", "BACKENDS",
         "what is compared with the scalar reference: cpu, c and rtl, as for eval (default: "
         "all that this machine has the tools for)",
         "ref, cpu, c and rtl, separated by commas"},
        [&](const std::string &text) { return setBackends(text); });
    options.add({"--against", "NET.q.mlir",
                 "a network of the same layers, whose reference is the measure; ref is then a "
                 "backend too, and the default"},
                againstPath);
    addMulFree(options, job.mulFree);
    addThreads(options, job.threads, "worker threads (default: all processors)");
    addJson(options, jsonPath, "images, layers, backends, what was left out, differences");
    addImages(options, job.images, /*required=*/true);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status setBackends(const std::string &text) {
    std::vector<Backend> backends;
    for (const std::string &word : splitByCommas(text)) {
      std::optional<Backend> backend = parse(word);
      if (!backend)
        return Error{"--on requires ref, cpu, c and rtl, separated by commas, but got '" + text +
                     "'"};
      if (std::find(backends.begin(), backends.end(), *backend) != backends.end())
        return Error{"--on has '" + word + "' twice"};
      backends.push_back(*backend);
    }
    job.backends = backends;
    return Done();
  }

  static std::optional<Backend> parse(const std::string &word) {
    for (Backend backend : {Backend::Reference, Backend::Cpu, Backend::C, Backend::Rtl})
      if (word == spell(backend))
        return backend;
    return std::nullopt;
  }

  Files files() const override {
    Files files = {inputFiles(input, job.images), {jsonPath}, ""};
    files.inputs.push_back(againstPath);
    return files;
  }

  int run() override {
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    Result<Network> against = Error();
    if (!againstPath.empty()) {
      against = session.load(againstPath);
      if (!against)
        return fail(against.error());
      job.against = **against;
    }
    Result<Bisection> found = bisect(**module, job);
    if (!found)
      return fail(found.error());
    printNotes(*found);
    if (found->backends.empty())
      return fail({"no backend can run '" + input + "' on this machine"});
    if (!jsonPath.empty()) {
      std::string text = toJson(*found).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
      if (Status written = writeFileAtomically(jsonPath, text); !written)
        return fail(written.error());
    }
    // Files may take stdout.
    std::FILE *out = jsonPath == "-" ? stderr : stdout;
    if (found->differences.empty()) {
      std::fprintf(out, "no layer differs: %s, %s, on %s\n",
                   counted(found->images, "image").c_str(), counted(found->layers, "layer").c_str(),
                   list(*found).c_str());
      return kOk;
    }
    for (const LayerDifference &one : found->differences)
      std::fprintf(
          out,
          "layer '%s' (%s) differs on %s: image %lld, element %s is %s, by %s %s; %s of %s "
          "elements of this image differ\n",
          printable(one.layer).c_str(), one.operation.c_str(), spell(one.backend),
          (long long)one.image, toText(one.index).c_str(), one.got.c_str(), measure().c_str(),
          one.expected.c_str(), grouped(one.differing).c_str(), grouped(one.elements).c_str());
    std::fflush(out);
    return fail({"'" + input + "' differs from " + measure() + " first in layer '" +
                     found->differences.front().layer + "'",
                 ErrorKind::Check});
  }

  /// What codes are compared with.
  std::string measure() const {
    return againstPath.empty() ? "the reference" : "'" + againstPath + "'";
  }

  std::string list(const Bisection &found) const {
    std::string text = againstPath.empty() ? "ref" : "";
    for (Backend backend : found.backends)
      text += (text.empty() ? "" : ", ") + std::string(spell(backend));
    return text + (againstPath.empty() ? "" : " against " + printable(measure()));
  }

  void printNotes(const Bisection &found) const {
    for (const auto &[backend, reason] : found.leftOut)
      std::fprintf(stderr, "tally: note: %s is left out: %s\n", spell(backend),
                   printable(reason).c_str());
    for (const Bisection::Gap &gap : found.gaps)
      std::fprintf(stderr, "tally: note: layer '%s' is not compared on %s: %s\n",
                   printable(gap.layer).c_str(), spell(gap.backend), printable(gap.reason).c_str());
  }

  json toJson(const Bisection &found) const {
    json backends = json::array(), leftOut = json::object(), gaps = json::array(),
         differences = json::array();
    for (Backend backend : found.backends)
      backends.push_back(spell(backend));
    for (const auto &[backend, reason] : found.leftOut)
      leftOut[spell(backend)] = reason;
    for (const Bisection::Gap &gap : found.gaps)
      gaps.push_back(
          {{"backend", spell(gap.backend)}, {"layer", gap.layer}, {"reason", gap.reason}});
    for (const LayerDifference &one : found.differences)
      differences.push_back({{"backend", spell(one.backend)},
                             {"layer", one.layer},
                             {"operation", one.operation},
                             {"image", one.image},
                             {"index", one.index},
                             {"code", one.got},
                             {"expected", one.expected},
                             {"differing", one.differing},
                             {"elements", one.elements}});
    json report = {{"network", input},       {"data", job.images.spec()}, {"images", found.images},
                   {"layers", found.layers}, {"backends", backends},      {"left_out", leftOut},
                   {"not_compared", gaps},   {"differences", differences}};
    if (!againstPath.empty())
      report["against"] = againstPath;
    return report;
  }

  std::string input, againstPath, jsonPath;
  BisectJob job;
};

} // namespace

std::unique_ptr<Verb> makeBisectVerb() { return std::make_unique<BisectVerb>(); }

} // namespace tally
