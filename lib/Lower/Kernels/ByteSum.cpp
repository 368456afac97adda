//===- ByteSum.cpp - sums over windows of bytes, in tiles -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ByteSum.h"
#include "tally/IR/Parameters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace tally {

bool isX86(TargetAttr target) {
  return !target.getArch().empty() && llvm::Triple(target.getArch()).isX86();
}

bool isAArch64(TargetAttr target) {
  return !target.getArch().empty() && llvm::Triple(target.getArch()).isAArch64();
}

int64_t getX86RegisterBits(TargetAttr target) {
  if (target.has("avx512bw") && target.has("avx512vl"))
    return 512;
  return target.has("avx2") ? 256 : 128;
}

Value addBytes(OpBuilder &builder, Operation *op, Value source, ArrayRef<int64_t> shape,
               ArrayRef<uint8_t> bytes) {
  auto type = RankedTensorType::get(shape, builder.getI8Type());
  ml_program::GlobalOp parameter = getParameter(source);
  std::string name = parameter ? parameter.getSymName().str() : "filter";
  std::vector<int8_t> storage(bytes.begin(), bytes.end());
  auto global = addParameter(op->getParentOfType<ModuleOp>(), name, type,
                             makeElements<int8_t>(type, storage, name));
  return loadParameter(builder, op->getLoc(), global);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// The parameter; 1 where there is none.
static int64_t getGroup(KernelOp op) {
  auto group = op.getParameters().getAs<IntegerAttr>("group");
  return group ? group.getInt() : 1;
}

ByteRuns::ByteRuns(KernelOp op, int64_t unit, int64_t block)
    : ByteRuns(op.getParameters().getAs<DenseI64ArrayAttr>("window").asArrayRef(),
               op.getParameters().getAs<DenseI64ArrayAttr>("dilation").asArrayRef(),
               cast<RankedTensorType>(op.getInputs()[0].getType()).getDimSize(3), unit, block,
               getGroup(op)) {}

ByteRuns::ByteRuns(ArrayRef<int64_t> window, ArrayRef<int64_t> dilation, int64_t channels,
                   int64_t unit, int64_t block, int64_t group)
    : unit(unit), block(block ? block : 64 / unit), group(group) {
  bool joined = (dilation[1] == 1 && group == 1) || window[1] == 1;
  rows = window[0];
  columns = joined ? 1 : window[1];
  bytes = (joined ? window[1] : 1) * (channels / group);
}

int64_t ByteRuns::piece(int64_t filters) const {
  int64_t own = filters / group, best = own, fewest = own + 1;
  for (int64_t size = 1; group > 1 && own % block != 0 && size <= std::min(own, 2 * block); ++size)
    if (int64_t blocks = own / size * int64_t(llvm::divideCeil(size, block));
        own % size == 0 && blocks < fewest)
      best = size, fewest = blocks;
  return best;
}

int64_t largestDivisor(int64_t number, int64_t most) {
  for (int64_t divisor = std::min(number, most); divisor > 1; --divisor)
    if (number % divisor == 0)
      return divisor;
  return 1;
}

std::vector<uint8_t> ByteRuns::layOut(ArrayRef<uint8_t> weights, int64_t filters,
                                      uint8_t none) const {
  int64_t blocks = shape(filters)[0], terms = count() * bytes, own = piece(filters),
          places = placesOf(own);
  std::vector<uint8_t> result(blocks * count() * groups() * block * unit, none);
  uint8_t *to = result.data();
  for (int64_t first = 0; first < blocks * block; first += block)
    for (int64_t run = 0; run < count(); ++run)
      for (int64_t unitIndex = 0; unitIndex < groups(); ++unitIndex)
        for (int64_t place = first; place < first + block; ++place)
          for (int64_t j = 0; j < unit; ++j, ++to) {
            int64_t byte = start(unitIndex) + j, inPiece = place % places,
                    f = place / places * own + inPiece;
            if (inPiece < own && f < filters && byte >= unit * unitIndex && byte < bytes)
              *to = weights[f * terms + run * bytes + byte];
          }
  return result;
}

//===----------------------------------------------------------------------===//
// Operation
//===----------------------------------------------------------------------===//

Value ByteSumKernel::callIntrinsic(OpBuilder &b, Location loc, StringRef name, Type result,
                                   ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(b, loc, result, b.getStringAttr(name), operands)
      .getResult(0);
}

std::optional<RegisterUpdate> ByteSumKernel::getUpdate(TargetAttr target) const {
  MLIRContext *context = target.getContext();
  int64_t size = registerBits(target) / 8;
  auto sums = VectorType::get({size / unit()}, IntegerType::get(context, 8 * unit()));
  auto bytes = VectorType::get({size}, IntegerType::get(context, 8));
  return RegisterUpdate{
      sums, size, [this, bytes, target](OpBuilder &b, Location loc, Value s, Value w) {
        return limiting(b, loc, target, s, vector::BitCastOp::create(b, loc, bytes, s),
                        vector::BitCastOp::create(b, loc, bytes, w));
      }};
}

Value ByteSumKernel::create(OpBuilder &builder, const KernelLayer &layer, Value weights,
                            ArrayRef<int32_t> start, bool flip, int64_t group) const {
  SmallVector<NamedAttribute> parameters = {
      builder.getNamedAttr("dilation", builder.getDenseI64ArrayAttr(layer.window.dilation)),
      builder.getNamedAttr("flip", builder.getBoolAttr(flip)),
      builder.getNamedAttr("stride", builder.getDenseI64ArrayAttr(layer.window.stride)),
      builder.getNamedAttr("window", builder.getDenseI64ArrayAttr(layer.window.kernel))};
  if (group > 1)
    parameters.push_back(builder.getNamedAttr("group", builder.getI64IntegerAttr(group)));
  return createSums(builder, layer, name(), weights, start, parameters);
}

Value createSums(OpBuilder &builder, const KernelLayer &layer, StringRef kernel, Value weights,
                 ArrayRef<int32_t> start, ArrayRef<NamedAttribute> parameters) {
  Location loc = layer.op->getLoc();
  auto startType = RankedTensorType::get({int64_t(start.size())}, builder.getI32Type());
  Value starts = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(startType, start));
  auto output = cast<RankedTensorType>(layer.op->getResult(0).getType());
  auto type = RankedTensorType::get(output.getShape(), builder.getI32Type());
  return KernelOp::create(builder, loc, type, kernel, ValueRange{layer.padded, weights, starts},
                          builder.getDictionaryAttr(parameters));
}

