//===- CertifyVerb.cpp - classes that no small change changes -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Robustness.h"
#include "tally/Support/Text.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tally {

namespace {

struct CertifyVerb : Verb {
  CertifyVerb()
      : Verb("certify", "NET.q.mlir --data DATA --eps E[,E] [--limit N]",
             "the share of images whose class no change of any pixel by at most E changes, proven "
             "for the integer network") {
    options.addFile(input);
    options.addRequired({"--eps", "E[,E]",
                         "how far any pixel may change, of pixels between 0 and 1 before they are "
                         "normalised: 1/255, 0.01, or several"},
                        eps);
    addThreads(options, job.threads, "worker threads (default: all processors)");
    addJson(options, json,
            "certified images and shares by eps; - for stdout, the table then goes "
            "to stderr");
    addImages(options, job.images, /*required=*/true);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status prepare() override {
    Result<std::vector<Radius>> radii = parseRadii(eps);
    if (!radii)
      return Error{"--eps " + radii.error().message, radii.error().kind};
    job.radii = *radii;
    return Done();
  }

  Files files() const override {
    Files files = {inputFiles(input, job.images), {json}, ""};
    if (table() == stdout)
      files.outputs.push_back("-");
    return files;
  }

  /// Where people read; a file may take stdout.
  std::FILE *table() const { return json == "-" ? stderr : stdout; }

  static double share(int64_t count, int64_t images) { return double(count) / double(images); }

  void print(const Robustness &result) const {
    std::fprintf(table(), "%-12s %20s%s\n", "eps", "certified",
                 result.correct ? " certified and correct" : "");
    auto cell = [&](int64_t count) {
      std::fprintf(table(), " %11lld %6.2f %%", (long long)count,
                   100 * share(count, result.images));
    };
    for (size_t i = 0; i < result.radii.size(); ++i) {
      std::fprintf(table(), "%-12s", job.radii[i].text.c_str());
      cell(int64_t(result.radii[i].images.size()));
      if (result.correct) {
        std::fprintf(table(), " ");
        cell(result.radii[i].correct);
      }
      std::fprintf(table(), "\n");
    }
    if (result.correct)
      std::fprintf(table(), "top-1 %.2f %%  ", 100 * share(*result.correct, result.images));
    std::fprintf(table(), "%s  %.1f s  %.3f ms/image\n", counted(result.images, "image").c_str(),
                 result.seconds, 1000 * result.seconds / double(result.images));
  }

  nlohmann::json toJson(const Robustness &result) const {
    nlohmann::json rows = nlohmann::json::array();
    for (size_t i = 0; i < result.radii.size(); ++i) {
      const CertifiedImages &radius = result.radii[i];
      rows.push_back({{"eps", job.radii[i].text},
                      {"radius", radius.radius},
                      {"certified", radius.images.size()},
                      {"certified_share", share(int64_t(radius.images.size()), result.images)},
                      {"certified_images", radius.images}});
      if (result.correct) {
        rows.back()["certified_correct"] = radius.correct;
        rows.back()["certified_accuracy"] = share(radius.correct, result.images);
      }
    }
    nlohmann::json report = {{"network", input},
                             {"data", job.images.spec()},
                             {"images", result.images},
                             {"seconds", result.seconds},
                             {"joins_last_layer", result.joinsLastLayer},
                             {"radii", rows}};
    if (result.correct) {
      report["correct"] = *result.correct;
      report["top1"] = share(*result.correct, result.images);
    }
    return report;
  }

  int run() override {
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    Result<RobustnessResult> result = certifyRobustness(**module, job);
    if (!result)
      return fail(result.error());
    print(result->robustness);
    if (json.empty())
      return kOk;
    // Names may hold any bytes.
    std::string text =
        toJson(result->robustness).dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    return finish(writeFileAtomically(json, text + "\n"));
  }

  std::string input, eps, json;
  RobustnessJob job;
};

} // namespace

std::unique_ptr<Verb> makeCertifyVerb() { return std::make_unique<CertifyVerb>(); }

} // namespace tally
