//===- GroupInput.cpp - bytes of each lane's own channels -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The channels of a vector of filters lie side by side: they are loaded at once for each place, and
// every lane takes its own. Units of several places are woven out of those; where a group has an
// even number of channels, or four, by twos or fours.
//
//===----------------------------------------------------------------------===//

#include "ChannelGroups.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace mlir;

namespace tally {

GroupInput::GroupInput(StepBuilder &steps, KernelOp op, const ChannelGroups &groups, int64_t width)
    : steps(steps), b(steps.builder), loc(steps.loc), op(op), groups(groups), width(width) {}

LogicalResult GroupInput::open() {
  FailureOr<Value> found = steps.bufferFor(op.getInputs()[0]);
  if (failed(found))
    return failure();
  buffer = *found;
  return success();
}

/// Where a line begins, at channel 0.
AffineExpr GroupInput::getPosition(const Indices &member, AffineExpr line) {
  auto stride = op.getParameters().getAs<DenseI64ArrayAttr>("stride");
  auto dilation = op.getParameters().getAs<DenseI64ArrayAttr>("dilation");
  AffineExpr zero = b.getAffineConstantExpr(0);
  AffineExpr row = groups.alongWidth ? line : zero, column = groups.alongWidth ? zero : line;
  return steps.simplify(steps.getPosition({member[0], member[1] * stride[0] + row * dilation[0],
                                           member[2] * stride[1] + column * dilation[1], zero},
                                          op.getInputs()[0]));
}

SmallVector<AffineExpr> GroupInput::enterLines(LoopNest &nest) {
  if (!groups.isUnrolled())
    return {nest.enter(groups.lines)};
  SmallVector<AffineExpr> lines;
  for (int64_t line = 0; line < groups.lines; ++line)
    lines.push_back(b.getAffineConstantExpr(line));
  return lines;
}

void GroupInput::forEach(ArrayRef<Indices> members, ArrayRef<AffineExpr> lines,
                         function_ref<void(Value, size_t, AffineExpr, int64_t)> add,
                         ArrayRef<size_t> together) {
  struct Unit {
    AffineExpr position;
    int64_t index;
    size_t together;
    SmallVector<std::pair<size_t, AffineExpr>> users;
  };
  std::vector<Unit> units;
  llvm::DenseMap<std::pair<AffineExpr, int64_t>, size_t> known;
  filter = members[0][3];
  for (size_t member = 0, count = 1; member < members.size(); member += count) {
    count = together.empty() ? 1 : together[member];
    for (AffineExpr line : lines)
      for (int64_t index = 0; index < groups.units(); ++index) {
        AffineExpr position = getPosition(members[member], line);
        auto [at, isNew] = known.try_emplace({position, index}, units.size());
        if (isNew)
          units.push_back({position, index, count, {}});
        // What is loaded for several outputs serves fewer.
        units[at->second].together = std::max(units[at->second].together, count);
        units[at->second].users.push_back({member, line});
      }
  }
  for (const Unit &unit : units) {
    Value x = loadUnit(unit.position, unit.index, unit.together);
    for (auto [member, line] : unit.users)
      add(x, member, line, unit.index);
  }
}

size_t GroupInput::countNeighbours(ArrayRef<Indices> members, size_t first) {
  size_t count = 1;
  AffineExpr line = b.getAffineConstantExpr(0), start = getPosition(members[first], line);
  if (steps.lanes != groups.filters)
    return count;
  while (int64_t(count) < std::min(groups.copies, width / groups.filters) &&
         first + count < members.size() &&
         steps.simplify(getPosition(members[first + count], line) - start) ==
             int64_t(count) * groups.filters)
    ++count;
  return count;
}

/// `count` bytes, perhaps with others behind them, without a sign.
Value GroupInput::loadBytes(AffineExpr position, int64_t count) {
  Type byte = b.getI8Type();
  Value index = steps.materialize(position), loaded;
  int64_t whole = std::max<int64_t>(16, llvm::bit_ceil<uint64_t>(count));
  if (whole != count && whole <= 64 && isX86(steps.getTarget()) &&
      getX86RegisterBits(steps.getTarget()) == 512) {
    // One instruction, which reads nothing else; without masks there are several.
    auto type = VectorType::get({whole}, byte);
    SmallVector<bool> bits(whole, false);
    std::fill_n(bits.begin(), count, true);
    Value mask = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(VectorType::get({whole}, b.getI1Type()), ArrayRef(bits)));
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    loaded = vector::MaskedLoadOp::create(b, loc, type, buffer, index, mask, zero);
  } else {
    loaded = vector::LoadOp::create(b, loc, VectorType::get({count}, byte), buffer, index);
  }
  if (!op.getParameters().getAs<BoolAttr>("flip").getValue())
    return loaded;
  auto type = cast<ShapedType>(loaded.getType());
  Value signs = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, int8_t(-128)));
  return arith::XOrIOp::create(b, loc, loaded, signs);
}

