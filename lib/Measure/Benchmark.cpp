//===- Benchmark.cpp - how fast a network runs here -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Benchmark.h"
#include "ProfileLayers.h"
#include "tally/IR/Tally.h"

#include "tally/IR/Network.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Team.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <system_error>
#include <thread>

using namespace mlir;

namespace tally {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Memory on a cache line of its own.
class Buffer {
public:
  static constexpr size_t kLine = 64;
  explicit Buffer(size_t size)
      : bytes(static_cast<char *>(operator new(size + 1, std::align_val_t(kLine)))) {
    std::memset(bytes, 0, size);
  }
  Buffer(Buffer &&other) noexcept : bytes(std::exchange(other.bytes, nullptr)) {}
  ~Buffer() { operator delete(bytes, std::align_val_t(kLine)); }
  char *data() const { return bytes; }

private:
  char *bytes;
};

/// The arguments of one thread's calls, on inputs that take turns.
class Caller {
public:
  Caller(func::FuncOp entry, const JitNetwork &network, unsigned seed) : network(network) {
    constexpr int kInputs = 4;
    std::mt19937 random(seed);
    std::vector<void *> shared;
    for (Type type : entry.getResultTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      shared.push_back(allocate(tensor.getNumElements() * sizeOf(*getTensorElementType(type))));
    }
    shared.push_back(allocate(network.workspaceSize()));
    for (int i = 0; i < kInputs; ++i) {
      std::vector<void *> &one = arguments.emplace_back();
      for (Type type : entry.getArgumentTypes())
        one.push_back(makeInput(cast<RankedTensorType>(type), random));
      one.insert(one.end(), shared.begin(), shared.end());
    }
  }

  void call() { network.call(arguments[next++ % arguments.size()], team); }

  /// From now on calls are shared by a team.
  void shareWith(Team *others) { team = others; }

  /// Further arguments for every call.
  void append(ArrayRef<void *> more) {
    for (std::vector<void *> &one : arguments)
      one.insert(one.end(), more.begin(), more.end());
  }

private:
  void *allocate(size_t size) { return buffers.emplace_back(size).data(); }

  void *makeInput(RankedTensorType type, std::mt19937 &random) {
    ElementType element = *getTensorElementType(type);
    void *data = allocate(type.getNumElements() * sizeOf(element));
    dispatch(element, [&](auto tag) {
      using T = decltype(tag);
      for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
        if constexpr (std::is_floating_point_v<T>) {
          static_cast<T *>(data)[i] = T(random() >> 8) / (1 << 24);
        } else {
          CodeRange range = getCodeRange(type.getElementType());
          uint64_t codes = uint64_t(range.max) - uint64_t(range.min) + 1;
          static_cast<T *>(data)[i] =
              T(uint64_t(range.min) + (codes ? random() % codes : random()));
        }
      }
    });
    return data;
  }

  const JitNetwork &network;
  Team *team = nullptr;
  std::vector<Buffer> buffers;
  std::vector<std::vector<void *>> arguments;
  size_t next = 0;
};

