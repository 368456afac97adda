//===- Parameters.cpp - named weights and constants -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Parameters.h"

#include "tally/IR/BitPacking.h"
#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tally {

/// Below this, a reader wants to see the numbers in place.
constexpr int64_t kInlineElements = 32;

template <typename T>
ElementsAttr makeElements(RankedTensorType type, ArrayRef<T> data, StringRef name) {
  assert(type.getNumElements() == int64_t(data.size()) && "one value each");
  if (type.getNumElements() < kInlineElements)
    return DenseElementsAttr::getFromRawBuffer(
        type, ArrayRef<char>(reinterpret_cast<const char *>(data.data()), data.size() * sizeof(T)));
  return DenseResourceElementsAttr::get(type, name,
                                        HeapAsmResourceBlob::allocateAndCopyInferAlign(data));
}

template ElementsAttr makeElements(RankedTensorType, ArrayRef<float>, StringRef);
template ElementsAttr makeElements(RankedTensorType, ArrayRef<int8_t>, StringRef);
template ElementsAttr makeElements(RankedTensorType, ArrayRef<uint8_t>, StringRef);
template ElementsAttr makeElements(RankedTensorType, ArrayRef<int16_t>, StringRef);
template ElementsAttr makeElements(RankedTensorType, ArrayRef<uint16_t>, StringRef);
template ElementsAttr makeElements(RankedTensorType, ArrayRef<int32_t>, StringRef);
template ElementsAttr makeElements(RankedTensorType, ArrayRef<int64_t>, StringRef);

ml_program::GlobalOp addParameter(ModuleOp module, StringRef name, Type type, ElementsAttr value) {
  return ParameterIndex::with(module, [&](ParameterIndex &index) {
    // Parameters stand together at the top of the module, in order of creation.
    OpBuilder builder(module.getContext());
    if (ml_program::GlobalOp last = index.getLast())
      builder.setInsertionPointAfter(last);
    else
      builder.setInsertionPointToStart(module.getBody());
    auto parameter =
        ml_program::GlobalOp::create(builder, module.getLoc(), index.makeUnique(name), type,
                                     /*is_mutable=*/false, value, builder.getStringAttr("private"));
    index.addLast(parameter);
    return parameter;
  });
}

Value loadParameter(OpBuilder &builder, Location location, ml_program::GlobalOp parameter) {
  auto load = ml_program::GlobalLoadConstOp::create(
      builder, location, parameter.getType(), FlatSymbolRefAttr::get(parameter.getSymNameAttr()));
  if (auto *index = ParameterIndex::find(parameter->getParentOfType<ModuleOp>()))
    index->addLoad(load);
  return load;
}

ml_program::GlobalOp getParameter(Value value) {
  auto load = value.getDefiningOp<ml_program::GlobalLoadConstOp>();
  if (!load)
    return {};
  if (auto *index = ParameterIndex::find(load->getParentOfType<ModuleOp>()))
    return index->lookup(load.getGlobalAttr().getRootReference());
  return SymbolTable::lookupNearestSymbolFrom<ml_program::GlobalOp>(load, load.getGlobalAttr());
}

ElementsAttr getConstantElements(Value value) {
  if (auto constant = value.getDefiningOp<tosa::ConstOp>())
    return constant.getValues();
  if (auto parameter = getParameter(value))
    return dyn_cast_or_null<ElementsAttr>(parameter.getValueAttr());
  return {};
}

/// The raw little-endian bytes of dense elements; `splat` says that they are one
/// element only.
static ArrayRef<char> getRawBytes(ElementsAttr elements, bool &splat) {
  splat = false;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements)) {
    splat = dense.isSplat();
    return dense.getRawData();
  }
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return blob->getData();
  return {};
}

template <typename From, typename To> static std::vector<To> convert(ElementsAttr elements) {
  bool splat = false;
  ArrayRef<char> bytes = getRawBytes(elements, splat);
  size_t count = elements.getNumElements();
  std::vector<To> result;
  if (bytes.size() != (splat ? 1 : count) * sizeof(From))
    return result;
  result.resize(count);
  for (size_t i = 0; i < count; ++i) {
    From element;
    std::memcpy(&element, bytes.data() + (splat ? 0 : i * sizeof(From)), sizeof(From));
    result[i] = To(element);
  }
  return result;
}

