//===- OnnxFoldReductions.cpp - reductions of constants -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks compute weights from what they were trained with: normalised, standardised, shifted.
// With constants only, the results are constants.
//
//===----------------------------------------------------------------------===//

#include "OnnxNodeTable.h"
#include "OnnxTarget.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace tally::onnx {

namespace {
/// What becomes of the numbers x of one result: `finish(add(...add(start, x0)..., xn), n)`.
struct Reducer {
  double start;
  double (*add)(double sum, double x);
  double (*finish)(double sum, double count);
};
} // namespace

static std::optional<Reducer> getReducer(StringRef type) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  auto plus = [](double sum, double x) { return sum + x; };
  auto plusSquare = [](double sum, double x) { return sum + x * x; };
  auto same = [](double sum, double) { return sum; };
  auto log = [](double sum, double) { return std::log(sum); };
  if (type == "ReduceSum")
    return Reducer{0, plus, same};
  if (type == "ReduceMean")
    return Reducer{0, plus, [](double sum, double count) { return sum / count; }};
  if (type == "ReduceMax")
    return Reducer{-kInfinity, [](double a, double x) { return std::max(a, x); }, same};
  if (type == "ReduceMin")
    return Reducer{kInfinity, [](double a, double x) { return std::min(a, x); }, same};
  if (type == "ReduceProd")
    return Reducer{1, [](double a, double x) { return a * x; }, same};
  if (type == "ReduceL1")
    return Reducer{0, [](double a, double x) { return a + std::fabs(x); }, same};
  if (type == "ReduceL2")
    return Reducer{0, plusSquare, [](double sum, double) { return std::sqrt(sum); }};
  if (type == "ReduceSumSquare")
    return Reducer{0, plusSquare, same};
  if (type == "ReduceLogSum")
    return Reducer{0, plus, log};
  if (type == "ReduceLogSumExp")
    return Reducer{0, [](double a, double x) { return a + std::exp(x); }, log};
  return std::nullopt;
}

/// The same of integers, which wrap as ONNX's do.
static FailureOr<std::vector<int64_t>> reduceInts(NodeScope &scope, const Literal &literal,
                                                  ArrayRef<int64_t> places, int64_t count) {
  StringRef type = scope.node.opType;
  int64_t start = type == "ReduceMax"    ? std::numeric_limits<int64_t>::min()
                  : type == "ReduceMin"  ? std::numeric_limits<int64_t>::max()
                  : type == "ReduceProd" ? 1
                                         : 0;
  bool isSum = type == "ReduceSum" || type == "ReduceMean";
  if (!isSum && start == 0)
    return scope.unsupported("it reduces integers");
  std::vector<int64_t> results(count, start);
  for (auto [x, place] : llvm::zip(literal.ints, places)) {
    int64_t &result = results[place];
    result = type == "ReduceMax"   ? std::max(result, x)
             : type == "ReduceMin" ? std::min(result, x)
             : isSum               ? int64_t(uint64_t(result) + uint64_t(x))
                                   : int64_t(uint64_t(result) * uint64_t(x));
  }
  if (type == "ReduceMean" && count > 0)
    for (int64_t &result : results)
      result /= std::max<int64_t>(1, literal.size() / count);
  return results;
}

LogicalResult foldReduce(NodeScope &scope) {
  const Literal &literal = *scope.input(0).literal;
  auto reduced = readReducedAxes(scope);
  if (failed(reduced))
    return failure();
  Sizes kept, shape;
  for (auto [size, isReduced] : llvm::zip(literal.shape, *reduced)) {
    kept.push_back(isReduced ? 1 : size);
    if (!isReduced || scope.intAttribute("keepdims", 1) != 0)
      shape.push_back(kept.back());
  }
  // Sums over no elements are elements all the same.
  int64_t count = *countElements(kept);
  if (failed(scope.spendFolding(std::max(literal.size(), count))))
    return failure();
  Sizes strides = getStrides(kept);
  for (auto [stride, isReduced] : llvm::zip(strides, *reduced))
    stride = isReduced ? 0 : stride;
  std::vector<int64_t> places = getIndices(literal.shape, strides);
  if (!literal.isFloat) {
    auto results = reduceInts(scope, literal, places, count);
    return failed(results) ? failure() : scope.setConstant(Literal::ofInts(shape, *results));
  }
  Reducer reducer = *getReducer(scope.node.opType);
  std::vector<double> sums(count, reducer.start);
  for (auto [x, place] : llvm::zip(literal.floats, places))
    sums[place] = reducer.add(sums[place], x);
  double terms = count == 0 ? 0 : double(literal.size()) / double(count);
  std::vector<float> results;
  for (double sum : sums)
    results.push_back(float(reducer.finish(sum, terms)));
  Literal result = Literal::ofFloats(shape, std::move(results));
  result.codesLostBy = literal.codes ? scope.node.name : literal.codesLostBy;
  return scope.setConstant(std::move(result));
}

} // namespace tally::onnx
