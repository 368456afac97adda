//===- EvalVerb.cpp - accuracy on a data set ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Evaluate.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Text.h"

#include "llvm/Support/Path.h"
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace tally {

namespace {

double milliseconds(const Evaluation &result) {
  return 1000 * result.seconds / double(std::max<int64_t>(1, result.images));
}

/// `4x8`, the bits of inputs and weights.
std::string bitsOf(const LayerComparison &layer) {
  if (!layer.weightBits)
    return "";
  return std::to_string(layer.inputBits) + "x" + std::to_string(layer.weightBits);
}

/// Where the integer network departs from the float one, as a table and as JSON.
nlohmann::json printLayers(const std::vector<LayerComparison> &layers, std::FILE *table) {
  nlohmann::json rows = nlohmann::json::array();
  std::fprintf(table, "%-32s %5s %8s %8s %8s %10s %12s  %s\n", "layer", "bits", "SQNR dB", "own",
               "alone", "cosine", "max |diff|", "at");
  for (const LayerComparison &layer : layers) {
    const Comparison &c = layer.comparison;
    if (!layer.leftOut.empty()) {
      std::fprintf(table, "%-32s not compared: %s\n", printable(layer.name).c_str(),
                   printable(layer.leftOut).c_str());
      rows.push_back({{"name", layer.name}, {"left_out", layer.leftOut}});
      continue;
    }
    std::fprintf(table, "%-32s %5s %8.2f %8.2f %8.2f %10.6f %12.6f  %s\n",
                 printable(layer.name).c_str(), bitsOf(layer).c_str(), c.sqnr(), layer.own.sqnr(),
                 layer.alone.sqnr(), c.cosine(), c.maxAbsDifference(),
                 printable(layer.value).c_str());
    rows.push_back({{"name", layer.name},
                    {"value", layer.value},
                    {"sqnr_db", c.sqnr()},
                    {"own_sqnr_db", layer.own.sqnr()},
                    {"alone_sqnr_db", layer.alone.sqnr()},
                    {"cosine", c.cosine()},
                    {"max_abs_difference", c.maxAbsDifference()}});
    if (layer.weightBits) {
      rows.back()["layer"] = layer.layer; // what recipes call it
      rows.back()["input_bits"] = layer.inputBits;
      rows.back()["weight_bits"] = layer.weightBits;
    }
  }
  size_t left = llvm::count_if(layers, [](const auto &layer) { return !layer.leftOut.empty(); });
  std::fprintf(table, "%zu of %s %s compared\n", layers.size() - left,
               counted(layers.size(), "layer").c_str(), layers.size() == 1 ? "is" : "are");
  return rows;
}

/// Which layer to make wider first, as a line and as JSON.
nlohmann::json printWidening(const std::vector<LayerComparison> &layers, std::FILE *table) {
  std::optional<Widening> widening = adviseWidening(layers);
  if (!widening)
    return nullptr;
  const LayerComparison &layer = *widening->layer;
  std::fprintf(table,
               "widen '%s' first: of all layers that can be wider, it alone brings the result to "
               "the lowest SQNR, %.2f dB; add to the recipe's layers: %s\n",
               printable(layer.name).c_str(), layer.alone.sqnr(),
               printable(widening->rule).c_str());
  return {{"layer", layer.name}, {"rule", nlohmann::json::parse(widening->rule)}};
}

struct EvalVerb : Verb {
  EvalVerb()
      : Verb("eval", "NET.mlir --data DATA [--limit N] [--on ref|cpu|c|rtl]",
             "accuracy of a float or integer network on a data set, or its error") {
    options.addFile(input);
    options.add(
        {"--on", "BACKEND",
         "ref: scalar reference; cpu: compiled (default); c: emitted C, by $CC or cc; rtl: emitted "
         "Verilog, by verilator",
         "ref, cpu, c or rtl"},
        [&](const std::string &text) { return setBackend(text); });
    addMulFree(options, job.mulFree);
    addCTarget(options, job.target);
    addCore(options, job.core);
    addThreads(options, job.threads, "worker threads (default: all processors)");
    options.add({"--per-layer", "NET.mlir",
                 "what each layer adds to the error, beside this float network, on 100 images"},
                floatPath);
    options.add({"--against", "NET.mlir",
                 "compare results with those of this network, usually the float one"},
                againstPath);
    addJson(options, json, "top1, top5, images, seconds, errors of results, ...");
    options.add({"--outputs", "FILE",
                 "the results of every image, as floats: one as FILE.npy, "
                 "any number by their names as FILE.npz"},
                outputs);
    addImages(options, job.images, /*required=*/true);
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status setBackend(const std::string &text) {
    static const std::map<std::string, Backend> kBackends = {{"ref", Backend::Reference},
                                                             {"cpu", Backend::Cpu},
                                                             {"c", Backend::C},
                                                             {"rtl", Backend::Rtl}};
    auto it = kBackends.find(text);
    if (it == kBackends.end())
      return Error{"--on requires ref, cpu, c or rtl, but got '" + text + "'"};
    backend = text;
    job.backend = it->second;
    return Done();
  }

  Files files() const override {
    Files files = {inputFiles(input, job.images), {json, outputs}, ""};
    files.inputs.push_back(floatPath);
    files.inputs.push_back(againstPath);
    if (table() == stdout)
      files.outputs.push_back("-");
    return files;
  }

  /// Where people read; files may take stdout.
  std::FILE *table() const { return json == "-" || outputs == "-" ? stderr : stdout; }

  Result<Evaluated> measure(mlir::ModuleOp module) {
    // What is known when a signal comes is said before the end.
    InterruptGrace grace;
    Result<Evaluated> evaluated = evaluate(module, job);
    if (!evaluated)
      return evaluated;
    const Evaluation &result = evaluated->evaluation;
    if (result.top1)
      std::fprintf(table(), "top-1 %.2f %%  ", 100 * *result.top1);
    if (result.top5)
      std::fprintf(table(), "top-5 %.2f %%  ", 100 * *result.top5);
    std::fprintf(table(), "%s  %.1f s  %.3f ms/image\n", counted(result.images, "image").c_str(),
                 result.seconds, milliseconds(result));
    if (result.cycles)
      std::fprintf(table(), "%s an image, simulated\n", counted(*result.cycles, "cycle").c_str());
    printErrors("from '" + printable(againstPath) + "'", result.against);
    printErrors("from the targets", result.targets);
    if (!evaluated->images.dataset().hasLabels() && result.against.empty() &&
        result.targets.empty())
      std::fprintf(stderr,
                   "tally: note: '%s' has no labels and no targets: --against NET.mlir "
                   "compares with the float network\n",
                   printable(job.images.data).c_str());
    if (result.interrupted)
      std::fprintf(stderr, "tally: note: these are the images so far\n");
    std::fflush(table());
    return evaluated;
  }

  void printErrors(const std::string &title, const std::vector<ResultError> &errors) const {
    for (const ResultError &error : errors) {
      const Comparison &c = error.comparison;
      std::fprintf(table(), "'%s' %s: mean |diff| %.6g  RMS %.6g  max |diff| %.6g  SQNR %.2f dB\n",
                   printable(error.name).c_str(), title.c_str(), c.meanAbsDifference(), c.rmse(),
                   c.maxAbsDifference(), c.sqnr());
    }
  }

  static nlohmann::json toJson(const std::vector<ResultError> &errors) {
    nlohmann::json rows = nlohmann::json::array();
    for (const ResultError &error : errors) {
      const Comparison &c = error.comparison;
      rows.push_back({{"name", error.name},
                      {"mean_abs_difference", c.meanAbsDifference()},
                      {"rms_difference", c.rmse()},
                      {"max_abs_difference", c.maxAbsDifference()},
                      {"sqnr_db", c.sqnr()}});
    }
    return rows;
  }

  bool writesNpz() const { return llvm::StringRef(outputs).ends_with(".npz"); }

  /// One array has no names, and there are no other forms.
  Status checkOutputs(mlir::ModuleOp module) const {
    unsigned results = countResults(module);
    llvm::StringRef extension = llvm::sys::path::extension(outputs);
    if (!extension.empty() && extension != ".npy" && extension != ".npz")
      return Error{"--outputs requires FILE.npy or FILE.npz, but got '" + outputs + "'",
                   ErrorKind::Usage};
    if (outputs.empty() || writesNpz() || results <= 1)
      return Done();
    return Error{"--outputs requires FILE.npz for a network of " + std::to_string(results) +
                     " results, but got '" + outputs + "'",
                 ErrorKind::Usage};
  }

  int run() override {
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    if (Status fits = checkOutputs(**module); !fits)
      return fail(fits.error());
    job.outputs = !outputs.empty();
    Result<Network> against = Error();
    if (!againstPath.empty()) {
      against = session.load(againstPath);
      if (!against)
        return fail(against.error());
      job.against = **against;
    }
    Result<Network> floatNetwork = Error();
    if (!floatPath.empty()) {
      floatNetwork = session.load(floatPath);
      if (!floatNetwork) {
        fail(floatNetwork.error());
        return fail({"requires the float network to compare layers: --per-layer NET.mlir"});
      }
      if (Status isFloat = expectFloat(**floatNetwork); !isFloat)
        return fail({"--per-layer " + isFloat.error().message});
    }
    Result<Evaluated> evaluated = measure(**module);
    if (!evaluated)
      return fail(evaluated.error());
    nlohmann::json layers, widening;
    if (floatNetwork) {
      Result<std::vector<LayerComparison>> compared =
          compareLayers(**floatNetwork, **module, *evaluated);
      if (!compared)
        return fail(compared.error());
      layers = printLayers(*compared, table());
      widening = printWidening(*compared, table());
    }
    return write(*evaluated, layers, widening);
  }

  /// The files that are asked for.
  int write(const Evaluated &evaluated, const nlohmann::json &layers,
            const nlohmann::json &widening) const {
    const Evaluation &result = evaluated.evaluation;
    const Dataset &dataset = evaluated.images.dataset();
    nlohmann::json report = {{"images", result.images},
                             {"seconds", result.seconds},
                             {"ms_per_image", milliseconds(result)},
                             {"network", input},
                             {"data", job.images.spec()},
                             {"backend", backend}};
    if (result.top1)
      report["top1"] = *result.top1;
    if (result.top5)
      report["top5"] = *result.top5;
    if (result.cycles)
      report["cycles"] = *result.cycles;
    if (!result.against.empty()) {
      report["against"] = againstPath;
      report["errors"] = toJson(result.against);
    }
    if (!result.targets.empty())
      report["target_errors"] = toJson(result.targets);
    if (!layers.is_null())
      report["layers"] = layers;
    if (!widening.is_null())
      report["widen"] = widening;
    if (!dataset.classNames().empty())
      report["classes"] = dataset.classNames();
    if (dataset.numDamaged())
      report["damaged"] = dataset.numDamaged();
    // Names may hold any bytes.
    std::string text = report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    std::string array;
    if (writesNpz()) {
      Result<std::string> archive = toNpz(result.outputs);
      if (!archive)
        return fail(archive.error());
      array = std::move(*archive);
    } else if (!outputs.empty()) {
      // A row for each image: what reads it need not know the network's shapes.
      const Tensor &all = result.outputs.front().second;
      array = toNpy(all.reshaped({all.dim(0), all.size() / std::max<int64_t>(all.dim(0), 1)}));
    }
    std::vector<OutputFile> written;
    if (!json.empty())
      written.push_back({json, text});
    if (!outputs.empty())
      written.push_back({outputs, array});
    return finish(writeFilesAtomically(written));
  }

  std::string input, floatPath, againstPath, json, outputs, backend = "cpu";
  EvaluateJob job;
};

} // namespace

std::unique_ptr<Verb> makeEvalVerb() { return std::make_unique<EvalVerb>(); }

} // namespace tally
