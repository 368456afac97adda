//===- CHeader.cpp - how C sees a network ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CHeader.h"
#include "tally/Emit/CNames.h"
#include "tally/IR/ImageFacts.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"
#include "tally/Run/NetworkImages.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::quant;

namespace tally {

std::string numbered(size_t index, size_t count) { return count == 1 ? "" : std::to_string(index); }

std::string cTypeOf(Type type) {
  static constexpr const char *kNames[] = {"float",    "int8_t",  "uint8_t",  "int16_t",
                                           "uint16_t", "int32_t", "uint32_t", "int64_t"};
  std::optional<ElementType> element = getTensorElementType(type);
  return element ? kNames[unsigned(*element)] : "";
}

LogicalResult verifyCName(Operation *op, StringRef name) {
  if (toCIdentifier(name) == name)
    return success();
  return op->emitError() << "requires a C identifier as name, but got '" << name << "'";
}

/// Lines about a value at the boundary.
static void describe(raw_ostream &os, const std::string &name, StringRef role, size_t index,
                     size_t count, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  std::string prefix = StringRef(name).upper() + "_" + role.str() + numbered(index, count);
  os << "/* " << role.lower() << numbered(index, count) << ": ";
  llvm::interleave(tensor.getShape(), os, "x");
  os << ", row-major, channels last";
  if (auto uniform = dyn_cast<UniformQuantizedType>(tensor.getElementType())) {
    os << "; real = (code - ZERO_POINT) * SCALE */\n";
    os << "#define " << prefix << "_SCALE " << llvm::formatv("{0:e9}", uniform.getScale()) << "\n";
    os << "#define " << prefix << "_ZERO_POINT " << uniform.getZeroPoint() << "\n";
  } else {
    os << " */\n";
  }
  os << "#define " << prefix << "_SIZE " << tensor.getNumElements() << "\n\n";
}

/// `{a, b, ...}` of what `print` writes for each.
template <typename Range, typename Print>
static void printList(raw_ostream &os, const Range &values, Print print) {
  constexpr size_t kPerLine = 16;
  os << "{";
  for (auto [index, value] : llvm::enumerate(values)) {
    os << (index == 0 ? "" : index % kPerLine ? ", " : ",\n   ");
    print(value);
  }
  os << "}";
}

/// Mean and standard deviation of each channel, for `WHAT_OF_BYTE` to apply.
static void describeFloatPixels(raw_ostream &os, func::FuncOp entry, const std::string &upper,
                                int64_t channels) {
  std::string macro = "#define " + upper + "_INPUT_OF_BYTE(byte, c) ";
  if (findIntegerInput(entry, getNormalisation(entry->getParentOfType<ModuleOp>()))) {
    os << macro << "((void)(c), (float)(byte))\n\n";
    return;
  }
  Normalisation normalisation =
      getNormalisation(entry->getParentOfType<ModuleOp>()).value_or(Normalisation::none());
  for (auto [suffix, values] :
       {std::pair("_MEAN", &normalisation.mean), {"_STD", &normalisation.std}}) {
    std::vector<float> all(channels, values->front());
    if (values->size() > 1)
      all = *values;
    os << "static const float " << upper << suffix << "[" << channels << "] = ";
    printList(os, all, [&](float value) { os << llvm::format("%.9g", double(value)); });
    os << ";\n";
  }
  os << macro << "(((float)(byte) / 255.0f - " << upper << "_MEAN[c]) / " << upper
     << "_STD[c])\n\n";
}

/// From the bytes of an image to what the network takes, exactly as a data set is read. Codes are
/// a table: without floats, and without multiplications.
static void describePixels(raw_ostream &os, func::FuncOp entry, const std::string &upper) {
  Tensor codes = encodeBytes(entry);
  if (codes.empty())
    return;
  auto normalisation = getNormalisation(entry->getParentOfType<ModuleOp>());
  int64_t channels = codes.dim(0);
  os << "/* " << upper << "_INPUT_OF_BYTE(byte, c): what the network takes for a byte of channel c "
     << "of an image,\n   "
     << (findIntegerInput(entry, normalisation) ? "as it is"
         : normalisation
             ? "scaled to 0..1, then (value - mean) / std with " + toText(*normalisation)
             : "scaled to 0..1; no mean and std are recorded")
     << " */\n#define " << upper << "_INPUT_CHANNELS " << channels << "\n";
  if (codes.type() == ElementType::F32)
    return describeFloatPixels(os, entry, upper, channels);
  os << "static const " << cTypeOf(entry.getArgumentTypes()[0]) << " " << upper << "_CODES["
     << channels << "][256] = {\n";
  dispatch(codes.type(), [&](auto tag) {
    const auto *values = codes.data<decltype(tag)>();
    for (int64_t c = 0; c < channels; ++c) {
      os << "  ";
      printList(os, ArrayRef(values + c * 256, 256), [&](auto value) { os << int64_t(value); });
      os << (c + 1 < channels ? ",\n" : "};\n");
    }
  });
  os << "#define " << upper << "_INPUT_OF_BYTE(byte, c) (" << upper << "_CODES[c][byte])\n\n";
}

std::string writeCHeader(func::FuncOp entry, const CHeader &header) {
  std::string text, guard = StringRef(header.name).upper() + "_H";
  llvm::raw_string_ostream os(text);
  size_t inputs = entry.getNumArguments(), outputs = entry.getNumResults();
  os << "/* " << header.about << " */\n\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n\n";
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes()))
    describe(os, header.name, "INPUT", index, inputs, type);
  describePixels(os, entry, StringRef(header.name).upper());
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes()))
    describe(os, header.name, "OUTPUT", index, outputs, type);
  os << header.memory << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nvoid " << header.name
     << "_run(";
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes()))
    os << (index ? ", " : "") << "const " << cTypeOf(type) << " *input" << numbered(index, inputs);
  for (auto [index, type] : llvm::enumerate(entry.getResultTypes()))
    os << (inputs + index ? ", " : "") << cTypeOf(type) << " *output" << numbered(index, outputs);
  os << header.lastParameters << ");\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

} // namespace tally
