//===- CodeOps.cpp - verifiers of tables and products ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraint labels such as table_c1 are those of CodeOps.td.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"

using namespace mlir;
using namespace mlir::quant;
using namespace tally;

//===----------------------------------------------------------------------===//
// TableOp
//===----------------------------------------------------------------------===//

LogicalResult TableOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  auto table = cast<RankedTensorType>(getTable().getType());
  auto from = requirePerTensor(*this, "table_c1", "input", input);
  if (failed(from))
    return failure();
  if (from->getStorageTypeIntegralWidth() != 8 || input.getShape() != output.getShape())
    return emitOpError() << "requires 'input' of 8 bits and 'output' of one shape (table_c1), but "
                            "got "
                         << input << " and " << output;
  if (failed(requirePerTensor(*this, "table_c2", "output", output)))
    return failure();
  CodeRange codes = getCodeRange(*from);
  if (table.getElementType() != output.getElementType() ||
      table.getDimSize(0) != codes.max - codes.min + 1)
    return emitOpError() << "requires 'table' of " << codes.max - codes.min + 1
                         << " entries of the type of 'output' (table_c2), but got " << table
                         << " and " << output;
  return success();
}

//===----------------------------------------------------------------------===//
// MultiplyOp
//===----------------------------------------------------------------------===//

/// Whether a dimension of `size` becomes one of `result`.
static bool meets(int64_t size, int64_t other, int64_t result) {
  return size == result || (size == 1 && other == result);
}

LogicalResult MultiplyOp::verify() {
  auto a = cast<RankedTensorType>(getA().getType()), b = cast<RankedTensorType>(getB().getType());
  auto output = cast<RankedTensorType>(getOutput().getType());
  auto typeA = requirePerTensor(*this, "multiply_c1", "a", a);
  auto typeB = requirePerTensor(*this, "multiply_c1", "b", b);
  auto type = requirePerTensor(*this, "multiply_c1", "output", output);
  if (failed(typeA) || failed(typeB) || failed(type))
    return failure();
  bool fits = a.getRank() == output.getRank() && b.getRank() == output.getRank();
  for (int64_t dim = 0; fits && dim < output.getRank(); ++dim)
    fits = meets(a.getDimSize(dim), b.getDimSize(dim), output.getDimSize(dim)) &&
           meets(b.getDimSize(dim), a.getDimSize(dim), output.getDimSize(dim));
  if (!fits)
    return emitOpError() << "requires 'a' and 'b' that broadcast to 'output' (multiply_c1), but "
                            "got "
                         << a << ", " << b << " and " << output;
  double scale = boundScale(typeA->getScale() * typeB->getScale());
  if (type->getScale() != scale || type->getZeroPoint() != 0)
    return emitOpError() << "requires 'output' of scale " << scale
                         << " and zero point 0 (multiply_c2), but got " << *type;
  CodeRange products = getProductRange(*typeA, *typeB), range = getCodeRange(*type);
  if (!range.contains(products) || range.min < INT32_MIN || range.max > INT32_MAX)
    return emitOpError() << "requires 'output' of 32 bits that holds every product in "
                         << products.min << ".." << products.max
                         << " (multiply_c2), but its range is " << range.min << ".." << range.max;
  return success();
}
