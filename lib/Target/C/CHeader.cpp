//===- CHeader.cpp - how C sees a network ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/C/CHeader.h"
#include "tally/Emit/CNames.h"
#include "tally/IR/Tally.h"

#include "tally/Run/Interpreter.h"

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

/// What the real numbers of an image are, where the network says so.
static void describeImages(raw_ostream &os, func::FuncOp entry) {
  auto module = entry->getParentOfType<ModuleOp>();
  auto mean = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kMeanAttr);
  auto std = module->getAttrOfType<DenseF32ArrayAttr>(TallyDialect::kStdAttr);
  if (!mean || !std)
    return;
  auto list = [&](ArrayRef<float> values) {
    llvm::interleave(
        values, os, [&](float value) { os << llvm::format("%.9g", double(value)); }, ", ");
  };
  os << "/* trained on images scaled to 0..1, then (value - MEAN) / STD; MEAN ";
  list(mean.asArrayRef());
  os << ", STD ";
  list(std.asArrayRef());
  os << " */\n\n";
}

std::string writeCHeader(func::FuncOp entry, const CHeader &header) {
  std::string text, guard = StringRef(header.name).upper() + "_H";
  llvm::raw_string_ostream os(text);
  size_t inputs = entry.getNumArguments(), outputs = entry.getNumResults();
  os << "/* " << header.about << " */\n\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n\n";
  describeImages(os, entry);
  for (auto [index, type] : llvm::enumerate(entry.getArgumentTypes()))
    describe(os, header.name, "INPUT", index, inputs, type);
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
