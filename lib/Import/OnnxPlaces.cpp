//===- OnnxPlaces.cpp - where moved elements come from --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxPlaces.h"

#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/DenseMap.h"

#include <algorithm>
#include <numeric>

using namespace mlir;

namespace tally::onnx {

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

/// Up to here floats are numbers of elements.
constexpr int64_t kMaxNumber = int64_t(1) << 24;
/// What is listed element by element.
constexpr int64_t kMaxPlaces = int64_t(1) << 25;

static bool movesElements(Operation *op) {
  return isa_and_nonnull<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp, tosa::PadOp,
                         tosa::ConcatOp, TakeOp>(op);
}

static int64_t countOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

SmallVector<Value> findSources(Value value) {
  SmallVector<Value> sources = {value};
  while (movesElements(value.getDefiningOp())) {
    ValueRange operands = value.getDefiningOp()->getOperands();
    auto next = llvm::find_if(operands, [](Value operand) {
      return isa<RankedTensorType>(operand.getType()) && !getConstantElements(operand);
    });
    if (next == operands.end())
      break;
    value = *next;
    sources.push_back(value);
  }
  return sources;
}

namespace {
/// Runs movement on the numbers of the elements of `source`, from 1 on.
class Trace {
public:
  Trace(Value source, int64_t &budget) : budget(budget) {
    std::vector<float> numbers(countOf(source));
    std::iota(numbers.begin(), numbers.end(), 1.0f);
    ArrayRef<int64_t> shape = cast<RankedTensorType>(source.getType()).getShape();
    known[source] = Tensor::of<float>({shape.begin(), shape.end()}, numbers);
  }

  std::optional<Tensor> run(Value value) {
    if (auto it = known.find(value); it != known.end())
      return it->second;
    Operation *op = value.getDefiningOp();
    if (!movesElements(op) || countOf(value) > kMaxPlaces)
      return isZeros(value) || isa_and_nonnull<tosa::ConstShapeOp>(op) ? interpret(op, {})
                                                                       : std::nullopt;
    budget -= countOf(value);
    if (budget < 0)
      return std::nullopt;
    SmallVector<Tensor> operands;
    for (Value operand : op->getOperands()) {
      std::optional<Tensor> tensor = run(operand);
      if (!tensor)
        return std::nullopt;
      operands.push_back(*tensor);
    }
    std::optional<Tensor> result = interpret(op, operands);
    if (result)
      known[value] = *result;
    return result;
  }

private:
  static std::optional<Tensor> interpret(Operation *op, ArrayRef<Tensor> operands) {
    FailureOr<Tensor> result = interpretOperation(op, operands);
    return failed(result) ? std::nullopt : std::optional<Tensor>(*result);
  }

  static bool isZeros(Value value) {
    ElementsAttr elements = getConstantElements(value);
    return elements && elements.getElementType().isF32() &&
           llvm::all_of(getFloats(elements), [](float x) { return x == 0; });
  }

