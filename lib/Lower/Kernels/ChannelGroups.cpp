//===- ChannelGroups.cpp - sums over channels of one's own ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ChannelGroups.h"

using namespace mlir;

namespace tally {

ChannelGroups::ChannelGroups(KernelOp op, int64_t unit)
    : ChannelGroups(*getWindow(op),
                    cast<RankedTensorType>(op.getInputs()[0].getType()).getDimSize(3),
                    cast<RankedTensorType>(op.getType()).getDimSize(3),
                    op.getParameters().getAs<IntegerAttr>("group").getInt(), unit) {}

ChannelGroups::ChannelGroups(const Window &window, int64_t channels, int64_t filters, int64_t group,
                             int64_t unit)
    : unit(unit), filters(filters), channels(channels / group), sharing(filters / group) {
  auto count = [&](int64_t lines, int64_t places) {
    return lines * llvm::divideCeil(places * this->channels, unit);
  };
  // Of columns, neighbouring outputs have some in common.
  alongWidth =
      count(window.kernel[0], window.kernel[1]) < count(window.kernel[1], window.kernel[0]);
  lines = window.kernel[alongWidth ? 0 : 1];
  places = window.kernel[alongWidth ? 1 : 0];
  bool joined = unit == 1 && this->channels == 1 && sharing == 1 && window.stride[1] == 1;
  copies = joined ? std::max<int64_t>(1, kBehind / filters) : 1;
}

std::vector<uint8_t> ChannelGroups::layOut(ArrayRef<uint8_t> weights, uint8_t none) const {
  std::vector<uint8_t> result(size(), none);
  uint8_t *to = result.data();
  for (int64_t line = 0; line < lines; ++line)
    for (int64_t index = 0; index < units(); ++index)
      for (int64_t lane = 0; lane < copies * filters; ++lane)
        for (int64_t term = unit * index; term < unit * (index + 1); ++term, ++to) {
          int64_t place = term / channels;
          int64_t tap = alongWidth ? line * places + place : place * lines + line;
          if (term < terms())
            *to = weights[(lane % filters * lines * places + tap) * channels + term % channels];
        }
  return result;
}

int64_t ChannelGroups::getLanes(int64_t most) const {
  // What they read lies in two registers.
  most = std::min(most, sharing * std::max<int64_t>(1, 128 / channels));
  if (sharing <= most)
    return std::min(most / sharing * sharing, int64_t(llvm::alignTo(filters, sharing)));
  int64_t lanes = most;
  while (sharing % lanes != 0)
    --lanes;
  return lanes;
}

SmallVector<NamedAttribute> makeGroupParameters(OpBuilder &builder, const KernelLayer &layer,
                                                bool flip, int64_t group) {
  return {builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(layer.window.dilation)),
          builder.getNamedAttr("flip", builder.getBoolAttr(flip)),
          builder.getNamedAttr("group", builder.getI64IntegerAttr(group)),
          builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(layer.window.stride)),
          builder.getNamedAttr("window", builder.getDenseI64ArrayAttr(layer.window.kernel))};
}

LogicalResult verifyGroups(KernelOp op, int64_t unit, ArrayRef<StringRef> others) {
  DictionaryAttr parameters = op.getParameters();
  std::optional<Window> window = getWindow(op);
  auto group = parameters.getAs<IntegerAttr>("group");
  if (parameters.size() != 5 + others.size() || !window || !parameters.getAs<BoolAttr>("flip") ||
      !group || group.getInt() < 1 ||
      llvm::any_of(others, [&](StringRef name) { return !parameters.getAs<IntegerAttr>(name); })) {
    auto error = op.emitOpError() << "requires 'stride', 'dilation', 'window' (two numbers above 0 "
                                     "each), 'flip', 'group' (above 0)";
    for (StringRef name : others)
      error << ", '" << name << "'";
    return error << " alone (kernel_c2), but got " << parameters;
  }
  TypeRange types = op.getInputs().getTypes();
  if (types.size() != 3 || !isTensorOf(types[0], 8, 4) || !isTensorOf(types[1], 8, 1) ||
      !isTensorOf(types[2], 32, 1) || !isTensorOf(op.getType(), 32, 4))
    return op.emitOpError() << "requires bytes [N, H, W, C], bytes and i32 [F] for i32 "
                               "[N, OH, OW, F] (kernel_c2), but got "
                            << types << " for " << op.getType();
  ArrayRef<int64_t> x = cast<RankedTensorType>(types[0]).getShape(),
                    y = cast<RankedTensorType>(op.getType()).getShape();
  int64_t filters = cast<RankedTensorType>(types[2]).getDimSize(0);
  int64_t outputs[] = {x[0], window->outputSize(0, x[1]), window->outputSize(1, x[2]), filters};
  if (y != ArrayRef<int64_t>(outputs) || x[3] % group.getInt() != 0 ||
      filters % group.getInt() != 0 || x[3] == 0 || filters == 0 ||
      cast<RankedTensorType>(types[1]).getDimSize(0) != ChannelGroups(op, unit).size())
    return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                            << " for " << op.getType();
  if (StringRef limit = ChannelGroups(op, unit).findLimit(); !limit.empty())
    return op.emitOpError() << "is not what '" << op.getKernel()
                            << "' computes (kernel_c2): " << limit;
  return success();
}

TileShape makeGroupTile(KernelOp op, int64_t lanes, int64_t parts, int64_t sums) {
  int64_t size = 1;
  for (int64_t dim : cast<RankedTensorType>(op.getType()).getShape().drop_back())
    size = dim > 1 ? dim : size;
  int64_t most = std::max<int64_t>(1, sums / parts);
  return {int64_t(llvm::divideCeil(size, llvm::divideCeil(size, most))), lanes, /*anyLength=*/true};
}

} // namespace tally
