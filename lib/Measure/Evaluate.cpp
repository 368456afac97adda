//===- Evaluate.cpp - a network on a data set -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Evaluate.h"

#include "tally/Data/Accuracy.h"
#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Interpreter.h"
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
  auto read = [&](Type type, Shape &shape, bool &quantized, double &scale,
                  int64_t &zero) -> LogicalResult {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || tensor.getRank() < 1 ||
        !getTensorElementType(tensor))
      return entry->emitError() << "cannot be evaluated on a value of type " << type;
    shape = tensor.getShape().vec();
    if (auto uniform = dyn_cast<UniformQuantizedType>(tensor.getElementType())) {
      quantized = true;
      scale = uniform.getScale();
      zero = uniform.getZeroPoint();
    } else if (!tensor.getElementType().isF32()) {
      return entry->emitError() << "requires f32 or quantized inputs and results, but has " << type;
    }
    return success();
  };
  Type input = entry->getArgumentTypes()[0], result = entry->getResultTypes()[0];
  if (failed(read(input, boundary.inputShape, boundary.quantizedInput, boundary.inputScale,
                  boundary.inputZero)) ||
      failed(read(result, boundary.resultShape, boundary.quantizedResult, boundary.resultScale,
                  boundary.resultZero)))
    return failure();
  if (boundary.inputShape[0] != boundary.resultShape[0])
    return entry->emitError() << "takes " << boundary.inputShape[0] << " images but returns "
                              << boundary.resultShape[0] << " results";
  boundary.inputType = *getTensorElementType(input);
  if (boundary.quantizedInput) {
    CodeRange range = getCodeRange(getElementTypeOrSelf(input));
    boundary.inputLowest = range.min;
    boundary.inputHighest = range.max;
  }
  return boundary;
}

int64_t Boundary::classes() const { return numElements(resultShape) / resultShape[0]; }

bool Boundary::accepts(const Shape &imageShape) const {
  Shape perImage(inputShape.begin() + 1, inputShape.end());
  return perImage.size() == 3 ? perImage == imageShape
                              : numElements(perImage) == numElements(imageShape);
}

Tensor Boundary::encode(const Dataset &dataset, int64_t first, int64_t count) const {
  Shape shape = inputShape;
  shape[0] = count;
  Tensor images = dataset.images(first, count).reshaped(shape);
  if (!quantizedInput)
    return images;
  Tensor codes(inputType, shape);
  const float *from = images.data<float>();
  dispatch(inputType, [&](auto tag) {
    using T = decltype(tag);
    T *to = codes.data<T>();
    for (int64_t i = 0, e = codes.size(); i < e; ++i)
      to[i] = T(reference::quantize(from[i], inputScale, inputZero, {inputLowest, inputHighest}));
  });
  return codes;
}

Tensor Boundary::decode(const Tensor &result) const {
  if (!quantizedResult)
    return result;
  Tensor real(ElementType::F32, result.shape());
  dispatch(result.type(), [&](auto tag) {
    const auto *from = result.data<decltype(tag)>();
    float *to = real.data<float>();
    for (int64_t i = 0, e = result.size(); i < e; ++i)
      to[i] = float((double(from[i]) - double(resultZero)) * resultScale);
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
        progress("evaluating", images) {}

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

private:
  void runBatch(int64_t index, int worker) {
    if (failedOnce || stopped || interrupted()) {
      stopped = stopped || interrupted();
      return;
    }
    int64_t first = index * batch, count = std::min(batch, images - first);
    int64_t classes = boundary.classes();
    FailureOr<Tensor> output = runner.run(boundary.encode(dataset, first, count), worker);
    if (failed(output)) {
      failedOnce = true;
      return;
    }
    Tensor real = boundary.decode(*output);
    std::copy_n(real.data<float>(), real.size(), outputs + first * classes);
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
    for (const Tensor &part : codes) {
      std::memcpy(to, part.rawData(), part.sizeInBytes());
      to += part.sizeInBytes();
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
  std::atomic<bool> failedOnce{false}, stopped{false};
  Progress progress;
  Evaluation result;
  float *outputs = nullptr; ///< of `result`
};

} // namespace

FailureOr<Evaluation> evaluate(ModuleOp module, const Dataset &dataset,
                               const EvaluateOptions &options) {
  FailureOr<Boundary> boundary = Boundary::of(module);
  if (failed(boundary))
    return failure();
  if (!boundary->accepts(dataset.imageShape()))
    return module.emitError() << "takes images [H, W, C] = "
                              << toText(
                                     Shape(boundary->input().begin() + 1, boundary->input().end()))
                              << ", but those of '" << dataset.spec() << "' are "
                              << toText(dataset.imageShape());
  int64_t images = dataset.size();
  if (options.limit > 0)
    images = std::min(images, options.limit);
  images -= images % boundary->batch();
  if (images == 0)
    return module.emitError() << "requires at least " << boundary->batch() << " images";
  FailureOr<Runner> runner = Runner::create(module, options);
  if (failed(runner))
    return failure();
  return BatchRun(*runner, *boundary, dataset, images, options.threads).run();
}

} // namespace tally
