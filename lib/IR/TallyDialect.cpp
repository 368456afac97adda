//===- TallyDialect.cpp - dialect, attributes, type aliases ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "UpstreamModels.h"
#include "tally/IR/FilterQuantizer.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"
#include <cmath>

using namespace mlir;
using namespace tally;

#include "tally/IR/TallyDialect.cpp.inc"
#include "tally/IR/TallyEnums.cpp.inc"

static FailureOr<Core> parseCore(AsmParser &parser) {
  SMLoc location = parser.getCurrentLocation();
  std::string name;
  if (succeeded(parser.parseOptionalKeywordOrString(&name)))
    if (std::optional<Core> core = symbolizeCore(name))
      return *core;
  return parser.emitError(location) << "expects 'core' to be multiplier, \"barrel-shifter\" or "
                                       "\"serial-shifter\", but got '"
                                    << name << "'";
}

#define GET_ATTRDEF_CLASSES
#include "tally/IR/TallyAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "tally/IR/TallyTypes.cpp.inc"

namespace {
/// Prints `!u8`, `!i32`, ... in place of long quantized types, so that a network
/// reads as a list of layers with the scales collected above it. The format has an alias
/// because a file can begin with one.
struct Aliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attribute, raw_ostream &os) const override {
    if (!isa<FormatAttr>(attribute))
      return AliasResult::NoAlias;
    os << FormatAttr::getMnemonic();
    return AliasResult::FinalAlias;
  }

  AliasResult getAlias(Type type, raw_ostream &os) const override {
    if (auto powers = dyn_cast<PowerOfTwoType>(type)) {
      os << (powers.getAdditive() ? "apot" : "pot") << powers.getBits();
      return AliasResult::OverridableAlias;
    }
    auto quantized = dyn_cast<quant::QuantizedType>(type);
    if (!quantized || !quantized.getStorageType())
      return AliasResult::NoAlias;
    os << (quantized.isSigned() ? 'i' : 'u') << quantized.getStorageTypeIntegralWidth();
    if (isa<quant::UniformQuantizedPerAxisType>(type))
      os << "_axis";
    return AliasResult::OverridableAlias;
  }
};
} // namespace

void TallyDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tally/IR/TallyAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "tally/IR/TallyTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "tally/IR/TallyOps.cpp.inc"
      >();
  addOperations<FilterQuantizerOp>();
  addInterfaces<Aliases>();
  attachUpstreamModels(getContext());
}

//===----------------------------------------------------------------------===//
// SketchAttr
//===----------------------------------------------------------------------===//

void SketchAttr::print(AsmPrinter &printer) const {
  printer << "<count = " << getCount() << ", min = ";
  printer.printAttributeWithoutType(getMin());
  printer << ", max = ";
  printer.printAttributeWithoutType(getMax());
  printer << ", exponent = " << getExponent() << ", first = " << getFirst() << ", bins = [";
  llvm::interleaveComma(getBins(), printer.getStream());
  printer << "]>";
}

Attribute SketchAttr::parse(AsmParser &parser, Type) {
  int64_t count, exponent, first;
  FloatAttr min, max;
  SmallVector<int64_t> bins;
  Type f64 = parser.getBuilder().getF64Type();
  auto key = [&](StringRef name) {
    return ParseResult(failure(parser.parseKeyword(name) || parser.parseEqual()));
  };
  auto location = parser.getCurrentLocation();
  if (parser.parseLess() || key("count") || parser.parseInteger(count) || parser.parseComma() ||
      key("min") || parser.parseAttribute(min, f64) || parser.parseComma() || key("max") ||
      parser.parseAttribute(max, f64) || parser.parseComma() || key("exponent") ||
      parser.parseInteger(exponent) || parser.parseComma() || key("first") ||
      parser.parseInteger(first) || parser.parseComma() || key("bins") ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&] { return parser.parseInteger(bins.emplace_back()); }) ||
      parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(location); }, parser.getContext(), count, min,
                    max, exponent, first, bins);
}