/// For every lane, `bytes` channels from `channel` on of its group, of the place at `position`: as
/// one number.
Value GroupInput::loadLanes(AffineExpr position, int64_t channel, int64_t bytes) {
  int64_t channels = groups.channels, sharing = groups.sharing;
  auto number = [&](int64_t count) {
    return VectorType::get({count}, b.getIntegerType(8 * bytes));
  };
  bool alone = sharing % steps.lanes == 0 && steps.startsAtMultiple(filter, steps.lanes);
  if (!alone && !steps.startsAtMultiple(filter, sharing)) {
    // Which lanes begin a group is not known here.
    Value all = arith::ConstantOp::create(b, loc, b.getZeroAttr(number(width)));
    for (int64_t lane = 0; lane < steps.lanes; ++lane) {
      AffineExpr at = position + (filter + lane).floorDiv(sharing) * channels + channel;
      Value own = loadBytes(at, bytes);
      own = vector::ExtractStridedSliceOp::create(b, loc, own, 0, bytes, 1);
      own = vector::BitCastOp::create(b, loc, number(1), own);
      all = vector::InsertOp::create(
          b, loc, vector::ExtractOp::create(b, loc, own, ArrayRef<int64_t>{0}), all, lane);
    }
    return all;
  }
  int64_t count = alone ? 1 : llvm::divideCeil(steps.lanes, sharing);
  Value loaded = loadBytes(position + filter.floorDiv(sharing) * channels, count * channels);
  int64_t numbers = cast<VectorType>(loaded.getType()).getNumElements() / bytes;
  if (bytes > 1)
    loaded = vector::BitCastOp::create(b, loc, number(numbers), loaded);
  SmallVector<int64_t> from(width, 0);
  for (int64_t lane = 0; lane < steps.lanes; ++lane)
    from[lane] = ((alone ? 0 : lane / sharing * channels) + channel) / bytes;
  if (numbers == width && llvm::equal(llvm::seq<int64_t>(0, width), from))
    return loaded;
  return vector::ShuffleOp::create(b, loc, loaded, loaded, from);
}

/// `count` bytes from `position` on, and others up to `width`.
Value GroupInput::loadJoined(AffineExpr position, int64_t count) {
  Value loaded = loadBytes(position, count);
  int64_t size = cast<VectorType>(loaded.getType()).getNumElements();
  if (size == width)
    return loaded;
  SmallVector<int64_t> from(width, 0);
  std::iota(from.begin(), from.begin() + std::min(size, width), 0);
  return vector::ShuffleOp::create(b, loc, loaded, loaded, from);
}

/// `[width * unit]` bytes of the line at `position`, where `together` is 1.
Value GroupInput::loadUnit(AffineExpr position, int64_t index, size_t together) {
  auto shape = cast<RankedTensorType>(op.getInputs()[0].getType()).getShape();
  auto dilation = op.getParameters().getAs<DenseI64ArrayAttr>("dilation");
  int64_t step = groups.alongWidth ? dilation[1] * shape[3] : dilation[0] * shape[2] * shape[3];
  if (together > 1)
    return loadJoined(position + index * step, int64_t(together) * groups.filters);
  int64_t size = std::gcd(groups.channels, groups.unit);
  SmallVector<Value> pieces;
  for (int64_t i = 0; i < groups.unit; i += size) {
    // Weights are zeros where there are no more.
    int64_t term = std::min(groups.unit * index + i, groups.terms() - size);
    AffineExpr place = position + term / groups.channels * step;
    pieces.push_back(loadLanes(place, term % groups.channels, size));
  }
  // The first with the third, the second with the fourth, then both.
  while (pieces.size() > 1) {
    size_t half = pieces.size() / 2;
    for (size_t i = 0; i < half; ++i)
      pieces[i] = vector::InterleaveOp::create(b, loc, pieces[i], pieces[i + half]);
    pieces.resize(half);
  }
  auto bytes = VectorType::get({width * groups.unit}, b.getI8Type());
  return pieces[0].getType() == bytes ? pieces[0]
                                      : vector::BitCastOp::create(b, loc, bytes, pieces[0]);
}

} // namespace tally
