//===- OnnxNodeTable.cpp - from operator types to handlers ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxNodeTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace tally::onnx {

constexpr unsigned kAny = ~0u;
#define TALLY_CONV_ATTRIBUTES "s:auto_pad I:dilations i:group I:kernel_shape I:pads I:strides"
#define TALLY_POOL_ATTRIBUTES "s:auto_pad i:ceil_mode I:dilations I:kernel_shape I:pads I:strides"

static const NodeEntry kEntries[] = {
    // clang-format off
    // Layers
    {"Conv", 2, 3, TALLY_CONV_ATTRIBUTES, importConv, nullptr, false, checkConv},
    {"ai.tally::AdderConv", 2, 3, TALLY_CONV_ATTRIBUTES, importAdderConv, nullptr, false, checkConv},
    {"*::adder_f", 2, 3, TALLY_CONV_ATTRIBUTES, importAdderConv, nullptr, false, checkConv},
    {"ai.tally::PotQuant", 2, 2, "i:additive i:bits i:signed s:ties", importPotQuant, foldPotQuant},
    {"qonnx.custom_op.general::Quant", 4, 4, "i:narrow s:rounding_mode i:signed", importQuant, foldQuant},
    {"qonnx.custom_op.general::BipolarQuant", 2, 2, "", importBipolarQuant, foldBipolarQuant},
    {"qonnx.custom_op.general::Trunc", 5, 5, "s:rounding_mode", importTrunc, nullptr},
    {"QuantizeLinear", 2, 3, "i:axis i:block_size i:output_dtype i:precision i:saturate", importQuantizeLinear, foldQuantizeLinear, false, checkQuantizeLinear},
    {"DequantizeLinear", 2, 3, "i:axis i:block_size i:output_dtype", importDequantizeLinear, nullptr, false, checkQuantizeLinear, kOnIntegers},
    {"QLinearConv", 8, 9, TALLY_CONV_ATTRIBUTES, importQLinearConv, nullptr, false, nullptr, kOnIntegers},
    {"QLinearMatMul", 8, 8, "", importQLinearMatMul, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QLinearAdd", 1, 8, "", importQLinearBinary, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QLinearMul", 1, 8, "", importQLinearBinary, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QLinearSigmoid", 1, 5, "", importQLinearUnary, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QLinearLeakyRelu", 1, 5, "f:alpha", importQLinearUnary, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QLinearGlobalAveragePool", 1, 5, "i:channels_last", importQLinearUnary, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QLinearAveragePool", 1, 5, TALLY_POOL_ATTRIBUTES " i:channels_last i:count_include_pad", importQLinearUnary, nullptr, false, checkPool, kOnIntegers},
    {"com.microsoft::QLinearConcat", 5, kAny, "i:axis", importQLinearConcat, nullptr, false, nullptr, kOnIntegers},
    {"com.microsoft::QGemm", 1, 9, "f:alpha i:transA i:transB", importQGemm, nullptr, false, nullptr, kOnIntegers},
    {"ConvInteger", 2, 4, TALLY_CONV_ATTRIBUTES, importConvInteger, nullptr, false, nullptr, kOnIntegers},
    {"MatMulInteger", 2, 4, "", importMatMulInteger, nullptr, false, nullptr, kOnIntegers},
    {"BitShift", 2, 2, "s:direction", importBitShift, foldBitShift, false, nullptr, kOnIntegers},
    {"ConvTranspose", 2, 3, TALLY_CONV_ATTRIBUTES " I:output_padding I:output_shape", importConvTranspose, nullptr, false, checkConv},
    {"Gemm", 2, 3, "f:alpha f:beta i:transA i:transB", importGemm, nullptr},
    {"MatMul", 2, 2, "", importMatMul, nullptr},
    {"BatchNormalization", 5, 5, "f:epsilon f:momentum i:training_mode", importBatchNorm, nullptr, false, checkBatchNorm},
    // Pooling and reductions
    {"MaxPool", 1, 1, TALLY_POOL_ATTRIBUTES " i:storage_order", importMaxPool, nullptr, false, checkPool, kMovesIntegers},
    {"AveragePool", 1, 1, TALLY_POOL_ATTRIBUTES " i:count_include_pad", importAveragePool, nullptr, false, checkPool},
    {"GlobalAveragePool", 1, 1, "", importGlobalPool, nullptr},
    {"GlobalMaxPool", 1, 1, "", importGlobalPool, nullptr},
    {"ReduceMean", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    {"ReduceSum", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    {"ReduceMax", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    {"ReduceMin", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    {"ReduceSumSquare", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    {"ReduceL2", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    {"ReduceL1", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", importReduce, foldReduce},
    // Elementwise
    {"Relu", 1, 1, "", importRelu, foldClip, false, nullptr, kOnIntegers},
    {"Clip", 1, 3, "f:min f:max", importClip, foldClip, false, nullptr, kOnIntegers},
    {"LeakyRelu", 1, 1, "f:alpha", importLeakyRelu, nullptr},
    {"PRelu", 2, 2, "", importPRelu, nullptr},
    {"HardSigmoid", 1, 1, "f:alpha f:beta", importHardSigmoid, nullptr},
    {"HardSwish", 1, 1, "", importHardSwish, nullptr},
    {"Sigmoid", 1, 1, "", importUnary, foldUnary},
    {"Tanh", 1, 1, "", importUnary, foldUnary},
    {"Erf", 1, 1, "", importUnary, nullptr},
    {"Sin", 1, 1, "", importUnary, nullptr},
    {"Cos", 1, 1, "", importUnary, nullptr},
    {"Gelu", 1, 1, "s:approximate", importFunction, nullptr},
    {"com.microsoft::Gelu", 1, 1, "", importFunction, nullptr},
    {"Elu", 1, 1, "f:alpha", importFunction, nullptr},
    {"Celu", 1, 1, "f:alpha", importFunction, nullptr},
    {"Selu", 1, 1, "f:alpha f:gamma", importFunction, nullptr},
    {"Softplus", 1, 1, "", importFunction, nullptr},
    {"Softsign", 1, 1, "", importFunction, nullptr},
    {"Mish", 1, 1, "", importFunction, nullptr},
    {"Abs", 1, 1, "", importUnary, foldUnary},
    {"Neg", 1, 1, "", importUnary, foldUnary},
    {"Floor", 1, 1, "", importUnary, foldUnary},
    {"Ceil", 1, 1, "", importUnary, foldUnary},
    {"Exp", 1, 1, "", importUnary, foldUnary},
    {"Log", 1, 1, "", importUnary, foldUnary},
    {"Sqrt", 1, 1, "", importUnary, foldUnary},
    {"Reciprocal", 1, 1, "", importUnary, foldUnary},
    {"Add", 2, 2, "", importBinary, foldBinary, false, nullptr, kOnIntegers},
    {"Sub", 2, 2, "", importBinary, foldBinary, false, nullptr, kOnIntegers},
    {"Mul", 2, 2, "", importBinary, foldBinary},
    {"Div", 2, 2, "", importBinary, foldBinary},
    {"Pow", 2, 2, "", importBinary, foldBinary},
    {"Sum", 1, kAny, "", importVariadic, foldVariadic},
    {"Mean", 1, kAny, "", importVariadic, foldVariadic},
    {"Max", 1, kAny, "", importVariadic, foldVariadic},
    {"Min", 1, kAny, "", importVariadic, foldVariadic},
    {"Softmax", 1, 1, "i:axis", importSoftmax, nullptr},
    {"LogSoftmax", 1, 1, "i:axis", importSoftmax, nullptr},
    // Shapes and data movement
    {"Identity", 1, 1, "", importIdentity, nullptr, false, nullptr, kMovesIntegers},
    {"Dropout", 1, 3, "f:ratio i:seed", importDropout, nullptr, false, checkDropout, kMovesIntegers},
    {"Cast", 1, 1, "i:to i:saturate", importCast, foldCast, false, nullptr, kOnIntegers},
    {"Concat", 1, kAny, "i:axis", importConcat, foldConcat, false, nullptr, kMovesIntegers},
    {"Pad", 1, 4, "s:mode I:pads f:value", importPad, nullptr, false, checkPad, kMovesIntegers},
    {"Flatten", 1, 1, "i:axis", importReshape, foldReshape, false, nullptr, kMovesIntegers},
    {"Reshape", 2, 2, "i:allowzero", importReshape, foldReshape, false, nullptr, kMovesIntegers},
    {"Squeeze", 1, 2, "I:axes", importReshape, foldReshape, false, nullptr, kMovesIntegers},
    {"Unsqueeze", 1, 2, "I:axes", importReshape, foldReshape, false, nullptr, kMovesIntegers},
    {"Transpose", 1, 1, "I:perm", importTranspose, foldTranspose, false, nullptr, kMovesIntegers},
    {"Slice", 1, 5, "I:axes I:ends I:starts", importSlice, foldSlice, false, nullptr, kMovesIntegers},
    {"Split", 1, 2, "i:axis I:split i:num_outputs", importSplit, foldSplit, false, nullptr, kMovesIntegers},
    {"Gather", 2, 2, "i:axis", importGather, foldGather, false, nullptr, kMovesIntegers},
    {"Expand", 2, 2, "", importExpand, foldExpand, false, nullptr, kMovesIntegers},
    {"Tile", 2, 2, "", importTile, foldTile, false, nullptr, kMovesIntegers},
    {"DepthToSpace", 1, 1, "i:blocksize s:mode", importDepthToSpace, nullptr, false, nullptr, kMovesIntegers},
    {"SpaceToDepth", 1, 1, "i:blocksize", importSpaceToDepth, nullptr, false, nullptr, kMovesIntegers},
    {"Resize", 1, 4, "i:antialias I:axes s:coordinate_transformation_mode f:cubic_coeff_a i:exclude_outside f:extrapolation_value s:keep_aspect_ratio_policy s:mode s:nearest_mode", importResize, nullptr, false, nullptr, kMovesIntegers},
    {"Upsample", 1, 2, "s:mode F:scales", importResize, nullptr, false, nullptr, kMovesIntegers},
    // Constants only
    {"Constant", 0, 0, "t:value f:value_float F:value_floats i:value_int I:value_ints", nullptr, foldConstant},
    {"Shape", 1, 1, "i:start i:end", nullptr, foldShape, /*foldsShapes=*/true},
    {"Size", 1, 1, "", nullptr, foldShape, /*foldsShapes=*/true},
    {"ConstantOfShape", 1, 1, "t:value", nullptr, foldConstantOfShape},
    {"Range", 3, 3, "", nullptr, foldRange},
    {"Equal", 2, 2, "", nullptr, foldBinary},
    {"Where", 3, 3, "", nullptr, foldWhere},
    {"ReduceProd", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", nullptr, foldReduce},
    {"ReduceLogSum", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", nullptr, foldReduce},
    {"ReduceLogSumExp", 1, 2, "I:axes i:keepdims i:noop_with_empty_axes", nullptr, foldReduce},
    {"Round", 1, 1, "", nullptr, foldUnary},
    {"Sign", 1, 1, "", nullptr, foldUnary},
    {"Softplus", 1, 1, "", nullptr, foldUnary},
    {"Softsign", 1, 1, "", nullptr, foldUnary},
    {"Erf", 1, 1, "", nullptr, foldUnary},
    {"Sin", 1, 1, "", nullptr, foldUnary},
    {"Cos", 1, 1, "", nullptr, foldUnary},
    {"Tan", 1, 1, "", nullptr, foldUnary},
    {"Asin", 1, 1, "", nullptr, foldUnary},
    {"Acos", 1, 1, "", nullptr, foldUnary},
    {"Atan", 1, 1, "", nullptr, foldUnary},
    {"Sinh", 1, 1, "", nullptr, foldUnary},
    {"Cosh", 1, 1, "", nullptr, foldUnary},
    {"Asinh", 1, 1, "", nullptr, foldUnary},
    {"Acosh", 1, 1, "", nullptr, foldUnary},
    {"Atanh", 1, 1, "", nullptr, foldUnary},
    {"Not", 1, 1, "", nullptr, foldPredicate},
    {"IsNaN", 1, 1, "", nullptr, foldPredicate},
    {"IsInf", 1, 1, "i:detect_negative i:detect_positive", nullptr, foldPredicate},
    {"Greater", 2, 2, "", nullptr, foldBinary},
    {"Less", 2, 2, "", nullptr, foldBinary},
    {"GreaterOrEqual", 2, 2, "", nullptr, foldBinary},
    {"LessOrEqual", 2, 2, "", nullptr, foldBinary},
    {"And", 2, 2, "", nullptr, foldBinary},
    {"Or", 2, 2, "", nullptr, foldBinary},
    {"Xor", 2, 2, "", nullptr, foldBinary},
    {"BitwiseAnd", 2, 2, "", nullptr, foldBinary},
    {"BitwiseOr", 2, 2, "", nullptr, foldBinary},
    {"BitwiseXor", 2, 2, "", nullptr, foldBinary},
    {"Mod", 2, 2, "i:fmod", nullptr, foldBinary},
    {"ArgMax", 1, 1, "i:axis i:keepdims i:select_last_index", nullptr, foldArgExtremum},
    {"ArgMin", 1, 1, "i:axis i:keepdims i:select_last_index", nullptr, foldArgExtremum},
    {"CumSum", 2, 2, "i:exclusive i:reverse", nullptr, foldCumSum},
    {"Trilu", 1, 2, "i:upper", nullptr, foldTrilu},
    {"NonZero", 1, 1, "", nullptr, foldNonZero},
    {"GatherElements", 2, 2, "i:axis", nullptr, foldGatherElements},
    {"GatherND", 2, 2, "i:batch_dims", nullptr, foldGatherND},
    {"ScatterND", 3, 3, "s:reduction", nullptr, foldScatterND},
    // clang-format on
};

const NodeEntry *findEntry(const Node &node) {
  std::string type = node.qualifiedType();
  // Domains that QONNX's operators had before.
  if (node.domain == "finn.custom_op.general" || node.domain == "onnx.brevitas")
    type = "qonnx.custom_op.general::" + node.opType;
  for (const NodeEntry &entry : kEntries) {
    StringRef name = entry.type;
    if (name == type || (name.consume_front("*::") && name == node.opType))
      return &entry;
  }
  return nullptr;
}

StringRef getHint(const Node &node) {
  if (node.domain == "com.microsoft")
    return "quantized networks are read in QDQ format (onnxruntime: quant_format=QuantFormat.QDQ)";
  if (!node.domain.empty())
    return "export with operators of the standard domain";
  return llvm::StringSwitch<StringRef>(node.opType)
      .Case("DynamicQuantizeLinear",
            "quantize activations with constant scales (static quantization)")
      .Cases({"LSTM", "GRU", "RNN"},
             "recurrent layers are not read: convolve over time (Conv, padded on the left) or run "
             "them outside and import what is before and behind as networks of their own")
      .Cases({"If", "Loop", "Scan"},
             "export with fixed input shapes, then run onnxsim to remove it")
      .Cases({"InstanceNormalization", "LayerNormalization", "GroupNormalization", "LRN"},
             "use BatchNormalization, which folds into the layer before it")
      .Case("Einsum", "write it as MatMul, Transpose, Mul and ReduceSum, which are read")
      .Case("GridSample", "resize the images before the network")
      .Cases({"ArgMax", "ArgMin", "TopK", "NonMaxSuppression"},
             "cut the network before it and do this step outside")
      .Default("run onnxsim where it depends on constants only, or write it with operators that "
               "docs/Import.md lists");
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static char getKindLetter(Attribute::Kind kind) {
  switch (kind) {
  case Attribute::Kind::Int:
    return 'i';
  case Attribute::Kind::Float:
    return 'f';
  case Attribute::Kind::String:
    return 's';
  case Attribute::Kind::Ints:
    return 'I';
  case Attribute::Kind::Floats:
    return 'F';
  case Attribute::Kind::Tensor:
    return 't';
  default:
    return '?';
  }
}

LogicalResult checkNode(NodeScope &scope, const NodeEntry &entry) {
  const Node &node = scope.node;
  if (scope.numInputs() < entry.minInputs)
    return scope.invalid("requires at least " + Twine(entry.minInputs) + " inputs, but got " +
                         Twine(scope.numInputs()));
  for (unsigned i = 0; i < entry.minInputs; ++i)
    if (!scope.hasInput(i))
      return scope.invalid("requires its input number " + Twine(i));
  if (scope.numInputs() > entry.maxInputs)
    return scope.unsupported("it has " + Twine(scope.numInputs()) + " inputs, more than " +
                             Twine(entry.maxInputs));

  SmallVector<StringRef> known;
  StringRef(entry.attributes).split(known, ' ', -1, /*KeepEmpty=*/false);
  for (const auto &[name, attribute] : node.attributes) {
    auto *spec = llvm::find_if(
        known, [&, name = StringRef(name)](StringRef s) { return s.drop_front(2) == name; });
    if (spec == known.end())
      return scope.unsupported("attribute '" + Twine(name) + "'",
                               "operator set " + Twine(scope.opset()) +
                                   " does not have it, or this importer");
    if (spec->front() != getKindLetter(attribute.kind))
      return scope.invalid("has an attribute '" + Twine(name) + "' of the wrong type");
  }
  return entry.check ? entry.check(scope) : success();
}

} // namespace tally::onnx