  int64_t &budget;
  llvm::DenseMap<Value, Tensor> known;
};
} // namespace

std::optional<std::vector<int64_t>> traceTo(Value value, Value source, int64_t &budget) {
  if (countOf(source) >= kMaxNumber || countOf(value) > kMaxPlaces)
    return std::nullopt;
  std::optional<Tensor> numbers = Trace(source, budget).run(value);
  if (!numbers)
    return std::nullopt;
  std::vector<int64_t> places;
  places.reserve(numbers->size());
  for (float number : ArrayRef<float>(numbers->data<float>(), numbers->size()))
    places.push_back(int64_t(number) - 1);
  return places;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

namespace {

/// Rows and columns; and an image or a channel.
struct Place {
  int64_t index = 0;
  std::array<int64_t, 2> at = {0, 0};
};

/// The sum of a place for each position and a place for each term.
class SumOfPlaces {
public:
  SumOfPlaces(ArrayRef<int64_t> places, int64_t terms, ArrayRef<int64_t> shape)
      : places(places), terms(terms), shape(shape), ofPosition(places.size() / terms),
        ofTerm(terms) {}

  /// Whether all follow from each other.
  bool solve() {
    std::vector<int64_t> seen(numPositions());
    for (int64_t p = 0; p < numPositions(); ++p)
      seen[p] = terms - llvm::count(places.slice(p * terms, terms), -1);
    int64_t first = llvm::max_element(seen) - seen.begin();
    if (seen[first] == 0)
      return false;
    ofPosition[first] = Place();
    // Windows know each other after a few rounds.
    constexpr int kMaxRounds = 16;
    for (int round = 0; round < kMaxRounds && spread(); ++round) {
    }
    return llvm::all_of(ofPosition, isKnown) && llvm::all_of(ofTerm, isKnown) && isRight();
  }

  int64_t numPositions() const { return ofPosition.size(); }
  int64_t numTerms() const { return terms; }
  const Place &position(int64_t p) const { return *ofPosition[p]; }
  const Place &term(int64_t t) const { return *ofTerm[t]; }

  /// Moves rows (0) or columns (1) so that the first term is at 0.
  void normalize(int dim) {
    int64_t lowest = term(0).at[dim];
    for (std::optional<Place> &place : ofTerm)
      lowest = std::min(lowest, place->at[dim]);
    for (std::optional<Place> &place : ofTerm)
      place->at[dim] -= lowest;
    for (std::optional<Place> &place : ofPosition)
      place->at[dim] += lowest;
  }

private:
  static bool isKnown(const std::optional<Place> &place) { return place.has_value(); }

  /// Image, row, column and channel of an element.
  std::array<int64_t, 4> decode(int64_t place) const {
    int64_t column = place / shape[3], row = column / shape[2];
    return {row / shape[1], row % shape[1], column % shape[2], place % shape[3]};
  }

  /// Finds places of terms by those of positions, and the other way; whether it found any.
  bool spread() {
    bool found = false;
    for (int64_t p = 0; p < numPositions(); ++p)
      for (int64_t t = 0; t < terms; ++t) {
        int64_t place = places[p * terms + t];
        bool hasTerm = isKnown(ofTerm[t]), hasPosition = isKnown(ofPosition[p]);
        if (place < 0 || hasTerm == hasPosition)
          continue;
        auto [image, row, column, channel] = decode(place);
        if (hasTerm)
          ofPosition[p] = {image, {row - ofTerm[t]->at[0], column - ofTerm[t]->at[1]}};
        else
          ofTerm[t] = {channel, {row - ofPosition[p]->at[0], column - ofPosition[p]->at[1]}};
        found = true;
      }
    return found;
  }

  /// Whether each element is the sum of its two places, and zero just where that is outside.
  bool isRight() {
    // The first position's image was not asked for.
    for (int64_t p = 0; p < numPositions(); ++p)
      for (int64_t t = 0; t < terms; ++t)
        if (int64_t place = places[p * terms + t]; place >= 0) {
          ofPosition[p]->index = decode(place)[0];
          break;
        }
    for (int64_t p = 0; p < numPositions(); ++p)
      for (int64_t t = 0; t < terms; ++t) {
        int64_t row = position(p).at[0] + term(t).at[0];
        int64_t column = position(p).at[1] + term(t).at[1];
        bool inside = row >= 0 && row < shape[1] && column >= 0 && column < shape[2];
        int64_t place =
            ((position(p).index * shape[1] + row) * shape[2] + column) * shape[3] + term(t).index;
        if (places[p * terms + t] != (inside ? place : -1))
          return false;
      }
    return true;
  }

  ArrayRef<int64_t> places;
  int64_t terms;
  ArrayRef<int64_t> shape;
  std::vector<std::optional<Place>> ofPosition, ofTerm;
};

/// Numbers `first`, `first + step`, ...
struct Progression {
  int64_t first, step, count;
  int64_t find(int64_t value) const { return (value - first) / step; }
};

} // namespace

/// The progression that `values` are, each once or more.
static std::optional<Progression> findProgression(std::vector<int64_t> values) {
  llvm::sort(values);
  values.erase(llvm::unique(values), values.end());
  Progression result{values[0], values.size() > 1 ? values[1] - values[0] : 1,
                     int64_t(values.size())};
  for (auto [index, value] : llvm::enumerate(values))
    if (value != result.first + int64_t(index) * result.step)
      return std::nullopt;
  return result;
}

/// The padding before and after, along `dim` of an image of `size`, that makes `count` windows;
/// the same on both sides where that makes as many.
static bool choosePadding(Window &window, int dim, int64_t size, int64_t before, int64_t count) {
  if (before < 0)
    return false;
  window.pad[2 * dim] = before;
  int64_t end = (count - 1) * window.stride[dim] + window.extent(dim);
  for (int64_t after : {before, std::max<int64_t>(end - size - before, 0)}) {
    window.pad[2 * dim + 1] = after;
    if (window.outputSize(dim, size) == count)
      return true;
  }
  return false;
}

/// The places of all terms in a filter, where each place is that of one term.
static bool placeTerms(const SumOfPlaces &sum, const std::array<Progression, 2> &kernel,
                       int64_t channels, std::vector<int64_t> &filterPlaces) {
  if (sum.numTerms() != kernel[0].count * kernel[1].count * channels)
    return false;
  std::vector<bool> taken(sum.numTerms(), false);
  for (int64_t t = 0; t < sum.numTerms(); ++t) {
    const Place &place = sum.term(t);
    int64_t tap = kernel[0].find(place.at[0]) * kernel[1].count + kernel[1].find(place.at[1]);
    int64_t at = tap * channels + place.index;
    if (taken[at])
      return false;
    taken[at] = true;
    filterPlaces.push_back(at);
  }
  return true;
}

/// The order in which positions count through images, rows and columns.
static std::optional<std::array<unsigned, 3>> findOrder(const SumOfPlaces &sum,
                                                        const std::array<Progression, 3> &axes) {
  std::array<unsigned, 3> order = {0, 1, 2};
  auto counts = [&](int64_t p) {
    const Place &place = sum.position(p);
    std::array<int64_t, 3> index = {axes[0].find(place.index), axes[1].find(place.at[0]),
                                    axes[2].find(place.at[1])};
    int64_t number = 0;
    for (unsigned dim : order)
      number = number * axes[dim].count + index[dim];
    return number == p;
  };
  do {
    if (llvm::all_of(llvm::seq<int64_t>(0, sum.numPositions()), counts))
      return order;
  } while (std::next_permutation(order.begin(), order.end()));
  return std::nullopt;
}

std::optional<PlacedWindows> findWindows(ArrayRef<int64_t> places, int64_t terms,
                                         ArrayRef<int64_t> shape) {
  SumOfPlaces sum(places, terms, shape);
  if (!sum.solve())
    return std::nullopt;
  PlacedWindows found;
  std::array<Progression, 2> kernel;
  std::array<Progression, 3> axes;
  auto collect = [](int64_t count, auto get) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(get(i));
    return findProgression(std::move(values));
  };
  auto images = collect(sum.numPositions(), [&](int64_t p) { return sum.position(p).index; });
  if (!images || images->first != 0 || images->step != 1 || images->count != shape[0])
    return std::nullopt;
  axes[0] = *images;
  for (int dim : {0, 1}) {
    sum.normalize(dim);
    auto taps = collect(terms, [&](int64_t t) { return sum.term(t).at[dim]; });
    auto steps = collect(sum.numPositions(), [&](int64_t p) { return sum.position(p).at[dim]; });
    if (!taps || !steps)
      return std::nullopt;
    kernel[dim] = *taps;
    axes[dim + 1] = *steps;
    found.window.kernel[dim] = taps->count;
    found.window.dilation[dim] = taps->step;
    found.window.stride[dim] = steps->step;
    if (!choosePadding(found.window, dim, shape[dim + 1], -steps->first, steps->count))
      return std::nullopt;
  }
  if (sum.numPositions() != axes[0].count * axes[1].count * axes[2].count ||
      !placeTerms(sum, kernel, shape[3], found.filterPlaces))
    return std::nullopt;
  auto order = findOrder(sum, axes);
  if (!order)
    return std::nullopt;
  found.order = *order;
  found.size = {axes[0].count, axes[1].count, axes[2].count};
  return found;
}

} // namespace tally::onnx
