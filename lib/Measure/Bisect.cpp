//===- Bisect.cpp - the first layer where backends differ -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Bisect.h"

#include "Measure/CodeDigest.h"
#include "Measure/LayerValues.h"
#include "Measure/Runner.h"
#include "tally/IR/Network.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"
#include "tally/Support/Text.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSet.h"

#include <atomic>
#include <mutex>
#include <set>

using namespace mlir;

namespace tally {

const char *spell(Backend backend) {
  switch (backend) {
  case Backend::Reference:
    return "ref";
  case Backend::Cpu:
    return "cpu";
  case Backend::C:
    return "c";
  case Backend::Rtl:
    return "rtl";
  }
  return "";
}

namespace {

/// The first error that is reported while this lives, and nothing that is.
class CaughtError {
public:
  explicit CaughtError(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error && text.empty())
            text = diagnostic.str();
          return success();
        }) {}
  const std::string &get() const { return text; }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

class Bisector {
public:
  Bisector(ModuleOp module, const NetworkImages &images, const BisectOptions &options)
      : module(module), against(options.against ? options.against : module), images(images),
        options(options) {}

  FailureOr<Bisection> run() {
    if (failed(prepare()) || failed(chooseBackends()))
      return failure();
    std::vector<std::vector<Digest>> expected, own;
    if (failed(interpretAll(otherEntry, others, expected)))
      return failure();
    bool ofTwo = options.against && llvm::is_contained(result.backends, Backend::Reference);
    if (ofTwo && failed(interpretAll(entry, values, own)))
      return failure();
    Progress progress("comparing", int64_t(values.size() * result.backends.size()), "layers");
    progress.advance(0);
    ProgressSilence parts;
    for (size_t value = 0; value < values.size() && result.differences.empty(); ++value)
      for (Backend backend : result.backends) {
        if (failed(compare(value, backend, expected[value], own)))
          return failure();
        progress.advance();
      }
    leaveOutIdle();
    return std::move(result);
  }

private:
  /// Backends that returned no value at all.
  void leaveOutIdle() {
    if (!result.differences.empty())
      return;
    llvm::erase_if(result.backends, [&](Backend backend) {
      if (backend == Backend::Reference || compared.count(backend))
        return false;
      auto gap =
          llvm::find_if(result.gaps, [&](const auto &one) { return one.backend == backend; });
      result.leftOut.emplace_back(backend, gap == result.gaps.end() ? "" : gap->reason);
      return true;
    });
  }

  LogicalResult prepare() {
    FailureOr<func::FuncOp> found = getEntry(module), other = getEntry(against);
    FailureOr<Boundary> ends = Boundary::of(module);
    if (failed(found) || failed(other) || failed(ends))
      return failure();
    entry = *found;
    otherEntry = *other;
    boundary = std::move(*ends);
    values = listLayerValues(entry);
    others = listLayerValues(otherEntry);
    if (failed(checkStructure()))
      return failure();
    llvm::StringSet<> layers;
    for (const LayerValue &value : values)
      layers.insert(value.layer);
    result.layers = int64_t(layers.size());
    result.images = images.size();
    batchCount = (images.size() + boundary.batch() - 1) / boundary.batch();
    threads = int(std::min<int64_t>(resolveThreads(options.threads), batchCount));
    return success();
  }

  LogicalResult checkStructure() {
    if (values.empty())
      return module.emitError() << "has no layers to compare";
    if (entry.getArgumentTypes() != otherEntry.getArgumentTypes())
      return module.emitError() << "takes " << entry.getArgumentTypes()
                                << ", but the network that it is compared with takes "
                                << otherEntry.getArgumentTypes();
    for (size_t i = 0; i < std::min(values.size(), others.size()); ++i) {
      const LayerValue &here = values[i], &there = others[i];
      auto describe = [](const LayerValue &value) {
        return "'" + value.layer + "' (" + value.op->getName().getStringRef().str() + ")";
      };
      if (describe(here) != describe(there))
        return here.op->emitError()
               << "passes on a value of layer " << describe(here)
               << " where the network that it is compared with has layer " << describe(there);
      auto shapeOf = [](const LayerValue &value) {
        return cast<RankedTensorType>(value.op->getResult(0).getType()).getShape();
      };
      if (shapeOf(here) != shapeOf(there))
        return here.op->emitError()
               << "passes on " << here.op->getResult(0).getType() << " as layer '" << here.layer
               << "', but the network that it is compared with "
               << there.op->getResult(0).getType();
    }
    if (values.size() != others.size())
      return module.emitError()
             << "has " << values.size()
             << " values between its layers, but the network that it is compared "
                "with has "
             << others.size();
    return success();
  }

