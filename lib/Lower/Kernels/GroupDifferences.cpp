//===- GroupDifferences.cpp - adder layers with groups, by bytes ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What ChannelGroups.h says, a byte at a time, with the term -|u(x) - w|: differences of bytes are
// added up in bytes while those cannot overflow, then by pairs in 16 bits. There `all` adds up
// pairs as they are and `odd` their higher bytes, so that the sum of the lower ones is
// all - 256 * odd: three operations for as many bytes as a register has. In vectors of any machine.
//
// Parameter `most` (i64): no difference is larger.
//
//===----------------------------------------------------------------------===//

#include "AdderBytes.h"
#include "ChannelGroups.h"
#include "Lower/Steps/LoopNest.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {
namespace {

constexpr int64_t kUnit = 1;

/// The sum of differences of every lane so far.
class Differences {
public:
  Differences(OpBuilder &b, Location loc, int64_t most) : b(b), loc(loc), most(most) {}

  void add(Value x, Value w) {
    Value larger = arith::MaxUIOp::create(b, loc, x, w),
          other = arith::MinUIOp::create(b, loc, x, w);
    Value difference = arith::SubIOp::create(b, loc, larger, other);
    if (pending == 255 / most)
      putAway();
    bytes = pending++ ? arith::AddIOp::create(b, loc, bytes, difference) : difference;
  }

  /// The operations that put them away, on one register of both sums.
  Value addTo(Value sums) {
    putAway();
    return arith::AddIOp::create(b, loc, arith::AddIOp::create(b, loc, sums, all), odd);
  }

  /// In 32 bits.
  Value widen() {
    int64_t lanes = cast<VectorType>(bytes.getType()).getNumElements();
    auto type = VectorType::get({lanes}, b.getI32Type());
    if (!all)
      return arith::ExtUIOp::create(b, loc, type, bytes);
    putAway();
    Value shifted = arith::ShLIOp::create(b, loc, odd, constant(odd, 8));
    Value even = arith::SubIOp::create(b, loc, all, shifted);
    return arith::ExtUIOp::create(b, loc, type, vector::InterleaveOp::create(b, loc, even, odd));
  }

private:
  Value constant(Value like, int16_t value) {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(cast<ShapedType>(like.getType()), value));
  }

  void putAway() {
    int64_t lanes = cast<VectorType>(bytes.getType()).getNumElements();
    Value pairs =
        vector::BitCastOp::create(b, loc, VectorType::get({lanes / 2}, b.getI16Type()), bytes);
    Value higher = arith::ShRUIOp::create(b, loc, pairs, constant(pairs, 8));
    all = all ? arith::AddIOp::create(b, loc, all, pairs) : pairs;
    odd = odd ? arith::AddIOp::create(b, loc, odd, higher) : higher;
    pending = 0;
  }

  OpBuilder &b;
  Location loc;
  int64_t most, pending = 0;
  Value bytes, all, odd;
};

struct GroupDifferences : Kernel {
  StringRef name() const override { return "group-differences"; }
  bool hasLanesAlongLast() const override { return true; }

  std::optional<RegisterUpdate> getUpdate(TargetAttr target) const override {
    int64_t size = getRegisterBytes(target);
    auto sums = VectorType::get({size / 2}, IntegerType::get(target.getContext(), 16));
    auto bytes = VectorType::get({size}, IntegerType::get(target.getContext(), 8));
    return RegisterUpdate{sums, size, [bytes](OpBuilder &b, Location loc, Value s, Value w) {
                            Differences one(b, loc, /*most=*/255);
                            one.add(vector::BitCastOp::create(b, loc, bytes, s),
                                    vector::BitCastOp::create(b, loc, bytes, w));
                            return one.addTo(s);
                          }};
  }

  static bool has(TargetAttr target) {
    return target.getLanes() >= 16 && !target.getArch().empty() &&
           llvm::Triple(target.getArch()).isLittleEndian();
  }

  Value lowerLayer(OpBuilder &builder, const KernelLayer &layer) const override {
    auto op = dyn_cast<AdderConv2DOp>(layer.op);
    if (!op || op.getGroup() == 1 || !has(layer.target))
      return {};
    Type input = op.getInput().getType().getElementType();
    if (!isa<quant::QuantizedType>(input) || getStorageType(input).getWidth() != 8)
      return decline(layer, "its input's codes are no bytes");
    bool flip = !hasUnsignedStorage(input);
    CodeRange codes = getInputCodes(op);
    int64_t lowest = flip ? -128 : 0;
    ChannelGroups groups(layer.window, op.getInput().getType().getDimSize(3),
                         op.getType().getDimSize(3), op.getGroup(), kUnit);
    if (StringRef limit = groups.findLimit(); !limit.empty())
      return decline(layer, limit);
    AdderBytes weights(op, codes);
    if (!weights.obstacle.empty())
      return decline(layer, weights.obstacle);
    for (uint8_t &byte : weights.bytes)
      byte += uint8_t(codes.min - lowest);
    SmallVector<NamedAttribute> parameters =
        makeGroupParameters(builder, layer, flip, op.getGroup());
    int64_t most = std::max<int64_t>(1, codes.max - codes.min);
    parameters.push_back(builder.getNamedAttr("most", builder.getI64IntegerAttr(most)));
    Value laidOut = addBytes(builder, op, op.getFilter(), groups.size(),
                             groups.layOut(weights.bytes, /*none=*/0));
    return createSums(builder, layer, name(), laidOut, weights.start, parameters);
  }

