//===- Limits.cpp - what this machine reaches at most ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Limits.h"

#include "tally/Lower/Kernels.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"
#include "tally/Target/Cpu/Jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/TargetParser/Triple.h"
#include <chrono>
#include <cstdlib>
#include <cstring>

using namespace mlir;

namespace tally {

using Clock = std::chrono::steady_clock;

namespace {

constexpr int64_t kLine = 64;

/// Bytes on a cache line of their own.
struct FreeBytes {
  void operator()(char *bytes) const { std::free(bytes); }
};
using Bytes = std::unique_ptr<char, FreeBytes>;

Bytes allocate(int64_t size) {
  return Bytes(static_cast<char *>(std::aligned_alloc(kLine, llvm::alignTo(size, kLine))));
}

/// The least seconds of a call, for a while: others on the machine only add to them.
double measureCalls(const JitNetwork &code, ArrayRef<void *> arguments) {
  constexpr double kSeconds = 0.05;
  double least = std::numeric_limits<double>::infinity();
  Clock::time_point begin = Clock::now();
  auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  do {
    Clock::time_point start = Clock::now();
    code.call(arguments);
    least = std::min(least, since(start));
  } while (since(begin) < kSeconds);
  return least;
}

/// A function `limit(from, to)` on buffers of bytes, with a loop in it.
class Loop {
public:
  using Body = function_ref<SmallVector<Value>(OpBuilder &, Location, Value index, ValueRange)>;