std::optional<Window> getWindow(KernelOp op) {
  auto getPair = [&](StringRef key) {
    auto pair = op.getParameters().getAs<DenseI64ArrayAttr>(key);
    return pair && pair.size() == 2 && pair[0] > 0 && pair[1] > 0 ? pair : DenseI64ArrayAttr();
  };
  auto stride = getPair("stride"), dilation = getPair("dilation"), kernel = getPair("window");
  if (!stride || !dilation || !kernel)
    return {};
  return Window{
      {kernel[0], kernel[1]}, {0, 0, 0, 0}, {stride[0], stride[1]}, {dilation[0], dilation[1]}};
}

bool ByteSumKernel::fitsGroups(const ByteRuns &runs, int64_t filters, TargetAttr target) const {
  int64_t part = registerBits(target) / (8 * unit()), piece = runs.piece(filters);
  return filters / runs.group >= part && 2 * piece >= part &&
         (piece % runs.block == 0 || piece <= target.getLanes());
}

bool isTensorOf(Type type, unsigned width, int64_t rank) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.hasStaticShape() && tensor.getRank() == rank &&
         tensor.getElementType().isInteger(width);
}

Value ByteSumKernel::add(OpBuilder &, Location, TargetAttr, Value, Value, Value) const {
  llvm_unreachable("only for kernels that add bytes, not planes of bits");
}

Value ByteSumKernel::addFew(OpBuilder &, Location, TargetAttr, Value, Value, Value) const {
  llvm_unreachable("only for kernels with an instruction for small sums");
}

void ByteSumKernel::addPlanes(OpBuilder &b, Location loc, TargetAttr target,
                              MutableArrayRef<Value> sums, ArrayRef<Value> xs, ArrayRef<Value> ws,
                              Value counted, bool few) const {
  Value x = counted ? arith::AndIOp::create(b, loc, xs[0], counted).getResult() : xs[0];
  auto words = cast<VectorType>(x.getType());
  auto bytes = VectorType::get({unit() * words.getNumElements()}, b.getI8Type());
  x = vector::BitCastOp::create(b, loc, bytes, x);
  Value w = vector::BitCastOp::create(b, loc, bytes, ws[0]);
  sums[0] = few ? addFew(b, loc, target, sums[0], x, w) : add(b, loc, target, sums[0], x, w);
}

LogicalResult ByteSumKernel::verify(KernelOp op) const {
  DictionaryAttr parameters = op.getParameters();
  std::optional<Window> window = getWindow(op);
  bool grouped = parameters.contains("group");
  int64_t group = getGroup(op);
  if (parameters.size() != (grouped ? 5u : 4u) || !window || !parameters.getAs<BoolAttr>("flip") ||
      (grouped && group < 2))
    return op.emitOpError() << "requires 'stride', 'dilation', 'window' (two numbers above 0 each) "
                               "and 'flip', perhaps 'group' (above 1), alone (kernel_c2), but got "
                            << parameters;
  TypeRange types = op.getInputs().getTypes();
  std::string inputs = planes().inputs > 1 ? std::to_string(planes().inputs) + " " : "";
  if (types.size() != 3 || !isTensorOf(types[0], 8, 4) || !isTensorOf(types[1], 8, 5) ||
      !isTensorOf(types[2], 32, 1) || !isTensorOf(op.getType(), 32, 4))
    return op.emitOpError() << "requires bytes [" << inputs << "N, H, W, C], bytes [F / "
                            << 64 / unit() << ", S, G, " << planes().weights * 64 / unit() << ", "
                            << unit()
                            << "] and i32 [F] for i32 [N, OH, OW, F] (kernel_c2), but got " << types
                            << " for " << op.getType();
  ArrayRef<int64_t> x = cast<RankedTensorType>(types[0]).getShape(),
                    w = cast<RankedTensorType>(types[1]).getShape(),
                    y = cast<RankedTensorType>(op.getType()).getShape();
  int64_t filters = cast<RankedTensorType>(types[2]).getDimSize(0);
  int64_t outputs[] = {y[0], window->outputSize(0, x[1]), window->outputSize(1, x[2]), filters};
  bool divides = filters > 0 && filters % group == 0 && x[3] % group == 0;
  auto weightsOf = [&] {
    SmallVector<int64_t> weights = ByteRuns(op, unit()).shape(filters);
    weights[3] *= planes().weights;
    return weights;
  };
  if (x[0] != y[0] * planes().inputs || y != ArrayRef<int64_t>(outputs) || (grouped && !divides) ||
      w != ArrayRef<int64_t>(weightsOf()))
    return op.emitOpError() << "has shapes that do not belong together (kernel_c2): " << types
                            << " for " << op.getType();
  return success();
}

} // namespace tally