  LogicalResult verify(KernelOp op) const override {
    if (failed(verifyGroups(op, kUnit, {"most"})))
      return failure();
    int64_t most = getMost(op);
    if (most < 1 || most > 255)
      return op.emitOpError() << "requires 'most' to be 1 to 255 (kernel_c2), but got " << most;
    return success();
  }

  std::optional<TileShape> getTile(Operation *op, TargetAttr target) const override {
    auto kernel = cast<KernelOp>(op);
    int64_t size = getRegisterBytes(target);
    // Two registers of sums an output, and half of the 32 or 16 for what is on its way.
    bool many = !isX86(target) || size == 64;
    ChannelGroups groups(kernel, kUnit);
    int64_t together = std::min(groups.copies, std::max<int64_t>(1, size / groups.filters));
    return makeGroupTile(kernel, groups.getLanes(size), /*parts=*/2,
                         std::min<int64_t>(32, (many ? 16 : 8) * together));
  }

  FailureOr<SmallVector<Value>> buildTile(StepBuilder &steps, Operation *op,
                                          ArrayRef<Indices> members) const override {
    if (failed(requireLanesAlongLast(steps, members[0])))
      return failure();
    OpBuilder &b = steps.builder;
    Location loc = steps.loc;
    auto kernel = cast<KernelOp>(op);
    ChannelGroups groups(kernel, kUnit);
    AffineExpr filter = members[0][3];
    int64_t width = std::max<uint64_t>(16, llvm::bit_ceil<uint64_t>(steps.lanes));
    if (groups.copies > 1 && members.size() > 1)
      width = std::max(width, getRegisterBytes(steps.getTarget()));
    GroupInput input(steps, kernel, groups, width);
    FailureOr<Value> ws = steps.bufferFor(kernel.getInputs()[1]),
                     start = steps.elementOf(kernel.getInputs()[2], {filter});
    if (failed(input.open()) || failed(ws) || failed(start))
      return failure();

    // Of outputs side by side the first one stands for all.
    SmallVector<size_t> together;
    for (size_t member = 0; member < members.size();) {
      size_t count = input.countNeighbours(members, member);
      together.append(count, count);
      member += count;
    }
    auto words = VectorType::get({width}, b.getI32Type());
    auto bytes = VectorType::get({width}, b.getI8Type());
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(words));
    SmallVector<Value> totals(members.size(), zero);
    LoopNest nest(steps, totals);
    SmallVector<AffineExpr> lines = input.enterLines(nest);
    totals.assign(nest.carried().begin(), nest.carried().end());
    std::vector<Differences> sums(members.size(), Differences(b, loc, getMost(kernel)));
    input.forEach(
        members, lines,
        [&](Value x, size_t member, AffineExpr line, int64_t index) {
          Value w = vector::LoadOp::create(
              b, loc, bytes, *ws, steps.materialize(groups.getPosition(line, index, filter)));
          sums[member].add(x, w);
        },
        together);
    for (size_t member = 0; member < members.size(); member += together[member])
      totals[member] = arith::AddIOp::create(b, loc, totals[member], sums[member].widen());
    totals = nest.leave(totals);

    SmallVector<Value> results;
    for (size_t member = 0; member < members.size(); member += together[member])
      for (size_t place = 0; place < together[member]; ++place)
        results.push_back(finish(steps, totals[member], int64_t(place) * steps.lanes, *start));
    return results;
  }

private:
  /// The outputs of the lanes from `begin` on.
  static Value finish(StepBuilder &steps, Value total, int64_t begin, Value start) {
    OpBuilder &b = steps.builder;
    if (steps.lanes == 1)
      total = vector::ExtractOp::create(b, steps.loc, total, ArrayRef<int64_t>{begin});
    else
      total = vector::ExtractStridedSliceOp::create(b, steps.loc, total, begin, steps.lanes, 1);
    if (steps.lanes > 1 && !isa<VectorType>(start.getType()))
      start = vector::BroadcastOp::create(b, steps.loc, total.getType(), start);
    return arith::SubIOp::create(b, steps.loc, start, total);
  }

  static int64_t getRegisterBytes(TargetAttr target) {
    return isX86(target) ? getX86RegisterBits(target) / 8 : 16;
  }
  static int64_t getMost(KernelOp op) {
    return op.getParameters().getAs<IntegerAttr>("most").getInt();
  }
};

} // namespace

const Kernel *getGroupDifferencesKernel() {
  static const GroupDifferences kernel;
  return &kernel;
}

} // namespace tally