  Loop(MLIRContext *context, int64_t fromBytes, int64_t toBytes)
      : loc(UnknownLoc::get(context)), builder(context) {
    context
        ->loadDialect<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                      memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
    module = ModuleOp::create(loc);
    builder.setInsertionPointToEnd(module->getBody());
    Type i8 = builder.getI8Type();
    Type types[] = {MemRefType::get({fromBytes}, i8), MemRefType::get({toBytes}, i8)};
    function = func::FuncOp::create(builder, loc, "limit", builder.getFunctionType(types, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
  }

  /// The vector of `type` at `index` of `from`.
  Value load(OpBuilder &b, VectorType type, Value index) {
    int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    Value loaded = vector::LoadOp::create(b, loc, VectorType::get({bytes}, b.getI8Type()),
                                          function.getArgument(0), index);
    return vector::BitCastOp::create(b, loc, type, loaded);
  }
  Value load(VectorType type, int64_t index) { return load(builder, type, makeIndex(index)); }

  /// Computes `values` of `type` in a loop over 0, `step`, ... below `end`, and stores them.
  void build(VectorType type, SmallVector<Value> values, int64_t end, int64_t step, Body body) {
    auto loop =
        scf::ForOp::create(builder, loc, makeIndex(0), makeIndex(end), makeIndex(step), values,
                           [&](OpBuilder &b, Location at, Value index, ValueRange carried) {
                             scf::YieldOp::create(b, at, body(b, at, index, carried));
                           });
    int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    auto stored = VectorType::get({bytes}, builder.getI8Type());
    for (auto [i, result] : llvm::enumerate(loop.getResults()))
      vector::StoreOp::create(builder, loc, vector::BitCastOp::create(builder, loc, stored, result),
                              function.getArgument(1), makeIndex(int64_t(i) * bytes));
    func::ReturnOp::create(builder, loc);
  }

  FailureOr<JitNetwork> compile(const CpuTarget &target) {
    PassManager manager(module->getContext());
    buildLoopsToLlvmPipeline(manager);
    if (failed(runPasses(manager, *module)))
      return failure();
    return JitNetwork::create(*module, "limit", /*workspaceBytes=*/0, {}, target);
  }

private:
  Value makeIndex(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

  Location loc;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
};

/// Numbers that stay numbers: halves of floats, any bytes of integers.
void fill(char *bytes, int64_t size, Type element) {
  for (int64_t i = 0; i < size; ++i)
    bytes[i] = char(i * 37 + 11);
  if (!element.isF32())
    return;
  constexpr float kHalf = 0.5f;
  for (int64_t i = 0; i + 4 <= size; i += 4)
    std::memcpy(bytes + i, &kHalf, 4);
}

/// |a - b|
Value buildDifference(OpBuilder &b, Location loc, Value x, Value y) {
  if (isa<FloatType>(getElementTypeOrSelf(x.getType())))
    return math::AbsFOp::create(b, loc, arith::SubFOp::create(b, loc, x, y));
  return math::AbsIOp::create(b, loc, arith::SubIOp::create(b, loc, x, y));
}

/// Of floats, with a product in one operation where the processor has that, as in networks.
constexpr auto kContract = arith::FastMathFlags::contract;

Value buildSum(OpBuilder &b, Location loc, Value x, Value y) {
  if (isa<FloatType>(getElementTypeOrSelf(x.getType())))
    return arith::AddFOp::create(b, loc, x, y, kContract);
  return arith::AddIOp::create(b, loc, x, y);
}

/// What is added to a sum: a product, a difference, or something shifted.
Value buildTerm(OpBuilder &b, Location loc, OperationKind kind, Value x, Value w) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(x.getType()));
  if (kind == OperationKind::Sad)
    return buildDifference(b, loc, x, w);
  if (kind == OperationKind::Shift) {
    Value most = arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(cast<ShapedType>(w.getType()),
                               b.getIntegerAttr(getElementTypeOrSelf(w.getType()), 7)));
    return arith::ShLIOp::create(b, loc, x, arith::AndIOp::create(b, loc, w, most));
  }
  if (isFloat)
    return arith::MulFOp::create(b, loc, x, w, kContract);
  return arith::MulIOp::create(b, loc, x, w);
}

const char *nameOf(OperationKind kind) {
  return kind == OperationKind::Sad     ? "difference"
         : kind == OperationKind::Shift ? "shift-add"
                                        : "multiply-add";
}

} // namespace

FailureOr<double> Limits::measureRate(const RegisterUpdate &update) {
  bool isX86 = llvm::Triple(target.triple).isX86();
  const int64_t sums = !isX86 || described.has("avx512vl") ? 24 : 12;
  constexpr int64_t kRounds = 4096;
  int64_t bytes = update.sums.getNumElements() * update.sums.getElementTypeBitWidth() / 8;
  int64_t fromBytes = (sums + 1) * bytes, toBytes = sums * bytes;
  Loop loop(context, fromBytes, toBytes);
  Value weights = loop.load(update.sums, 0);
  SmallVector<Value> starts;
  for (int64_t i = 0; i < sums; ++i)
    starts.push_back(loop.load(update.sums, (i + 1) * bytes));
  loop.build(update.sums, starts, kRounds, 1,
             [&](OpBuilder &b, Location loc, Value, ValueRange carried) {
               return llvm::map_to_vector(
                   carried, [&](Value sum) { return update.build(b, loc, sum, weights); });
             });
  FailureOr<JitNetwork> code = loop.compile(target);
  if (failed(code))
    return failure();
  Bytes from = allocate(fromBytes), to = allocate(toBytes);
  fill(from.get(), fromBytes, update.sums.getElementType());
  double seconds = measureCalls(*code, {from.get(), to.get()});
  return double(update.terms * sums * kRounds) / seconds;
}

LogicalResult Limits::measureMemory(int64_t bytes, MemoryLimit &limit) {
  constexpr int64_t kSums = 8, kLeastBytes = 32 << 10;
  auto type = VectorType::get({std::max<int64_t>(1, described.getLanes() / 8)},
                              IntegerType::get(context, 64));
  int64_t line = type.getNumElements() * 8;
  bytes = llvm::alignTo(std::max(bytes, kLeastBytes), kSums * line);
  Loop loop(context, bytes, kSums * line);
  SmallVector<Value> starts;
  for (int64_t i = 0; i < kSums; ++i)
    starts.push_back(loop.load(type, i * line));
  loop.build(type, starts, bytes, kSums * line,
             [&](OpBuilder &b, Location loc, Value index, ValueRange carried) {
               SmallVector<Value> sums;
               for (auto [i, sum] : llvm::enumerate(carried)) {
                 Value offset = arith::ConstantIndexOp::create(b, loc, int64_t(i) * line);
                 Value at = arith::AddIOp::create(b, loc, index, offset);
                 sums.push_back(arith::XOrIOp::create(b, loc, sum, loop.load(b, type, at)));
               }
               return sums;
             });
  FailureOr<JitNetwork> code = loop.compile(target);
  if (failed(code))
    return failure();
  Bytes from = allocate(bytes), to = allocate(kSums * line);
  fill(from.get(), bytes, IntegerType::get(context, 8));
  limit = {bytes, double(bytes) / measureCalls(*code, {from.get(), to.get()})};
  return success();
}

FailureOr<size_t> Limits::get(const std::string &name, const RegisterUpdate &update) {
  auto known = llvm::find_if(measured, [&](const OperationLimit &one) { return one.name == name; });
  if (known != measured.end())
    return size_t(known - measured.begin());
  FailureOr<double> rate = measureRate(update);
  if (failed(rate))
    return failure();
  measured.push_back({name, *rate});
  return measured.size() - 1;
}

FailureOr<std::optional<size_t>> Limits::ofKernel(const std::string &kernel) {
  std::optional<RegisterUpdate> update = getRegisterUpdate(kernel, described);
  if (!update)
    return std::optional<size_t>();
  FailureOr<size_t> limit = get(kernel, *update);
  if (failed(limit))
    return failure();
  return std::optional(*limit);
}

FailureOr<size_t> Limits::ofSums(OperationType product, int sumBits) {
  int bits = product.isFloat || sumBits > 16 ? 32 : 16;
  Type element = product.isFloat ? Type(Float32Type::get(context))
                                 : Type(IntegerType::get(context, unsigned(bits)));
  int64_t lanes = std::max<int64_t>(1, described.getLanes() * 8 / bits);
  OperationKind kind = product.kind;
  RegisterUpdate update{VectorType::get({lanes}, element), lanes,
                        [kind](OpBuilder &b, Location loc, Value sums, Value weights) -> Value {
                          return buildSum(b, loc, buildTerm(b, loc, kind, sums, weights), weights);
                        }};
  return get(std::string(nameOf(kind)) + (product.isFloat ? " f" : " i") + std::to_string(bits),
             update);
}

} // namespace tally
