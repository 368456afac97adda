//===- Evaluate.cpp - a network on a data set -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Evaluate.h"

#include "tally/Data/Accuracy.h"
#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"
#include "tally/Run/Reference.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Target/C/CBackend.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include <atomic>
#include <chrono>
#include <mutex>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

//===----------------------------------------------------------------------===//
// Boundary
//===----------------------------------------------------------------------===//

FailureOr<Boundary> Boundary::of(ModuleOp module) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  if (entry->getNumArguments() != 1 || entry->getNumResults() != 1)
    return entry->emitError() << "requires one input and one result to be evaluated, but has "
                              << entry->getNumArguments() << " and " << entry->getNumResults();
  Boundary boundary;
  auto read = [&](Type type, Shape &shape) -> LogicalResult {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || tensor.getRank() < 1 ||
        !getTensorElementType(tensor))
      return entry->emitError() << "cannot be evaluated on a value of type " << type;
    shape = tensor.getShape().vec();
    if (!isa<UniformQuantizedType, Float32Type>(tensor.getElementType()))
      return entry->emitError() << "requires f32 or quantized inputs and results, but has " << type;
    return success();
  };
  boundary.inputType = entry->getArgumentTypes()[0];
  boundary.resultType = entry->getResultTypes()[0];
  if (failed(read(boundary.inputType, boundary.inputShape)) ||
      failed(read(boundary.resultType, boundary.resultShape)))
    return failure();
  if (boundary.inputShape[0] != boundary.resultShape[0])
    return entry->emitError() << "takes " << boundary.inputShape[0] << " images but returns "
                              << boundary.resultShape[0] << " results";
  return boundary;
}

int64_t Boundary::classes() const { return numElements(resultShape) / resultShape[0]; }

bool Boundary::accepts(const Shape &imageShape) const {
  Shape perImage(inputShape.begin() + 1, inputShape.end());
  return perImage.size() == 3 ? perImage == imageShape
                              : numElements(perImage) == numElements(imageShape);
}

Tensor Boundary::encode(const Tensor &images) const {
  Shape shape = inputShape;
  shape[0] = (images.dim(0) + batch() - 1) / batch() * batch();
  Tensor whole = images;
  if (shape[0] != images.dim(0)) {
    whole = Tensor(ElementType::F32, shape);
    std::copy_n(images.data<float>(), images.size(), whole.data<float>());
  }
  return encodeImages(whole.reshaped(shape), inputType);
}

