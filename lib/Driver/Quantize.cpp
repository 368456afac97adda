//===- Quantize.cpp - a float network becomes an integer one --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Quantize.h"

#include "Driver/Images.h"
#include "Driver/ModuleState.h"
#include "Driver/MulFreeLevel.h"
#include "Driver/PassNames.h"
#include "Driver/QuantizeSummary.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Network.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Quantize/Passes.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally {

/// The options of pipelines that look at images, which are scaled and normalised as `module` says.
static Status setImages(QuantizeOptions &options, ModuleOp module, const ImageOptions &images) {
  constexpr int64_t kImages = 500;
  options.images = images.limit ? images.limit : kImages;
  if (images.data.empty())
    return Done();
  Result<std::string> spec = specFor(module, images);
  if (!spec)
    return spec.error();
  options.data = *spec;
  return Done();
}

/// Runs the whole pipeline, or up to the pass `until`.
static Status run(PassManager &manager, ModuleOp module, const std::string &until) {
  std::vector<std::string> passes = listPasses(manager);
  if (!until.empty() && !llvm::is_contained(passes, until)) {
    if (!llvm::is_contained(listPasses(), until))
      return unknownPass("--until requires a pass of this verb, but got", until, passes);
    return Error{"--until requires a pass of this verb, which does not run '" + until +
                     "'; it runs " + llvm::join(passes, ", "),
                 ErrorKind::Usage};
  }
  LogicalResult result =
      until.empty() ? runPasses(manager, module) : runPassesUntil(manager, module, until);
  return succeeded(result) ? Status(Done()) : Error{};
}

/// What calibration saw of a network does not count any more.
static void forgetCalibration(ModuleOp module) {
  module.walk([](func::FuncOp function) { forgetSeenRange(function); });
  module.walk([](ObserveOp observe) { observe.removeSketchAttr(); });
  module->setAttr(TallyDialect::kStageAttr, StageAttr::get(module.getContext(), Stage::Imported));
}

Status calibrate(ModuleOp module, const CalibrateJob &job) {
  if (Status whole = expectWhole(module); !whole)
    return whole;
  if (job.images.data.empty())
    return Error{"requires images to calibrate on", ErrorKind::Usage};
  if (isQuantized(module))
    return Error{nameOf(module) + " is quantized already"};
  Result<bool> replaced = recordImages(module, job.images);
  if (!replaced)
    return replaced.error();
  if (*replaced && stageOf(module) == Stage::Calibrated)
    forgetCalibration(module);
  if (stageOf(module) == Stage::Calibrated)
    emitRemark(UnknownLoc::get(module.getContext()))
        << nameOf(module) << " is calibrated already; what it saw before still counts";
  QuantizeOptions options;
  if (Status set = setImages(options, module, job.images); !set)
    return set;
  // Only then modules of other tools take images as data sets have them.
  if (job.until.empty())
    if (Status adopted = adopt(module); !adopted)
      return adopted;
  // They stay open, so that passes do not check the files of a folder again.
  std::optional<NetworkImages> images;
  if (module->hasAttr(TallyDialect::kStageAttr)) {
    Result<NetworkImages> opened = openImages(module, job.images, options.images);
    if (!opened)
      return opened.error();
    images = std::move(*opened);
    // Of bytes, it was said when they were opened.
    auto normalisation = getNormalisation(module);
    if (normalisation ? *normalisation == Normalisation::none() : images->dataset().holdsFloats())
      noteUnnormalised(module);
    noteLeftOut(module, *images, options.images);
    if (std::min<int64_t>(options.images, images->size()) == 1)
      emitWarning(UnknownLoc::get(module.getContext()))
          << "calibrates on 1 image: what others hold may lie beyond its ranges";
  }
  PassManager manager(module.getContext());
  buildCalibratePipeline(manager, options);
  return run(manager, module, job.until);
}

Result<QuantizeSummary> quantize(ModuleOp module, const QuantizeJob &job) {
  if (job.recipe.empty())
    return Error{"requires a recipe", ErrorKind::Usage};
  if (job.digits > 32)
    return Error{"--digits requires at most 32, but got " + std::to_string(*job.digits),
                 ErrorKind::Usage};
  if (isQuantized(module))
    return Error{nameOf(module) + " is quantized already"};
  if (Status whole = expectWhole(module); !whole)
    return whole.error();
  if (Status frozen = expectFrozen(module); !frozen)
    return frozen.error();
  if (Status calibrated = expectCalibrated(module); !calibrated)
    return calibrated.error();
  MulFree level = job.mulFree.value_or(MulFree::No);
  Result<Recipe> recipe = loadRecipe(job.recipe, module.getContext());
  if (!recipe)
    return recipe.error();
  if (job.weightBits > 0) {
    auto keeps = recipe->network.getAs<BoolAttr>("keep_quantizers");
    if (!keeps || !keeps.getValue())
      return Error{"--bits takes the codes that were trained: requires recipe 'imported', or one "
                   "with 'keep_quantizers', but got '" +
                       job.recipe + "'",
                   ErrorKind::Usage};
    if (job.weightBits < job.widestBits && job.images.data.empty())
      return Error{"--bits takes statistics of narrower networks from images: requires --data",
                   ErrorKind::Usage};
    PassManager manager(module.getContext());
    manager.addPass(createNarrowWeights({job.weightBits, job.widestBits}));
    if (failed(runPasses(manager, module)))
      return Error{};
  }
  // It changes nothing here, but one file is for both.
  if (Result<TrainPlan> plan =
          parseTrainPlan(recipe->train, "recipe '" + job.recipe + "': 'train'");
      !plan)
    return plan.error();
  Result<Summarizer> summarizer = Summarizer::create(module, *recipe, level);
  if (!summarizer)
    return summarizer.error();
  Result<bool> replaced = recordImages(module, job.images);
  if (!replaced)
    return replaced.error();
  if (*replaced)
    emitWarning(UnknownLoc::get(module.getContext()))
        << "calibration saw images that were scaled or normalised otherwise, so its ranges do not "
           "fit these: calibrate again with the same options";
  QuantizeOptions options;
  if (Status set = setImages(options, module, job.images); !set)
    return set.error();
  if (Status folder = expectFolder(job.images); !folder)
    return folder.error();
  std::optional<NetworkImages> images; // open while passes run, as above
  if (!options.data.empty()) {
    Result<NetworkImages> opened = openImages(module, job.images, options.images);
    if (!opened)
      return opened.error();
    images = std::move(*opened);
    noteLeftOut(module, *images, options.images);
    if (Status checked = checkImages(module, *images, options.images); !checked)
      return checked.error();
  }
  options.recipe = job.recipe;
  // With all its bits the network is the one that was trained.
  options.reestimate = job.weightBits > 0 && job.weightBits < job.widestBits;
  options.powers = level != MulFree::No;
  options.digits = unsigned(job.digits.value_or(level >= MulFree::Compute ? kMulFreeDigits : 0));
  PassManager manager(module.getContext());
  buildQuantizePipeline(manager, options);
  if (Status done = run(manager, module, job.until); !done)
    return done.error();
  if (!job.until.empty())
    return QuantizeSummary();
  if (Result<MulFree> checked = checkedLevel(module, level); !checked)
    return checked.error();
  recordLevel(module, level);
  return summarizer->finish(module);
}

} // namespace tally