  //===--------------------------------------------------------------------===//
  // Backends
  //===--------------------------------------------------------------------===//

  LogicalResult chooseBackends() {
    for (Backend backend : options.backends) {
      if (!options.leaveOut) {
        if (failed(tryWhole(backend)))
          return failure();
      } else {
        CaughtError caught(module.getContext());
        if (failed(tryWhole(backend))) {
          result.leftOut.emplace_back(backend, caught.get());
          continue;
        }
      }
      result.backends.push_back(backend);
    }
    return success();
  }

  /// Whether the whole network has a form for `backend`, before anything is built of its parts.
  LogicalResult tryWhole(Backend backend) {
    if (backend == Backend::Reference)
      return success();
    if (backend != Backend::Rtl)
      return createRunner(module, backend);
    Result<std::shared_ptr<Verilator>> found = Verilator::find();
    if (!found)
      return module.emitError() << found.error().message;
    verilator = *found;
    return emitVerilog(module, VerilogOptions(), {});
  }

  FailureOr<Runner> createRunner(ModuleOp network, Backend backend) {
    EvaluateOptions one;
    one.backend = backend;
    one.threads = threads;
    one.mulFree = options.mulFree;
    return Runner::create(network, boundary, one, images.size(), verilator);
  }

  //===--------------------------------------------------------------------===//
  // Values
  //===--------------------------------------------------------------------===//

  /// The codes of a batch.
  FailureOr<std::vector<Tensor>> load(int64_t batch) const {
    int64_t first = batch * boundary.batch();
    FailureOr<std::vector<Tensor>> loaded =
        images.load(first, std::min(boundary.batch(), images.size() - first));
    if (failed(loaded))
      return failure();
    return boundary.encode(*loaded);
  }

  /// The digest of every value of every batch.
  LogicalResult interpretAll(func::FuncOp function, const std::vector<LayerValue> &list,
                             std::vector<std::vector<Digest>> &digests) {
    llvm::DenseMap<Operation *, size_t> indices;
    for (auto [index, value] : llvm::enumerate(list))
      indices[value.op] = index;
    digests.assign(list.size(), std::vector<Digest>(batchCount));
    Progress progress("running the reference", images.size());
    return forBatches([&](int64_t batch, int) -> LogicalResult {
      FailureOr<std::vector<Tensor>> codes = load(batch);
      if (failed(codes))
        return failure();
      InterpreterOptions how;
      how.threads = 1;
      how.onResult = [&](Operation *op, const Tensor &tensor) {
        if (auto it = indices.find(op); it != indices.end())
          digests[it->second][batch] = digestOf(tensor);
      };
      if (failed(interpret(function, *codes, how)))
        return failure();
      progress.advance(std::min(boundary.batch(), images.size() - batch * boundary.batch()));
      return success();
    });
  }

  /// One value of one batch by the reference.
  FailureOr<Tensor> interpretOne(func::FuncOp function, Operation *op, int64_t batch) {
    FailureOr<std::vector<Tensor>> codes = load(batch);
    if (failed(codes))
      return failure();
    Tensor found;
    InterpreterOptions how;
    how.threads = 1;
    how.onResult = [&](Operation *each, const Tensor &tensor) {
      if (each == op)
        found = tensor;
    };
    if (failed(interpret(function, *codes, how)))
      return failure();
    return found;
  }

  LogicalResult forBatches(llvm::function_ref<LogicalResult(int64_t, int)> body) {
    std::atomic<bool> failedOnce{false};
    parallelForRanges(batchCount, threads, [&](int64_t from, int64_t to, int worker) {
      for (int64_t batch = from; batch < to && !failedOnce; ++batch)
        if (failed(body(batch, worker)))
          failedOnce = true;
    });
    return success(!failedOnce);
  }

