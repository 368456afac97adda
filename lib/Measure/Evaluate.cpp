//===- Evaluate.cpp - a network on a data set -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Evaluate.h"

#include "Classes.h"
#include "Measure/Runner.h"
#include "tally/IR/Network.h"
#include "tally/Run/NetworkImages.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Support/Text.h"

#include <atomic>
#include <chrono>

using namespace mlir;

namespace tally {

namespace {

/// The first images of a data set through a network, in batches.
class BatchRun {
public:
  BatchRun(const Runner &runner, const Runner *against, const NetworkImages &data, bool labelled,
           int64_t images, const EvaluateOptions &options)
      : runner(runner), against(against), data(data), labelled(labelled), images(images),
        options(options),
        batch(runner.isCompiled() ? runner.getBoundary().batch()
                                  : std::max<int64_t>(1, 32 / runner.getBoundary().batch()) *
                                        runner.getBoundary().batch()),
        batches((images + batch - 1) / batch), accuracies(resolveThreads(options.threads)),
        ranges(accuracies.size()), progress("evaluating", images) {}

  FailureOr<Evaluation> run(func::FuncOp entry) {
    std::vector<Shape> shapes = runner.getBoundary().resultShapes();
    for (auto [index, shape] : llvm::enumerate(shapes)) {
      names.push_back(getOutputName(entry, index));
      shape[0] = images;
      if (options.outputs)
        result.outputs.emplace_back(names.back(), Tensor(ElementType::F32, shape));
    }
    for (auto &[name, tensor] : result.outputs)
      outputs.push_back(tensor.data<float>());
    auto begin = std::chrono::steady_clock::now();
    if (runner.isCompiled())
      parallelForRanges(batches.size(), options.threads, [&](int64_t from, int64_t to, int worker) {
        for (int64_t index = from; index < to; ++index)
          runBatch(index, worker);
      });
    else
      for (size_t index = 0; index < batches.size(); ++index)
        runBatch(index, 0);
    if (failedOnce)
      return failure();
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    result.cycles = runner.getCycles();
    addUp();
    return std::move(result);
  }

  /// Of all images that were run; nothing where none was.
  ImageRanges range() const {
    ImageRanges all;
    for (const ImageRanges &part : ranges)
      join(all, part);
    return all;
  }

private:
  /// What is known of one batch, result by result.
  struct Batch {
    int64_t count = 0; ///< images
    std::vector<Comparison> against, targets;
  };

  void runBatch(int64_t index, int worker) {
    if (failedOnce || stopped || interrupted()) {
      stopped = stopped || interrupted();
      return;
    }
    int64_t first = index * batch, count = std::min(batch, images - first);
    if (failed(runImages(batches[index], first, count, worker)))
      failedOnce = true;
    else
      progress.advance(count);
  }

  LogicalResult runImages(Batch &part, int64_t first, int64_t count, int worker) {
    FailureOr<std::vector<Tensor>> input = data.load(first, count);
    if (failed(input))
      return failure();
    join(ranges[worker], *input);
    FailureOr<std::vector<Tensor>> real = runner.run(*input, worker);
    if (failed(real))
      return failure();
    for (size_t i = 0; i < outputs.size(); ++i)
      std::copy_n((*real)[i].data<float>(), (*real)[i].size(),
                  outputs[i] + (*real)[i].size() / count * first);
    if (labelled)
      for (int64_t i = 0; i < count; ++i)
        accuracies[worker].add(real->front(), i, data.dataset().label(first + i));
    if (against) {
      FailureOr<std::vector<Tensor>> expected = against->run(*input, worker);
      if (failed(expected))
        return failure();
      part.against.resize(names.size());
      for (auto [comparison, other, tensor] : llvm::zip(part.against, *expected, *real))
        comparison.add(other, tensor);
    }
    part.targets.resize(names.size());
    for (auto [index, tensor] : llvm::enumerate(*real)) {
      FailureOr<std::optional<Tensor>> target = data.loadTargets(index, first, count);
      if (failed(target))
        return failure();
      if (*target)
        part.targets[index].add(**target, tensor);
    }
    part.count = count;
    return success();
  }