Tensor Boundary::decode(const Tensor &result) const {
  auto uniform = dyn_cast<UniformQuantizedType>(getElementTypeOrSelf(resultType));
  if (!uniform)
    return result;
  Tensor real(ElementType::F32, result.shape());
  dispatch(result.type(), [&](auto tag) {
    const auto *from = result.data<decltype(tag)>();
    float *to = real.data<float>();
    for (int64_t i = 0, e = result.size(); i < e; ++i)
      to[i] = float((double(from[i]) - double(uniform.getZeroPoint())) * uniform.getScale());
  });
  return real;
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

namespace {

/// Runs batches of a network on one backend.
class Runner {
public:
  static FailureOr<Runner> create(ModuleOp module, const EvaluateOptions &options) {
    Runner runner;
    FailureOr<func::FuncOp> entry = getEntry(module);
    if (failed(entry))
      return failure();
    runner.entry = *entry;
    runner.threads = options.threads;
    if (options.backend == Backend::C) {
      FailureOr<CNetwork> emitted =
          CNetwork::create(module, resolveThreads(options.threads), options.mulFree, options.core);
      if (failed(emitted))
        return failure();
      runner.emitted = std::make_shared<CNetwork>(std::move(*emitted));
    }
    if (options.backend == Backend::Cpu) {
      FailureOr<JitNetwork> compiled = compileInProcess(module, CpuTarget::host(), options.mulFree);
      if (failed(compiled))
        return failure();
      runner.compiled = std::make_shared<JitNetwork>(std::move(*compiled));
    }
    return runner;
  }

  /// Compiled code runs one batch a thread, the reference threads inside a batch.
  bool isCompiled() const { return compiled || emitted; }

  FailureOr<Tensor> run(const Tensor &input, int worker) const {
    if (emitted)
      return emitted->run(input, worker);
    if (compiled)
      return compiled->run(input).front();
    InterpreterOptions options;
    options.threads = threads;
    FailureOr<std::vector<Tensor>> results = interpret(entry, input, options);
    if (failed(results))
      return failure();
    return results->front();
  }

private:
  func::FuncOp entry;
  int threads = 0;
  std::shared_ptr<JitNetwork> compiled;
  std::shared_ptr<CNetwork> emitted;
};

/// The first images of a data set through a network, in batches.
class BatchRun {
public:
  BatchRun(const Runner &runner, const Boundary &boundary, const Dataset &dataset, int64_t images,
           int threads)
      : runner(runner), boundary(boundary), dataset(dataset), images(images), threads(threads),
        batch(runner.isCompiled() ? boundary.batch()
                                  : std::max<int64_t>(1, 32 / boundary.batch()) * boundary.batch()),
        codes((images + batch - 1) / batch), accuracies(resolveThreads(threads)),
        ranges(accuracies.size()), progress("evaluating", images) {}

  FailureOr<Evaluation> run() {
    result.outputs = Tensor(ElementType::F32, {images, boundary.classes()});
    outputs = result.outputs.data<float>();
    auto begin = std::chrono::steady_clock::now();
    int64_t batches = codes.size();
    if (runner.isCompiled())
      parallelForRanges(batches, threads, [&](int64_t from, int64_t to, int worker) {
        for (int64_t index = from; index < to; ++index)
          runBatch(index, worker);
      });
    else
      for (int64_t index = 0; index < batches; ++index)
        runBatch(index, 0);
    if (failedOnce)
      return failure();
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    addUp();
    return std::move(result);
  }

  /// Of all images that were run; nothing where none was.
  std::optional<ImageRange> range() const {
    std::optional<ImageRange> all;
    for (const std::optional<ImageRange> &part : ranges)
      all = join(all, part);
    return all;
  }

private:
  void runBatch(int64_t index, int worker) {
    if (failedOnce || stopped || interrupted()) {
      stopped = stopped || interrupted();
      return;
    }
    int64_t first = index * batch, count = std::min(batch, images - first);
    int64_t classes = boundary.classes();
    Tensor input = dataset.images(first, count);
    ranges[worker] = join(ranges[worker], getRange(input));
    FailureOr<Tensor> output = runner.run(boundary.encode(input), worker);
    if (failed(output)) {
      failedOnce = true;
      return;
    }
    Tensor real = boundary.decode(*output);
    std::copy_n(real.data<float>(), count * classes, outputs + first * classes);
    for (int64_t i = 0; i < count; ++i)
      accuracies[worker].add(real.data<float>() + i * classes, classes, dataset.label(first + i));
    codes[index] = *output;
    progress.advance(count);
  }

  /// The result of all batches, or of those until it was interrupted.
  void addUp() {
    Accuracy total;
    for (const Accuracy &part : accuracies)
      total.merge(part);
    result.images = total.images();
    result.interrupted = stopped;
    if (total.images() > 0) {
      result.top1 = total.top1();
      result.top5 = total.top5();
    }
    if (stopped)
      return;
    result.codes = Tensor(codes.front().type(), {images, boundary.classes()});
    char *to = result.codes.rawData();
    // Behind the last image, there may be results of what fills its batch.
    int64_t left = result.codes.sizeInBytes();
    for (const Tensor &part : codes) {
      int64_t bytes = std::min(left, part.sizeInBytes());
      std::memcpy(to, part.rawData(), bytes);
      to += bytes;
      left -= bytes;
    }
  }

  const Runner &runner;
  const Boundary &boundary;
  const Dataset &dataset;
  int64_t images;
  int threads;
  int64_t batch;
  std::vector<Tensor> codes;        ///< of each batch
  std::vector<Accuracy> accuracies; ///< of each thread
  std::vector<std::optional<ImageRange>> ranges;
  std::atomic<bool> failedOnce{false}, stopped{false};
  Progress progress;
  Evaluation result;
  float *outputs = nullptr; ///< of `result`
};

} // namespace

/// Every one of the first `images` has to be of a class of the network.
static LogicalResult checkLabels(ModuleOp module, const Dataset &dataset, int64_t images,
                                 int64_t classes) {
  for (int64_t index = 0; index < images; ++index)
    if (int64_t label = dataset.label(index); label >= classes)
      return module.emitError() << "has " << classes << " classes, 0 to " << classes - 1
                                << ", but image " << dataset.number(index) << " of '"
                                << dataset.spec() << "' has the label " << label;
  return success();
}

FailureOr<Evaluation> evaluate(ModuleOp module, const Dataset &dataset,
                               const EvaluateOptions &options) {
  FailureOr<Boundary> boundary = Boundary::of(module);
  if (failed(boundary))
    return failure();
  if (!boundary->accepts(dataset.imageShape())) {
    Shape wanted(boundary->input().begin() + 1, boundary->input().end());
    return module.emitError() << "takes images [H, W, C] = " << toText(wanted) << ", but those of '"
                              << dataset.spec() << "' are " << toText(dataset.imageShape())
                              << getOrderHint(wanted, dataset.imageShape());
  }
  int64_t images = dataset.size();
  if (options.limit > 0)
    images = std::min(images, options.limit);
  if (failed(checkLabels(module, dataset, images, boundary->classes())))
    return failure();
  FailureOr<Runner> runner = Runner::create(module, options);
  if (failed(runner))
    return failure();
  BatchRun run(*runner, *boundary, dataset, images, options.threads);
  FailureOr<Evaluation> result = run.run();
  if (std::optional<ImageRange> range = run.range(); range && succeeded(result))
    warnOfOtherImages(*getEntry(module), *range, result->images);
  return result;
}

} // namespace tally
