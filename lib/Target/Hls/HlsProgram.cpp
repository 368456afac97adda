//===- HlsProgram.cpp - functions, tables and channels --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "HlsProgram.h"

#include "tally/Emit/CNames.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/Tally.h"

using namespace mlir;

namespace tally::hls {

std::vector<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().vec();
}

int64_t zeroPointOf(Value value) {
  auto type = dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(value.getType()));
  return type ? type.getZeroPoint() : 0;
}

std::vector<int64_t> constantsOf(Value value) {
  if (auto shape = value.getDefiningOp<tosa::ConstShapeOp>()) {
    std::vector<int64_t> sizes;
    for (const APInt &size : shape.getValues().getValues<APInt>())
      sizes.push_back(size.getSExtValue());
    return sizes;
  }
  ElementsAttr elements = getConstantElements(value);
  return elements ? getIntegers(elements) : std::vector<int64_t>();
}

//===----------------------------------------------------------------------===//
// Program
//===----------------------------------------------------------------------===//

std::string Program::unique(StringRef base) {
  std::string name = toCIdentifier(base);
  for (int number = 2; !taken.insert(name).second; ++number)
    name = toCIdentifier(base) + "_" + std::to_string(number);
  return name;
}

Value Program::resolve(Value value) const {
  for (auto it = aliases.find(value); it != aliases.end(); it = aliases.find(value))
    value = it->second;
  return value;
}

std::string Program::nameOf(Value value) const {
  auto it = value.getDefiningOp() ? names.find(value.getDefiningOp()) : names.end();
  return it == names.end() ? "input" : it->second;
}

CodeRange Program::rangeOf(Value value) const {
  auto it = ranges.find(resolve(value));
  return it == ranges.end() ? getCodeRange(getElementTypeOrSelf(value.getType())) : it->second;
}

static CodeRange rangeOf(ArrayRef<int64_t> values) {
  CodeRange range = only(values.front());
  for (int64_t value : values)
    range = unite(range, only(value));
  return range;
}

Array Program::addTable(StringRef name, std::vector<int64_t> shape, ArrayRef<int64_t> values,
                        std::optional<CodeRange> range) {
  Array array{unique((prefix + "_" + name).str()), std::move(shape),
              range ? *range : hls::rangeOf(values)};
  llvm::raw_string_ostream os(tables);
  printConstant(os, array, values);
  return array;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

LayerBuilder::LayerBuilder(Program &program, Operation *op) : op(op), program(program) {
  call.result = op->getResult(0);
  nest().shifts = program.indicesByShifts();
}

std::optional<Array> LayerBuilder::read(Value value, bool inOrder, int partition) {
  if (Value constant = program.resolve(value); getConstantElements(constant)) {
    std::vector<int64_t> values = constantsOf(constant);
    if (!values.empty())
      return program.addTable(program.nameOf(call.result) + "_constant", shapeOf(value), values);
    (void)refuse("takes a constant that cannot be read");
    return std::nullopt;
  }
  size_t number = call.uses.size();
  Array array{"input" + (number ? std::to_string(number + 1) : ""), shapeOf(value),
              program.rangeOf(value)};
  call.function.parameters.push_back(array);
  call.uses.push_back({value, inOrder, partition});
  return array;
}

Array LayerBuilder::write(CodeRange range) {
  program.ranges[call.result] = range;
  Array array{"output", shapeOf(call.result), range};
  call.function.parameters.push_back(array);
  return array;
}

Array LayerBuilder::table(StringRef what, std::vector<int64_t> shape, ArrayRef<int64_t> values,
                          std::optional<CodeRange> range) {
  return program.addTable((program.nameOf(call.result) + "_" + what).str(), std::move(shape),
                          values, range);
}

LogicalResult LayerBuilder::finish() {
  std::string name = program.nameOf(call.result);
  call.function.comment = toCComment(name) + ": " + op->getName().getStringRef().str();
  call.function.name = program.unique(program.prefix + "_" + name);
  nest().pipeline();
  program.calls.push_back(std::move(call));
  return success();
}

LogicalResult LayerBuilder::refuse(const Twine &reason) {
  return op->emitError() << "finds no nest of loops for layer '" << getLayerName(op) << "', which "
                         << reason << " (--style=hls)";
}

} // namespace tally::hls
