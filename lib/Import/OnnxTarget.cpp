//===- OnnxTarget.cpp - result shapes of data movement --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxTarget.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;

namespace tally::onnx {

LogicalResult requireElements(NodeScope &scope, ArrayRef<int64_t> shape) {
  if (countElements(shape).value_or(0) == 0)
    return scope.unsupported("its result has no elements, or too many");
  return success();
}

LogicalResult requireIndices(NodeScope &scope, ArrayRef<int64_t> shape) {
  constexpr int64_t kMaxIndices = int64_t(1) << 16;
  for (int64_t size : shape)
    if (size > kMaxIndices)
      return scope.unsupported("a dimension of " + Twine(size) + " elements, more than " +
                               Twine(kMaxIndices));
  return requireElements(scope, shape);
}

//===----------------------------------------------------------------------===//
// Reshape, Flatten, Squeeze, Unsqueeze
//===----------------------------------------------------------------------===//

static FailureOr<Sizes> getExplicitTarget(NodeScope &scope) {
  ArrayRef<int64_t> from = scope.input(0).shape;
  LiteralRef literal = scope.ints(1, "shape");
  if (!literal)
    return failure();
  bool allowZero = scope.intAttribute("allowzero", 0) != 0;
  Sizes target(literal->ints.begin(), literal->ints.end());
  std::optional<size_t> inferred;
  for (auto [index, size] : llvm::enumerate(target)) {
    if (size == 0 && !allowZero) {
      if (index >= from.size())
        return scope.invalid("requires a dimension " + Twine(index) +
                             " in its input, which 'shape' copies");
      size = from[index];
    }
    if (size == -1) {
      if (inferred)
        return scope.invalid("has two dimensions -1 in 'shape'");
      inferred = index;
      size = 1;
    }
  }
  int64_t elements = *countElements(from);
  std::optional<int64_t> known = countElements(target);
  if (inferred && known && *known > 0 && elements % *known == 0) {
    target[*inferred] = elements / *known;
    known = elements;
  }
  if (known != elements)
    return scope.invalid("requires a 'shape' of " + Twine(elements) + " elements, but got " +
                         (known ? Twine(*known) : Twine("another number")));
  return target;
}

/// The axes that Squeeze and Unsqueeze name; an input from opset 13 on.
static FailureOr<std::optional<Sizes>> readAxes(NodeScope &scope) {
  if (!scope.hasInput(1))
    return scope.intsAttribute("axes");
  LiteralRef literal = scope.ints(1, "axes");
  if (!literal)
    return failure();
  return std::optional<Sizes>(Sizes(literal->ints.begin(), literal->ints.end()));
}

/// Marks each of `axes`; they must be within `rank` and different.
static FailureOr<llvm::SmallBitVector> markAxes(NodeScope &scope, ArrayRef<int64_t> axes,
                                                int64_t rank) {
  llvm::SmallBitVector marked(rank);
  for (int64_t axis : axes) {
    auto normalized = normalizeAxis(axis, rank);
    if (!normalized || marked[*normalized])
      return scope.invalid("requires different 'axes' within rank " + Twine(rank) + ", but got " +
                           Twine(axis));
    marked.set(*normalized);
  }
  return marked;
}

static FailureOr<Sizes> getSqueezeTarget(NodeScope &scope) {
  ArrayRef<int64_t> from = scope.input(0).shape;
  auto axes = readAxes(scope);
  if (failed(axes))
    return failure();
  Sizes target;
  if (!*axes) {
    llvm::copy_if(from, std::back_inserter(target), [](int64_t s) { return s != 1; });
    return target;
  }
  auto marked = markAxes(scope, **axes, from.size());
  if (failed(marked))
    return failure();
  for (auto [index, size] : llvm::enumerate(from)) {
    if (!marked->test(index))
      target.push_back(size);
    else if (size != 1)
      return scope.invalid("requires size 1 in dimension " + Twine(index) + ", but got " +
                           Twine(size));
  }
  return target;
}

static FailureOr<Sizes> getUnsqueezeTarget(NodeScope &scope) {
  ArrayRef<int64_t> from = scope.input(0).shape;
  auto axes = readAxes(scope);
  if (failed(axes))
    return failure();
  if (!*axes)
    return scope.invalid("requires 'axes'");
  int64_t rank = from.size() + (*axes)->size();
  auto marked = markAxes(scope, **axes, rank);
  if (failed(marked))
    return failure();
  Sizes target;
  for (int64_t index = 0; index < rank; ++index) {
    if (marked->test(index)) {
      target.push_back(1);
      continue;
    }
    target.push_back(from.front());
    from = from.drop_front();
  }
  return target;
}

static FailureOr<Sizes> getFlattenTarget(NodeScope &scope) {
  ArrayRef<int64_t> from = scope.input(0).shape;
  int64_t rank = from.size(), axis = scope.intAttribute("axis", 1);
  if (axis < -rank || axis > rank)
    return scope.invalid("requires 'axis' within rank " + Twine(rank) + ", but got " + Twine(axis));
  axis = axis < 0 ? axis + rank : axis;
  return Sizes{*countElements(from.take_front(axis)), *countElements(from.drop_front(axis))};
}

FailureOr<Sizes> getReshapeTarget(NodeScope &scope) {
  StringRef type = scope.node.opType;
  if (type == "Flatten")
    return getFlattenTarget(scope);
  if (type == "Squeeze")
    return getSqueezeTarget(scope);
  if (type == "Unsqueeze")
    return getUnsqueezeTarget(scope);
  return getExplicitTarget(scope);
}

//===----------------------------------------------------------------------===//
// Transpose, Concat
//===----------------------------------------------------------------------===//

FailureOr<Sizes> getTransposeOrder(NodeScope &scope) {
  int64_t rank = scope.input(0).rank();
  Sizes order = llvm::to_vector<4>(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  order = scope.intsAttribute("perm").value_or(order);
  Sizes sorted = order;
  llvm::sort(sorted);
  if (sorted != llvm::to_vector<4>(llvm::seq<int64_t>(0, rank)))
    return scope.invalid("requires 'perm' to be a permutation of " + Twine(rank) + " dimensions");
  return order;
}

FailureOr<ConcatTarget> getConcatTarget(NodeScope &scope) {
  Sizes shape = scope.input(0).shape;
  if (!scope.attribute("axis"))
    return scope.invalid("requires the attribute 'axis'");
  auto axis = scope.axisAttribute("axis", 0, shape.size());
  if (failed(axis))
    return failure();
  for (size_t index = 1; index < scope.numInputs(); ++index) {
    if (!scope.hasInput(index))
      return scope.invalid("requires its input number " + Twine(index));
    Sizes other = scope.input(index).shape;
    bool fits = other.size() == shape.size();
    if (fits) {
      shape[*axis] += other[*axis];
      other[*axis] = shape[*axis];
    }
    if (!fits || other != shape || !countElements(shape))
      return scope.invalid("requires inputs that differ in dimension " + Twine(*axis) +
                           " only, but input number " + Twine(index) + " does not fit");
  }
  return ConcatTarget{*axis, shape};
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// `position` counted from the front of `size` elements and kept in `low .. high`.
static int64_t clampPosition(int64_t position, int64_t size, int64_t low, int64_t high) {
  if (position < 0)
    position += size;
  return std::min(std::max(position, low), high);
}

/// Numbers that are an input, and were an attribute before operator set 10.
static FailureOr<std::optional<Sizes>> readNumbers(NodeScope &scope, size_t index, StringRef name) {
  if (!scope.hasInput(index))
    return scope.intsAttribute(name);
  LiteralRef literal = scope.ints(index, name);
  if (!literal)
    return failure();
  return std::optional<Sizes>(Sizes(literal->ints.begin(), literal->ints.end()));
}

FailureOr<SliceTarget> getSliceTarget(NodeScope &scope) {
  ArrayRef<int64_t> from = scope.input(0).shape;
  int64_t rank = from.size();
  auto starts = readNumbers(scope, 1, "starts"), ends = readNumbers(scope, 2, "ends");
  auto axes = readNumbers(scope, 3, "axes"), steps = readNumbers(scope, 4, "steps");
  if (failed(starts) || failed(ends) || failed(axes) || failed(steps))
    return failure();
  if (!*starts || !*ends)
    return scope.invalid("requires 'starts' and 'ends'");
  int64_t count = (*starts)->size();
  if (int64_t((*ends)->size()) != count || (*axes && int64_t((*axes)->size()) != count) ||
      (*steps && int64_t((*steps)->size()) != count) || (!*axes && count > rank))
    return scope.invalid("requires 'starts', 'ends', 'axes' and 'steps' of one length");

  SliceTarget target{Sizes(rank, 0), Sizes(from), Sizes(rank, 1)};
  llvm::SmallBitVector seen(rank);
  for (int64_t i = 0; i < count; ++i) {
    auto axis = normalizeAxis(*axes ? (**axes)[i] : i, rank);
    int64_t step = *steps ? (**steps)[i] : 1;
    if (!axis || seen[*axis])
      return scope.invalid("requires different 'axes' within rank " + Twine(rank));
    if (step == 0 || step == std::numeric_limits<int64_t>::min())
      return scope.invalid("has a step of " + Twine(step));
    seen.set(*axis);
    int64_t size = from[*axis];
    int64_t start = step > 0 ? clampPosition((**starts)[i], size, 0, size)
                             : clampPosition((**starts)[i], size, 0, size - 1);
    int64_t end = step > 0 ? clampPosition((**ends)[i], size, 0, size)
                           : clampPosition((**ends)[i], size, -1, size - 1);
    int64_t span = step > 0 ? end - start : start - end;
    int64_t stride = step > 0 ? step : -step;
    target.start[*axis] = start;
    target.step[*axis] = step;
    target.size[*axis] = span <= 0 ? 0 : (span - 1) / stride + 1;
  }
  return target;
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

FailureOr<Sizes> getSplitSizes(NodeScope &scope, int64_t size) {
  Sizes parts = scope.intsAttribute("split").value_or(Sizes());
  if (scope.hasInput(1)) {
    LiteralRef literal = scope.ints(1, "split");
    if (!literal)
      return failure();
    parts.assign(literal->ints.begin(), literal->ints.end());
  }
  int64_t count = scope.node.outputs.size();
  if (parts.empty()) {
    // Equal parts; the last one may be smaller.
    int64_t part = (size + count - 1) / count;
    for (int64_t rest = size; rest > 0; rest -= part)
      parts.push_back(std::min(part, rest));
  }
  int64_t sum = 0;
  bool positive = true;
  for (int64_t part : parts) {
    positive &= part >= 1 && part <= size;
    sum += positive ? part : 0;
    if (!positive || sum > size)
      break;
  }
  if (!positive || sum != size || int64_t(parts.size()) != count)
    return scope.invalid("requires " + Twine(count) + " parts that sum to " + Twine(size));
  return parts;
}

} // namespace tally::onnx