std::vector<float> getFloats(ElementsAttr elements) {
  if (!elements.getElementType().isF32())
    return {};
  return convert<float, float>(elements);
}

std::optional<float> getNumber(Value value) {
  ElementsAttr elements = getConstantElements(value);
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  if (values.empty() || !llvm::all_equal(values))
    return std::nullopt;
  return values[0];
}

std::vector<int64_t> getIntegers(ElementsAttr elements) {
  auto type = dyn_cast<IntegerType>(elements.getElementType());
  if (!type)
    return {};
  bool isUnsigned = type.isUnsigned();
  switch (type.getWidth()) {
  case 8:
    return isUnsigned ? convert<uint8_t, int64_t>(elements) : convert<int8_t, int64_t>(elements);
  case 16:
    return isUnsigned ? convert<uint16_t, int64_t>(elements) : convert<int16_t, int64_t>(elements);
  case 32:
    return isUnsigned ? convert<uint32_t, int64_t>(elements) : convert<int32_t, int64_t>(elements);
  case 64:
    return convert<int64_t, int64_t>(elements);
  default:
    return {};
  }
}

std::optional<std::vector<uint8_t>> unpackCodes(ElementsAttr packed, RankedTensorType type,
                                                std::optional<Location> loc) {
  auto refuse = [&](const std::string &reason) -> std::optional<std::vector<uint8_t>> {
    if (loc)
      emitError(*loc) << "holds codes of " << type << " that cannot be read: " << reason;
    return std::nullopt;
  };
  auto element = cast<PowerOfTwoType>(type.getElementType());
  std::vector<int64_t> bytes = packed ? getIntegers(packed) : std::vector<int64_t>();
  auto byteType = packed ? dyn_cast<IntegerType>(packed.getElementType()) : IntegerType();
  if (!byteType || byteType.getWidth() != 8)
    return refuse("they are not bytes");
  Result<std::vector<uint8_t>> codes =
      unpackBits({bytes.begin(), bytes.end()}, type.getNumElements(), element.getBits());
  if (!codes)
    return refuse(codes.error().message);
  PowerOfTwoLevels levels = element.getLevels();
  for (size_t i = 0; i < codes->size(); ++i)
    if (Result<int64_t> level = levels.decode((*codes)[i]); !level)
      return refuse("element " + std::to_string(i) + ": " + level.error().message);
  return *codes;
}

ElementsAttr packCodes(RankedTensorType type, const std::vector<uint8_t> &codes, StringRef name) {
  std::vector<uint8_t> bytes =
      packBits(codes, cast<PowerOfTwoType>(type.getElementType()).getBits());
  auto byte = IntegerType::get(type.getContext(), 8, IntegerType::Unsigned);
  return makeElements<uint8_t>(RankedTensorType::get({int64_t(bytes.size())}, byte), bytes, name);
}

StringRef getLayerName(Operation *layer) {
  if (auto name = layer->getAttrOfType<StringAttr>(TallyDialect::kNameAttr))
    return name;
  if (layer->getNumOperands() > 1)
    if (auto load = layer->getOperand(1).getDefiningOp<ml_program::GlobalLoadConstOp>())
      return load.getGlobal().getLeafReference();
  return layer->getName().getStringRef();
}

llvm::DenseMap<Operation *, std::string> nameValues(func::FuncOp function) {
  llvm::DenseMap<Operation *, std::string> names;
  llvm::StringSet<> taken;
  llvm::StringMap<int> numbers;
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    bool computes = op->getNumResults() == 1 && op->getNumOperands() != 0;
    if (computes && isa<RankedTensorType>(op->getResult(0).getType()))
      ops.push_back(op);
  });
  for (Operation *op : llvm::reverse(ops)) {
    StringRef kind = op->getName().stripDialect();
    auto layer = op->getAttrOfType<StringAttr>(TallyDialect::kNameAttr);
    if (layer && layer.empty())
      layer = {}; // the input is called so
    std::string base = layer ? layer.str() : kind.str(), name = base;
    if (layer && taken.contains(name))
      name = base += "." + kind.str();
    for (int &i = numbers.try_emplace(base, 2).first->second; !taken.insert(name).second; ++i)
      name = base + "." + std::to_string(i);
    names[op] = name;
  }
  return names;
}

} // namespace tally
