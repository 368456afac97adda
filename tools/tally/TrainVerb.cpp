//===- TrainVerb.cpp - a network learns -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SharedOptions.h"
#include "Verbs.h"
#include "tally/Driver/Train.h"

#include <cmath>
#include <cstdio>

namespace tally {

namespace {

/// `1:05:09`, `5:09`.
std::string clockTime(double seconds) {
  auto whole = int64_t(std::llround(seconds));
  char text[32];
  if (whole >= 3600)
    std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", (long long)(whole / 3600),
                  (long long)(whole / 60 % 60), (long long)(whole % 60));
  else
    std::snprintf(text, sizeof(text), "%lld:%02lld", (long long)(whole / 60),
                  (long long)(whole % 60));
  return text;
}

struct TrainVerb : Verb {
  TrainVerb()
      : Verb("train", "NET.mlir --data DATA --recipe RECIPE --epochs N -o OUT.mlir",
             "train a float network on images") {
    options.addFile(input);
    addModule(options, output);
    options.addRequired(recipeRow(), job.recipe);
    options.add({"--epochs", "N", "how often every image is learned from (default: 1)"},
                job.epochs);
    addImages(options, job.images, /*required=*/true);
    options.add({"--eval", "DATA", "images to measure accuracy on after each epoch"},
                job.evaluation);
    options.add({"--seed", "N", "of the order of images, shifts and flips (default: 0)"}, job.seed,
                0);
    options.add(
        {"--from-scratch", "", "draw all parameters anew, whatever the network has learned"},
        job.fromScratch);
    options.add({"--inherit", "NET",
                 "begin with the weights of a network that was trained at more bits, and with its "
                 "scales, doubled for each bit less"},
                inherit);
    addThreads(options, job.threads, "worker threads (default: all processors)");
    options.add({"--mcpu", "X", "processor by LLVM's name whose code trains here (default native)"},
                job.processor);
    options.add({"--checkpoint", "FILE",
                 "where training can go on from, written after each epoch and on Ctrl-C "
                 "(default: OUT.mlir.ckpt)"},
                job.checkpoint);
    options.add({"--resume", "FILE", "go on from a checkpoint, with the same options"}, resume);
    addJson(options, job.log, "a line an epoch: loss, accuracy, rate, images_per_second, ...");
    addPlot(options, job.plot, "draw loss, accuracy and step sizes, after each epoch");
    addQuiet(options, quiet);
    mlirOptions.addPassesTo(options);
  }

  Status prepare() override {
    quiet |= !leadsTraining();
    bool isDevice = output.rfind("/dev/", 0) == 0;
    if (job.checkpoint.empty() && !output.empty() && output != "-" && !isDevice)
      job.checkpoint = output + ".ckpt";
    if (job.checkpoint == "-")
      return Error{"--checkpoint requires a file", ErrorKind::Usage};
    return chooseModule(output);
  }

  Files files() const override {
    Files files = {inputFiles(input, job.images), {output, job.log, job.plot}, ""};
    files.inputs.insert(files.inputs.end(), {job.evaluation, job.recipe});
    files.outputs.push_back(job.checkpoint);
    // Going on where it was, a run replaces its own checkpoint.
    if (job.checkpoint != resume)
      files.inputs.push_back(resume);
    files.inputs.push_back(inherit);
    return files;
  }

  void print(const EpochRecord &record, int64_t epochs) const {
    std::FILE *to = output == "-" || job.log == "-" || job.plot == "-" ? stderr : stdout;
    constexpr double kLarge = 1e5;
    std::fprintf(to,
                 record.loss < kLarge ? "epoch %lld/%lld  loss %.4f" : "epoch %lld/%lld  loss %.4g",
                 (long long)record.epoch, (long long)epochs, record.loss);
    if (record.trainAccuracy)
      std::fprintf(to, "  train %.2f %%", 100 * *record.trainAccuracy);
    if (record.accuracy)
      std::fprintf(to, "  accuracy %.2f %%", 100 * *record.accuracy);
    std::fprintf(to, "  %.0f images/s  %s", record.imagesPerSecond,
                 clockTime(record.seconds).c_str());
    if (record.epoch < epochs)
      std::fprintf(to, "  %s left",
                   clockTime(record.seconds * double(epochs - record.epoch)).c_str());
    std::fprintf(to, "\n");
    std::fflush(to);
  }

  int run() override {
    Session session;
    Result<Network> module = session.load(input);
    if (!module)
      return fail(module.error());
    // Their constants must not take names from the network's.
    Session other, more;
    Result<Network> checkpoint = Error(), trained = Error();
    if (!inherit.empty()) {
      trained = more.load(inherit);
      if (!trained)
        return fail(trained.error());
      job.inherit = **trained;
    }
    if (!resume.empty()) {
      checkpoint = other.load(resume);
      if (!checkpoint)
        return fail(checkpoint.error());
      job.resume = **checkpoint;
    }
    job.onEpoch = [&](const EpochRecord &record, int64_t epochs) { print(record, epochs); };
    Result<bool> learned = train(**module, job);
    // What was learned is not lost where it is not what will be deployed.
    if (!learned && learned.error().kind != ErrorKind::Check)
      return fail(learned.error());
    if (learned && !*learned)
      return 0; // another process has it
    if (Status saved = session.save(**module, output); !saved)
      return fail(saved.error());
    return learned ? 0 : fail(learned.error());
  }

  std::string input, output, resume, inherit;
  TrainJob job;
};

} // namespace

std::unique_ptr<Verb> makeTrainVerb() { return std::make_unique<TrainVerb>(); }

} // namespace tally