  LogicalResult compare(size_t value, Backend backend, const std::vector<Digest> &expected,
                        const std::vector<std::vector<Digest>> &own) {
    if (backend == Backend::Reference) {
      if (!options.against || own[value] == expected)
        return success();
      int64_t batch = std::mismatch(expected.begin(), expected.end(), own[value].begin()).first -
                      expected.begin();
      FailureOr<Tensor> got = interpretOne(entry, values[value].op, batch);
      return failed(got) ? failure() : addDifference(value, backend, batch, *got);
    }
    OwningOpRef<ModuleOp> part = cutBehind(module, values[value].op);
    FailureOr<Runner> runner = failure();
    std::string why;
    {
      CaughtError caught(module.getContext());
      runner = createRunner(*part, backend);
      if (failed(runner) && options.leaveOut) {
        result.gaps.push_back({backend, values[value].layer, caught.get()});
        return success();
      }
      if (failed(runner))
        why = caught.get();
    }
    if (failed(runner))
      return module.emitError() << "layer '" << values[value].layer << "' is not compared on "
                                << spell(backend) << ": " << why;
    compared.insert(backend);
    return compareBatches(value, backend, *runner, expected);
  }

  LogicalResult compareBatches(size_t value, Backend backend, const Runner &runner,
                               const std::vector<Digest> &expected) {
    std::mutex mutex;
    int64_t first = batchCount; // that differs
    Tensor differs;
    LogicalResult done = forBatches([&](int64_t batch, int worker) -> LogicalResult {
      FailureOr<std::vector<Tensor>> codes = load(batch);
      if (failed(codes))
        return failure();
      FailureOr<std::vector<Tensor>> got = runner.runCodes(*codes, worker);
      if (failed(got))
        return failure();
      if (digestOf(got->front()) == expected[batch])
        return success();
      std::lock_guard<std::mutex> lock(mutex);
      if (batch < first) {
        first = batch;
        differs = got->front();
      }
      return success();
    });
    if (failed(done) || first == batchCount)
      return done;
    return addDifference(value, backend, first, differs);
  }

  LogicalResult addDifference(size_t value, Backend backend, int64_t batch, const Tensor &got) {
    FailureOr<Tensor> wanted = interpretOne(otherEntry, others[value].op, batch);
    if (failed(wanted))
      return failure();
    std::vector<int64_t> a = codesOf(*wanted), b = codesOf(got);
    if (a.size() != b.size())
      return module.emitError() << "returns " << b.size() << " codes for layer '"
                                << values[value].layer << "' on " << spell(backend)
                                << ", but the reference " << a.size();
    int64_t at = std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin();
    // Rows of the images of a batch lie one behind another.
    int64_t size = int64_t(a.size()) / boundary.batch(), row = at / size;
    LayerDifference &one = result.differences.emplace_back();
    one.backend = backend;
    one.layer = values[value].layer;
    one.operation = values[value].op->getName().getStringRef().str();
    one.image = batch * boundary.batch() + row;
    one.expected = elementOf(*wanted, at);
    one.got = elementOf(got, at);
    one.elements = size;
    one.differing = 0;
    for (int64_t i = row * size; i < (row + 1) * size; ++i)
      one.differing += a[i] != b[i];
    one.index.resize(wanted->shape().size());
    for (size_t dim = one.index.size(); dim-- > 0; at /= wanted->dim(dim))
      one.index[dim] = at % wanted->dim(dim);
    return success();
  }

  ModuleOp module, against;
  const NetworkImages &images;
  const BisectOptions &options;
  func::FuncOp entry, otherEntry;
  Boundary boundary;
  std::vector<LayerValue> values, others;
  std::shared_ptr<Verilator> verilator;
  int64_t batchCount = 0;
  int threads = 1;
  std::set<Backend> compared; ///< that returned some value
  Bisection result;
};

} // namespace

FailureOr<Bisection> bisect(ModuleOp module, const NetworkImages &images,
                            const BisectOptions &options) {
  return Bisector(module, images, options).run();
}

} // namespace tally
