//===- Literal.h - constants of an ONNX graph -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values that are known at import: initializers, and what the constant
// evaluator makes of them. Row-major, in ONNX's order of dimensions.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_LITERAL_H
#define TALLY_LIB_IMPORT_LITERAL_H

#include "tally/IR/Shapes.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tally::onnx {

using Sizes = llvm::SmallVector<int64_t, 4>;

/// Row-major strides in elements.
Sizes getStrides(llvm::ArrayRef<int64_t> sizes);

/// The shape of the numpy broadcast, or nothing.
std::optional<Sizes> broadcast(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// `axis` counted from the front, or nothing where it is not in [-rank, rank).
std::optional<int64_t> normalizeAxis(int64_t axis, int64_t rank);

/// ONNX's numbers of element types (TensorProto.DataType).
constexpr int64_t kFloatCode = 1, kUint8Code = 2, kInt8Code = 3, kInt32Code = 6, kInt64Code = 7,
                  kBoolCode = 9, kUint4Code = 21, kInt4Code = 22;
inline bool isFloatCode(int64_t code) {
  return code == kFloatCode || code == 10 || code == 11 || code == 16;
}
inline bool isIntegerCode(int64_t code) {
  return (code >= 2 && code <= 7) || code == kBoolCode || code == 12 || code == 13 ||
         code == kUint4Code || code == kInt4Code;
}

/// An integer type by its number.
struct IntegerFormat {
  unsigned bits;
  bool isSigned;
  /// Its ends; of 64 bits without a sign, those of 64 bits with one.
  int64_t lowest() const { return isSigned ? -(int64_t(1) << (bits - 2)) * 2 : 0; }
  int64_t highest() const {
    return isSigned || bits == 64 ? int64_t((uint64_t(1) << (bits == 64 ? 63 : bits - 1)) - 1)
                                  : (int64_t(1) << bits) - 1;
  }
  bool contains(int64_t value) const { return value >= lowest() && value <= highest(); }
  /// The lowest bits of `value`, as integers of this type wrap.
  int64_t wrap(int64_t value) const;
};
/// Nothing for types that are no integers, and for Booleans.
std::optional<IntegerFormat> getIntegerFormat(int64_t code);

/// The codes that floats were made of: element i is `codes[i] * scales[i]`, with codes in
/// `lowest..highest`. They go where the elements go; which of them share a scale is asked only
/// where a layer takes them.
struct Codes {
  std::vector<int32_t> codes;
  std::vector<double> scales;
  int64_t lowest = 0, highest = 0;
};

struct Literal {
  /// The initializer it stems from, or the value that was computed.
  std::string name;
  Sizes shape;
  /// Floats of any width are held as 32 bits, integers and Booleans as 64.
  bool isFloat = true;
  /// The number of the type in the file.
  int64_t elementType = kFloatCode;
  /// Of floats that DequantizeLinear made.
  std::optional<Codes> codes;
  /// The node that computed something else of such floats.
  std::string codesLostBy;
  std::vector<float> floats;
  std::vector<int64_t> ints;

  int64_t size() const { return isFloat ? floats.size() : ints.size(); }
  int64_t rank() const { return shape.size(); }

  static Literal ofFloats(Sizes shape, std::vector<float> values);
  static Literal ofInts(Sizes shape, std::vector<int64_t> values);
  static Literal ofInts(llvm::ArrayRef<int64_t> values);
};

using LiteralRef = std::shared_ptr<const Literal>;

/// The literal with the dimensions in another order: dimension d of the result
/// is dimension `order[d]` of `literal`.
Literal transpose(const Literal &literal, llvm::ArrayRef<int64_t> order);

/// For each element of an array of shape `shape`, the index of the element that
/// `strides` address from `start`, in row-major order.
std::vector<int64_t> getIndices(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides,
                                int64_t start = 0);

/// As above for an array of shape `from` that broadcasts to `shape`.
std::vector<int64_t> getBroadcastIndices(llvm::ArrayRef<int64_t> from,
                                         llvm::ArrayRef<int64_t> shape);

/// The elements of `literal` at `indices`, with their codes, as an array of shape `shape`.
Literal gather(const Literal &literal, Sizes shape, llvm::ArrayRef<int64_t> indices);

/// The floats of `literal` are no longer multiples of its codes, by what `node` computes.
void loseCodes(Literal &literal, llvm::StringRef node);

/// Makes the codes of `literal` those of its elements times `factors`, one each. The floats are
/// the caller's.
void scaleCodes(Literal &literal, llvm::ArrayRef<float> factors);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_LITERAL_H