double medianOf(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Caches, page tables and the clock frequency settle; returns the seconds of a
/// call.
double warmUp(Caller &caller, double seconds) {
  Clock::time_point begin = Clock::now();
  int64_t calls = 0;
  do {
    caller.call();
    ++calls;
  } while (secondsSince(begin) < seconds);
  return secondsSince(begin) / double(calls);
}

/// Seconds of an image of `batch`.
Benchmark::Latency measureLatency(Caller &caller, const BenchmarkOptions &options, int64_t batch) {
  constexpr double kShortest = 20e-6; // a thousand times what the clock takes
  double expected = warmUp(caller, 0.2 * options.seconds);
  int64_t calls = options.runs ? 1 : std::max<int64_t>(1, int64_t(kShortest / expected));
  std::vector<double> samples;
  Clock::time_point begin = Clock::now();
  do {
    Clock::time_point start = Clock::now();
    for (int64_t i = 0; i < calls; ++i)
      caller.call();
    samples.push_back(secondsSince(start) / double(calls * batch));
  } while (options.runs ? int64_t(samples.size()) < options.runs
                        : secondsSince(begin) < options.seconds);
  auto [min, max] = std::minmax_element(samples.begin(), samples.end());
  return {medianOf(samples), *min, *max, calls * int64_t(samples.size())};
}

LogicalResult measureThroughput(func::FuncOp entry, const JitNetwork &network,
                                const BenchmarkOptions &options, Benchmark &result) {
  std::vector<Caller> callers;
  for (int i = 0; i < options.threads; ++i)
    callers.emplace_back(entry, network, i);
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::atomic<int64_t> calls{0};
  Clock::time_point begin;
  auto work = [&](Caller &caller) {
    caller.call();
    ++ready;
    while (!go)
      std::this_thread::yield();
    int64_t done = 0;
    do {
      caller.call();
      ++done;
    } while (options.runs ? done < options.runs : secondsSince(begin) < options.seconds);
    calls += done;
  };
  std::vector<std::thread> threads;
  std::string problem;
  try {
    for (Caller &caller : callers)
      threads.emplace_back(work, std::ref(caller));
  } catch (const std::system_error &error) {
    problem = error.code().message();
  }
  while (ready < int(threads.size()))
    std::this_thread::yield();
  begin = Clock::now();
  go = true;
  for (std::thread &thread : threads)
    thread.join();
  if (!problem.empty())
    return entry.emitError() << "cannot run on " << options.threads << " threads, only on "
                             << threads.size() << " of them: " << problem;
  result.seconds = secondsSince(begin);
  result.threads = options.threads;
  result.images = calls * result.batch;
  return success();
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// When each step of one call began and the last one ended.
struct Stamps {
  std::vector<Clock::time_point> times;
  static void add(void *stamps) { static_cast<Stamps *>(stamps)->times.push_back(Clock::now()); }
};

/// Makes the entry of a lowered network take a function and its argument, and
/// call it before and after every step. Returns the steps, without times.
std::vector<Benchmark::Step> addStamps(LoweredNetwork &network) {
  SymbolTable symbols(*network.module);
  auto entry = symbols.lookup<LLVM::LLVMFuncOp>(network.entry);
  auto pointer = LLVM::LLVMPointerType::get(entry.getContext());
  LLVM::LLVMFunctionType type = entry.getFunctionType();
  SmallVector<Type> parameters(type.getParams());
  parameters.append(2, pointer);
  entry.setFunctionType(LLVM::LLVMFunctionType::get(type.getReturnType(), parameters));
  if (ArrayAttr attrs = entry.getArgAttrsAttr()) {
    SmallVector<Attribute> all(attrs.getValue());
    all.append(2, DictionaryAttr::get(entry.getContext()));
    entry.setArgAttrsAttr(ArrayAttr::get(entry.getContext(), all));
  }
  Value stamp = entry.front().addArgument(pointer, entry.getLoc());
  Value stamps = entry.front().addArgument(pointer, entry.getLoc());
  auto stampType =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(entry.getContext()), {pointer});

  std::vector<Benchmark::Step> steps;
  for (auto call : llvm::make_early_inc_range(entry.front().getOps<LLVM::CallOp>())) {
    auto name = call->getAttrOfType<StringAttr>(TallyDialect::kStepAttr);
    if (!name)
      continue;
    if (auto callee = symbols.lookup<LLVM::LLVMFuncOp>(*call.getCallee()))
      callee.setNoInline(true);
    OpBuilder builder(call);
    if (steps.empty())
      LLVM::CallOp::create(builder, call.getLoc(), stampType, ValueRange{stamp, stamps});
    builder.setInsertionPointAfter(call);
    LLVM::CallOp::create(builder, call.getLoc(), stampType, ValueRange{stamp, stamps});
    Benchmark::Step &step = steps.emplace_back();
    step.name = name.str();
    if (auto layers = call->getAttrOfType<ArrayAttr>(TallyDialect::kLayersAttr))
      for (auto layer : layers.getAsRange<StringAttr>())
        step.layers.push_back(layer.str());
  }
  return steps;
}

LogicalResult measureSteps(ModuleOp module, func::FuncOp entry, const BenchmarkOptions &options,
                           const CpuTarget &target, Benchmark &result) {
  FailureOr<LoweredNetwork> lowered = lowerForCpu(module, target, options.mulFree);
  if (failed(lowered))
    return failure();
  std::vector<Benchmark::Step> steps = addStamps(*lowered);
  FailureOr<JitNetwork> network = JitNetwork::create(
      *lowered->module, lowered->entry, lowered->workspaceBytes, lowered->outputs, target);
  if (failed(network))
    return failure();
  Stamps stamps;
  Caller caller(entry, *network, 0);
  caller.append({reinterpret_cast<void *>(&Stamps::add), &stamps});
  warmUp(caller, 0.2 * options.seconds);
  std::vector<std::vector<double>> samples(steps.size());
  Clock::time_point begin = Clock::now();
  int64_t runs = 0;
  do {
    stamps.times.clear();
    caller.call();
    for (size_t i = 0; i < steps.size(); ++i)
      samples[i].push_back(
          std::chrono::duration<double>(stamps.times[i + 1] - stamps.times[i]).count());
  } while (options.runs ? ++runs < options.runs : secondsSince(begin) < options.seconds);
  for (auto [step, values] : llvm::zip(steps, samples))
    step.seconds = medianOf(values) / double(result.batch);
  result.steps = std::move(steps);
  return success();
}

} // namespace

FailureOr<Benchmark> benchmark(ModuleOp module, const BenchmarkOptions &options,
                               const CpuTarget &target) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return failure();
  for (Type type : entry->getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || !getTensorElementType(tensor))
      return entry->emitError() << "has an input of type " << type << ", which cannot be compiled";
  }
  Benchmark result;
  if (entry->getNumArguments() > 0)
    if (auto tensor = cast<RankedTensorType>(entry->getArgumentTypes()[0]); tensor.getRank() > 1)
      result.batch = std::max<int64_t>(1, tensor.getDimSize(0));
  std::optional<Explainer> explainer;
  if (options.explain || options.perLayer)
    explainer.emplace(*module.getContext(), result.explanation.emplace());
  Clock::time_point begin = Clock::now();
  bool parallel = options.threads > 1 && options.mulFree != MulFree::Strict;
  FailureOr<JitNetwork> network = compileInProcess(module, target, options.mulFree, parallel);
  explainer.reset();
  if (failed(network))
    return failure();
  result.compileSeconds = secondsSince(begin);
  result.workspaceBytes = network->workspaceSize();
  Caller caller(*entry, *network, 0);
  Benchmark::Latency alone = measureLatency(caller, options, result.batch);
  result.median = alone.median;
  result.min = alone.min;
  result.max = alone.max;
  result.runs = alone.runs;
  if (parallel) {
    Team team(options.threads);
    caller.shareWith(&team);
    result.shared = measureLatency(caller, options, result.batch);
  }
  if (options.threads > 0 && failed(measureThroughput(*entry, *network, options, result)))
    return failure();
  if ((options.steps || options.perLayer) &&
      failed(measureSteps(module, *entry, options, target, result)))
    return failure();
  if (options.perLayer && failed(profileLayers(module, options.mulFree, target, result)))
    return failure();
  // What only others needed.
  if (!options.steps)
    result.steps.clear();
  if (!options.explain)
    result.explanation.reset();
  return result;
}

} // namespace tally