  /// The result of all batches, or of those until it was interrupted.
  void addUp() {
    Accuracy total;
    for (const Accuracy &part : accuracies)
      total.merge(part);
    result.interrupted = stopped;
    for (const std::string &name : names) {
      result.against.push_back({name, {}});
      result.targets.push_back({name, {}});
    }
    for (const Batch &part : batches) {
      result.images += part.count;
      for (auto [sum, comparison] : llvm::zip(result.against, part.against))
        sum.comparison.merge(comparison);
      for (auto [sum, comparison] : llvm::zip(result.targets, part.targets))
        sum.comparison.merge(comparison);
    }
    for (std::vector<ResultError> *errors : {&result.against, &result.targets})
      llvm::erase_if(*errors, [](const ResultError &e) { return e.comparison.size() == 0; });
    if (total.images() == 0)
      return;
    result.top1 = total.top1();
    if (countClasses(runner.getBoundary()) > 5)
      result.top5 = total.top5();
  }

  const Runner &runner;
  const Runner *against;
  const NetworkImages &data;
  bool labelled; ///< whether labels count
  int64_t images;
  const EvaluateOptions &options;
  int64_t batch;
  std::vector<Batch> batches;
  std::vector<Accuracy> accuracies; ///< of each thread
  std::vector<ImageRanges> ranges;
  std::atomic<bool> failedOnce{false}, stopped{false};
  Progress progress;
  Evaluation result;
  std::vector<std::string> names; ///< of results
  std::vector<float *> outputs;   ///< of `result`
};

} // namespace

/// Whether labels count.
static bool usesLabels(ModuleOp module, const Dataset &dataset, const Boundary &boundary) {
  if (!dataset.hasLabels())
    return false;
  if (returnsClasses(boundary))
    return true;
  Shape shape = boundary.resultShapes().front();
  emitWarning(UnknownLoc::get(module.getContext()))
      << "the labels of '" << dataset.spec() << "' do not count: the network returns "
      << toText(Shape(shape.begin() + 1, shape.end())) << " and not a number for each class";
  return false;
}

static std::string toText(const std::vector<Shape> &shapes) {
  std::string text;
  for (const Shape &shape : shapes)
    text += (text.empty() ? "" : " and ") + toText(Shape(shape.begin() + 1, shape.end()));
  return text;
}

/// The network that results are compared with, in floats or in integers.
static FailureOr<Runner> createOther(ModuleOp module, const Boundary &boundary,
                                     const EvaluateOptions &options) {
  EvaluateOptions plain;
  plain.backend = options.backend == Backend::Reference ? Backend::Reference : Backend::Cpu;
  plain.threads = options.threads;
  FailureOr<Runner> runner = Runner::create(module, plain, /*images=*/INT64_MAX);
  if (failed(runner))
    return failure();
  auto check = [&](std::vector<Shape> here, std::vector<Shape> there,
                   const char *verb) -> LogicalResult {
    for (std::vector<Shape> *shapes : {&here, &there})
      for (Shape &shape : *shapes)
        shape[0] = 1;
    if (here == there)
      return success();
    return module.emitError() << verb << " " << toText(there)
                              << ", but the network that is evaluated " << toText(here);
  };
  const Boundary &other = runner->getBoundary();
  if (failed(check(boundary.inputShapes(), other.inputShapes(), "takes")) ||
      failed(check(boundary.resultShapes(), other.resultShapes(), "returns")))
    return failure();
  return runner;
}

FailureOr<Evaluation> evaluate(ModuleOp module, const NetworkImages &data,
                               const EvaluateOptions &options) {
  FailureOr<Boundary> boundary = Boundary::of(module);
  if (failed(boundary))
    return failure();
  int64_t images = data.size();
  if (options.limit > 0)
    images = std::min(images, options.limit);
  bool labelled = usesLabels(module, data.dataset(), *boundary);
  if (labelled && failed(checkLabels(module, data.dataset(), images, countClasses(*boundary))))
    return failure();
  std::optional<Runner> other;
  if (options.against) {
    ModuleOp against = options.against;
    FailureOr<Runner> created = createOther(against, *boundary, options);
    if (failed(created))
      return failure();
    other = std::move(*created);
  }
  FailureOr<Runner> runner = Runner::create(module, options, images);
  if (failed(runner))
    return failure();
  BatchRun run(*runner, other ? &*other : nullptr, data, labelled, images, options);
  FailureOr<Evaluation> result = run.run(*getEntry(module));
  if (succeeded(result))
    warnOfOtherImages(*getEntry(module), run.range(), result->images);
  return result;
}

} // namespace tally
