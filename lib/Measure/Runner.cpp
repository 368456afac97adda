//===- Runner.cpp - a network on a backend --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Measure/Runner.h"

#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Parallel.h"

#include <cstring>

using namespace mlir;

namespace tally {

/// The first `count` images of a tensor, its leading dimension.
static Tensor takeRows(const Tensor &tensor, int64_t first, int64_t count) {
  if (first == 0 && count == tensor.dim(0))
    return tensor;
  Shape shape = tensor.shape();
  shape[0] = count;
  Tensor rows(tensor.type(), shape);
  std::memcpy(rows.rawData(), tensor.rawData() + rows.sizeInBytes() / count * first,
              rows.sizeInBytes());
  return rows;
}

FailureOr<Runner> Runner::create(ModuleOp module, const EvaluateOptions &options, int64_t images) {
  FailureOr<Boundary> boundary = Boundary::of(module);
  if (failed(boundary))
    return failure();
  return create(module, *boundary, options, images);
}

FailureOr<Runner> Runner::create(ModuleOp module, const Boundary &boundary,
                                 const EvaluateOptions &options, int64_t images,
                                 std::shared_ptr<Verilator> verilator) {
  Runner runner;
  runner.boundary = boundary;
  if (failed(runner.prepare(module, options, images, std::move(verilator))))
    return failure();
  return runner;
}

LogicalResult Runner::prepare(ModuleOp module, const EvaluateOptions &options, int64_t images,
                              std::shared_ptr<Verilator> verilator) {
  FailureOr<func::FuncOp> found = getEntry(module);
  if (failed(found))
    return failure();
  entry = *found;
  threads = options.threads;
  switch (options.backend) {
  case Backend::Reference:
    return success();
  case Backend::C: {
    FailureOr<CNetwork> network =
        CNetwork::create(module, resolveThreads(options.threads), options.mulFree, options.target);
    if (failed(network))
      return failure();
    emitted = std::make_shared<CNetwork>(std::move(*network));
    return success();
  }
  case Backend::Rtl: {
    if (!verilator) {
      Result<std::shared_ptr<Verilator>> program = Verilator::find();
      if (!program)
        return module.emitError() << program.error().message;
      verilator = *program;
    }
    FailureOr<RtlNetwork> network =
        RtlNetwork::create(module, resolveThreads(options.threads), std::move(verilator));
    if (failed(network))
      return failure();
    simulated = std::make_shared<RtlNetwork>(std::move(*network));
    return success();
  }
  case Backend::Cpu:
    break;
  }
  // Threads inside a batch where there is one only.
  int inside = images <= boundary.batch() ? resolveThreads(options.threads) : 1;
  bool parallel = inside > 1 && options.mulFree != MulFree::Strict;
  FailureOr<JitNetwork> network =
      compileInProcess(module, CpuTarget::host(), options.mulFree, parallel);
  if (failed(network))
    return failure();
  if (parallel)
    team = std::make_shared<Team>(inside);
  compiled = std::make_shared<JitNetwork>(std::move(*network));
  return success();
}

FailureOr<std::vector<Tensor>> Runner::run(ArrayRef<Tensor> images, int worker) const {
  int64_t count = images.front().dim(0), step = isCompiled() ? boundary.batch() : count;
  if (step == count)
    return runOnce(images, worker);
  std::vector<Tensor> whole;
  for (const Shape &shape : boundary.resultShapes()) {
    Shape all = shape;
    all[0] = count;
    whole.emplace_back(ElementType::F32, all);
  }
  for (int64_t first = 0; first < count; first += step) {
    int64_t size = std::min(step, count - first);
    std::vector<Tensor> part;
    for (const Tensor &tensor : images)
      part.push_back(takeRows(tensor, first, size));
    FailureOr<std::vector<Tensor>> results = runOnce(part, worker);
    if (failed(results))
      return failure();
    for (auto [to, from] : llvm::zip(whole, *results))
      std::memcpy(to.rawData() + from.sizeInBytes() / size * first, from.rawData(),
                  from.sizeInBytes());
  }
  return whole;
}

FailureOr<std::vector<Tensor>> Runner::runOnce(ArrayRef<Tensor> images, int worker) const {
  FailureOr<std::vector<Tensor>> results = runCodes(boundary.encode(images), worker);
  if (failed(results))
    return failure();
  std::vector<Tensor> real = boundary.decode(*results);
  for (Tensor &tensor : real)
    tensor = takeRows(tensor, 0, images.front().dim(0));
  return real;
}

FailureOr<std::vector<Tensor>> Runner::runCodes(ArrayRef<Tensor> inputs, int worker) const {
  if (emitted)
    return emitted->run(inputs, worker);
  if (simulated)
    return simulated->run(inputs, worker);
  if (compiled)
    return compiled->run(inputs, team.get());
  InterpreterOptions options;
  options.threads = threads;
  return interpret(entry, inputs, options);
}

} // namespace tally