LogicalResult SketchAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t count,
                                 FloatAttr min, FloatAttr max, int64_t exponent, int64_t first,
                                 ArrayRef<int64_t> bins) {
  constexpr int64_t kLargestBin = int64_t(1) << 53;
  if (first < -kLargestBin || first > kLargestBin)
    return emitError() << "expects 'first' within 2^53, but got " << first;
  int64_t total = 0;
  for (int64_t bin : bins) {
    if (bin < 0 || bin > count - total)
      return emitError() << "expects bins that add up to 'count' = " << count;
    total += bin;
  }
  if (total != count)
    return emitError() << "expects bins that add up to 'count' = " << count << ", but got "
                       << total;
  if (!min.getType().isF64() || !max.getType().isF64() ||
      !(min.getValueAsDouble() <= max.getValueAsDouble()) || exponent < -1000 || exponent > 1000)
    return emitError() << "expects finite 'min' <= 'max' and |exponent| <= "
                          "1000, but got "
                       << min << ", " << max << " and " << exponent;
  return success();
}

//===----------------------------------------------------------------------===//
// PowerOfTwoType
//===----------------------------------------------------------------------===//

PowerOfTwoLevels PowerOfTwoType::getLevels() const {
  Result<PowerOfTwoLevels> levels = PowerOfTwoLevels::get(getFormat());
  assert(levels && "types are verified");
  return *levels;
}

void PowerOfTwoType::print(AsmPrinter &printer) const {
  printer << "<" << (getAdditive() ? "additive " : "") << (getIsSigned() ? "s" : "u") << getBits();
  if (!isPerAxis()) {
    printer << (getHasZero() ? "" : " nonzero") << ", ";
    printer.printFloat(APFloat(getScales()[0]));
  } else {
    printer << ":" << getAxis() << (getHasZero() ? "" : " nonzero") << ", {";
    llvm::interleaveComma(getScales(), printer.getStream(),
                          [&](double scale) { printer.printFloat(APFloat(scale)); });
    printer << "}";
  }
  printer << ">";
}

Type PowerOfTwoType::parse(AsmParser &parser) {
  auto location = parser.getCurrentLocation();
  StringRef word;
  if (parser.parseLess() || parser.parseKeyword(&word))
    return {};
  bool additive = word == "additive";
  if (additive && parser.parseKeyword(&word))
    return {};
  int bits = 0;
  int32_t axis = -1;
  bool isSigned = word.consume_front("s");
  if ((!isSigned && !word.consume_front("u")) || word.getAsInteger(10, bits)) {
    parser.emitError(location) << "expects s or u and the number of bits, such as s4";
    return {};
  }
  if (succeeded(parser.parseOptionalColon()) && parser.parseInteger(axis))
    return {};
  bool hasZero = failed(parser.parseOptionalKeyword("nonzero"));
  SmallVector<double> scales;
  auto scale = [&] { return parser.parseFloat(scales.emplace_back()); };
  if (parser.parseComma())
    return {};
  if (axis >= 0 ? parser.parseCommaSeparatedList(AsmParser::Delimiter::Braces, scale) : scale())
    return {};
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(location); }, parser.getContext(), bits, isSigned,
                    additive, hasZero, DenseF64ArrayAttr::get(parser.getContext(), scales), axis);
}

LogicalResult PowerOfTwoType::verify(function_ref<InFlightDiagnostic()> emitError, int bits,
                                     bool isSigned, bool additive, bool hasZero,
                                     DenseF64ArrayAttr scaleAttr, int32_t axis) {
  if (auto levels = PowerOfTwoLevels::get({bits, isSigned, additive, hasZero}); !levels)
    return emitError() << levels.error().message;
  ArrayRef<double> scales = scaleAttr.asArrayRef();
  if (scales.empty() || (axis < 0 && scales.size() != 1))
    return emitError() << "expects one scale, or an axis and one scale an index, but got "
                       << scales.size();
  for (double scale : scales)
    if (!(scale > 0) || scale != boundScale(scale))
      return emitError() << "expects scales above 0 that f32 holds, but got " << scale;
  return success();
}
