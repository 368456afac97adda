//===- OnnxLinear.cpp - Gemm and MatMul -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products with a constant are 1x1 convolutions, the form that quantization and lowering know;
// those of two activations are tosa.matmul.
//
//===----------------------------------------------------------------------===//

#include "OnnxLayers.h"
#include "OnnxNodeTable.h"

using namespace mlir;

namespace tally::onnx {

/// `literal` times `factor`.
static Literal scaled(const Literal &literal, float factor) {
  Literal result = literal;
  for (float &value : result.floats)
    value *= factor;
  scaleCodes(result, std::vector<float>(result.floats.size(), factor));
  return result;
}

/// `input` [rows, K] times `weight` [F, K] plus `bias` [F] or null, as a 1x1
/// convolution of images [outer, rows / outer, 1, K].
static Value createLinear(NodeScope &scope, Value input, int64_t outer, const Literal &weight,
                          const Literal *bias) {
  int64_t filters = weight.shape[0], terms = weight.shape[1];
  int64_t rows = scope.shapeOf(input)[0];
  Literal filter = weight;
  filter.shape = {filters, 1, 1, terms};
  OpBuilder &builder = scope.builder;
  int64_t zero[] = {0, 0, 0, 0}, one[] = {1, 1};
  Value image = scope.reshape(input, {outer, rows / outer, 1, terms});
  Value loaded = scope.filter(filter, /*axis=*/0);
  Value offset = bias ? scope.parameter(*bias) : scope.splat({filters}, 0);
  Value output = scope.create<tosa::Conv2DOp>(
      scope.tensorType({outer, rows / outer, 1, filters}), image, loaded, offset, scope.zeroPoint(),
      scope.zeroPoint(), builder.getDenseI64ArrayAttr(zero), builder.getDenseI64ArrayAttr(one),
      builder.getDenseI64ArrayAttr(one), TypeAttr::get(builder.getF32Type()));
  scope.noteLostCodes(output.getDefiningOp());
  return scope.reshape(output, {rows, filters});
}

/// The same as an adder layer.
static Value createAdderLinear(NodeScope &scope, Value input, const Literal &weight,
                               const Literal *bias) {
  int64_t filters = weight.shape[0];
  Type type = scope.tensorType({scope.shapeOf(input)[0], filters});
  if (bias)
    scope.warnOfAdderBias();
  Value output = scope.create<AdderLinearOp>(type, input, scope.parameter(weight));
  return bias ? scope.addBias(output, *bias) : output;
}

/// [N, M, K] x [N, K, P].
static Value createProduct(NodeScope &scope, Value a, Value b) {
  return scope.create<tosa::MatMulOp>(
      scope.tensorType({scope.shapeOf(a)[0], scope.shapeOf(a)[1], scope.shapeOf(b)[2]}), a, b,
      scope.zeroPoint(), scope.zeroPoint());
}

//===----------------------------------------------------------------------===//
// Gemm: alpha * A * B + beta * C
//===----------------------------------------------------------------------===//

/// Where C is a constant with the same values in every row: `beta * C`, [F].
static std::optional<Literal> getRowBias(NodeScope &scope, int64_t filters, float beta) {
  LiteralRef literal = scope.input(2).literal;
  if (!literal || !literal->isFloat || literal->rank() > 2 ||
      (literal->rank() == 2 && literal->shape[0] != 1) ||
      (literal->size() != 1 && literal->size() != filters))
    return std::nullopt;
  Literal bias = scaled(*literal, beta);
  if (bias.size() == 1)
    bias.floats.assign(filters, bias.floats[0]);
  bias.shape = {filters};
  return bias;
}

/// `value` [M, F] plus `beta` times C, which broadcasts to it.
static FailureOr<Value> addMatrix(NodeScope &scope, Value value, float beta) {
  const Operand &operand = scope.input(2);
  auto shape = broadcast(scope.shapeOf(value), operand.shape);
  if (!shape || *shape != scope.shapeOf(value))
    return scope.invalid("requires 'C' to broadcast to " + Twine(scope.shapeOf(value)[0]) + "x" +
                         Twine(scope.shapeOf(value)[1]));
  Value addend = scope.logicalTensor(2);
  if (!addend)
    return failure();
  Sizes padded(2 - operand.rank(), 1);
  padded.append(operand.shape.begin(), operand.shape.end());
  addend = scope.reshape(addend, padded);
  if (beta != 1)
    addend = scope.multiply(addend, scope.splat({1, 1}, beta));
  return scope.create<tosa::AddOp>(value.getType(), value, addend);
}

LogicalResult importGemm(NodeScope &scope) {
  const Operand &a = scope.input(0), &b = scope.input(1);
  if (a.rank() != 2 || b.rank() != 2)
    return scope.invalid("requires matrices, but got rank " + Twine(a.rank()) + " and " +
                         Twine(b.rank()));
  bool transA = scope.intAttribute("transA", 0) != 0;
  bool transB = scope.intAttribute("transB", 0) != 0;
  float alpha = scope.floatAttribute("alpha", 1), beta = scope.floatAttribute("beta", 1);
  int64_t terms = a.shape[transA ? 0 : 1], filters = b.shape[transB ? 0 : 1];
  if (b.shape[transB ? 1 : 0] != terms)
    return scope.invalid("requires 'A' and 'B' to agree in the common dimension, but got " +
                         Twine(terms) + " and " + Twine(b.shape[transB ? 1 : 0]));
  Value input = scope.tensor(0);
  if (!input)
    return failure();
  if (transA)
    input = scope.transpose(input, {1, 0});
  int64_t rows = scope.shapeOf(input)[0];

  bool adder = scope.isAdderLayer();
  if (adder && (alpha != 1 || transA || !b.isConstant()))
    return scope.unsupported("an adder layer requires alpha 1, transA 0 and a constant 'B'");
  std::optional<Literal> rowBias;
  if (scope.hasInput(2))
    rowBias = getRowBias(scope, filters, beta);
  Value output;
  if (b.isConstant()) {
    LiteralRef literal = scope.floats(1, "B");
    if (!literal)
      return failure();
    if (literal->size() == 0)
      return scope.invalid("requires 'B' to have elements");
    Literal weight = scaled(transB ? *literal : transpose(*literal, {1, 0}), alpha);
    const Literal *bias = rowBias ? &*rowBias : nullptr;
    output = adder ? createAdderLinear(scope, input, weight, bias)
                   : createLinear(scope, input, rows, weight, bias);
  } else {
    Value right = scope.tensor(1);
    if (transB)
      right = scope.transpose(right, {1, 0});
    if (alpha != 1)
      input = scope.multiply(input, scope.splat({1, 1}, alpha));
    input = scope.reshape(input, {1, rows, terms});
    right = scope.reshape(right, {1, terms, filters});
    output = scope.reshape(createProduct(scope, input, right), {rows, filters});
  }
  if (scope.hasInput(2) && !(rowBias && b.isConstant())) {
    if (adder)
      return scope.unsupported("an adder layer requires a constant bias of one row");
    auto sum = addMatrix(scope, output, beta);
    if (failed(sum))
      return failure();
    output = *sum;
  }
  return scope.setLogicalResult(output);
}

//===----------------------------------------------------------------------===//
// MatMul
//===----------------------------------------------------------------------===//

/// A constant that is one matrix, without the dimensions of 1 before it; with `row` also a vector,
/// as its only row.
static std::optional<Literal> getMatrix(const Operand &operand, bool row = false) {
  int64_t leading = operand.rank() - 2;
  if (row && leading == -1 && operand.isConstant() && operand.literal->size() != 0) {
    Literal matrix = *operand.literal;
    matrix.shape.insert(matrix.shape.begin(), 1);
    return matrix;
  }
  if (!operand.isConstant() || leading < 0 || operand.literal->size() == 0 ||
      !llvm::all_of(
          ArrayRef(operand.shape).take_front(leading), [](int64_t size) { return size == 1; }))
    return std::nullopt;
  Literal matrix = *operand.literal;
  matrix.shape.erase(matrix.shape.begin(), matrix.shape.begin() + leading);
  return matrix;
}

/// [..., K] times a constant [K, F] of rank `rank` in the file.
static FailureOr<Value> createMatMulByConstant(NodeScope &scope, const Operand &a, const Literal &b,
                                               int64_t rank) {
  Value input = scope.logicalTensor(a, "A");
  if (!input)
    return failure();
  Literal weight = transpose(b, {1, 0});
  int64_t terms = weight.shape[1];
  int64_t rows = *countElements(a.shape) / terms;
  // Three and more dimensions keep the batch apart from the rows.
  int64_t outer = a.rank() == 2 ? rows : a.rank() == 1 ? 1 : a.shape[0];
  input = scope.reshape(input, {rows, terms});
  Value output = scope.isAdderLayer() ? createAdderLinear(scope, input, weight, nullptr)
                                      : createLinear(scope, input, outer, weight, nullptr);
  Sizes shape(std::max<int64_t>(rank - std::max<int64_t>(a.rank(), 2), 0), 1);
  shape.append(a.shape.begin(), a.shape.end());
  shape.back() = weight.shape[0];
  return scope.reshape(output, shape);
}

/// A constant [M, K], of rank `rank` in the file, times [..., K, P], as the transpose of
/// [..., P, K] x [K, M].
static FailureOr<Value> createMatMulOfConstant(NodeScope &scope, const Literal &a, int64_t rank,
                                               const Operand &b) {
  Value input = scope.logicalTensor(b, "B");
  if (!input)
    return failure();
  Sizes shape = b.shape;
  bool isVector = shape.size() == 1;
  if (isVector)
    shape.push_back(1);
  Sizes swapped = llvm::to_vector<4>(llvm::seq<int64_t>(0, shape.size()));
  std::swap(swapped.back(), swapped[swapped.size() - 2]);
  input = scope.transpose(scope.reshape(input, shape), swapped);
  int64_t rows = *countElements(shape) / a.shape[1], columns = shape.back();
  input = scope.reshape(input, {rows, a.shape[1]});
  // Three and more dimensions keep the batch apart from the rows.
  int64_t outer = shape.size() == 2 ? 1 : shape[0];
  Value output = createLinear(scope, input, outer, a, nullptr);
  shape[shape.size() - 2] = columns;
  shape.back() = a.shape[0];
  output = scope.transpose(scope.reshape(output, shape), swapped);
  Sizes result(std::max<int64_t>(rank - std::max<int64_t>(b.rank(), 2), 0), 1);
  result.append(shape.begin(), shape.end() - 2);
  if (rank > 1)
    result.push_back(a.shape[0]);
  if (!isVector)
    result.push_back(columns);
  return scope.reshape(output, result);
}

FailureOr<Value> createMatMul(NodeScope &scope, const Operand &a, const Operand &b) {
  if (a.rank() == 0 || b.rank() == 0)
    return scope.invalid("requires inputs of rank 1 or more");
  int64_t terms = a.shape.back();
  int64_t otherTerms = b.shape[b.rank() == 1 ? 0 : b.rank() - 2];
  if (terms != otherTerms)
    return scope.invalid("requires 'A' and 'B' to agree in the common dimension, but got " +
                         Twine(terms) + " and " + Twine(otherTerms));
  if (b.isConstant() && !b.literal->isFloat)
    return scope.unsupported("'B' holds integers");
  if (std::optional<Literal> matrix = getMatrix(b))
    return createMatMulByConstant(scope, a, *matrix, b.rank());
  if (scope.isAdderLayer())
    return scope.unsupported("an adder layer requires a constant matrix 'B'");
  if (a.isConstant() && !a.literal->isFloat)
    return scope.unsupported("'A' holds integers");
  if (std::optional<Literal> matrix = getMatrix(a, /*row=*/true))
    return createMatMulOfConstant(scope, *matrix, a.rank(), b);

  // Shapes as stacks of matrices: [outer, rows, terms] x [outer, terms, columns].
  Sizes outerA, outerB;
  if (a.rank() > 2)
    outerA.assign(a.shape.begin(), a.shape.end() - 2);
  if (b.rank() > 2)
    outerB.assign(b.shape.begin(), b.shape.end() - 2);
  int64_t rows = a.rank() == 1 ? 1 : a.shape[a.rank() - 2];
  int64_t columns = b.rank() == 1 ? 1 : b.shape.back();
  int64_t countA = *countElements(outerA), countB = *countElements(outerB);
  auto outer = broadcast(outerA, outerB);
  if (!outer)
    return scope.invalid("requires leading dimensions that broadcast");
  int64_t count = *countElements(*outer);
  if (countA != count || (countB != count && countB != 1))
    return scope.unsupported("its leading dimensions are broadcast");

  Value left = scope.logicalTensor(a, "A"), right = scope.logicalTensor(b, "B");
  if (!left || !right)
    return failure();
  // One matrix on the right serves all rows of the left.
  bool merge = countB == 1;
  left = scope.reshape(left, merge ? Sizes{1, countA * rows, terms} : Sizes{countA, rows, terms});
  right = scope.reshape(right, {countB, terms, columns});
  Value product = createProduct(scope, left, right);
  Sizes shape = *outer;
  if (a.rank() > 1)
    shape.push_back(rows);
  if (b.rank() > 1)
    shape.push_back(columns);
  return scope.reshape(product, shape);
}

LogicalResult importMatMul(NodeScope &scope) {
  FailureOr<Value> result = createMatMul(scope, scope.input(0), scope.input(1));
  return failed(result) ? failure() : scope.setLogicalResult(*result);
}

} // namespace tally::onnx
