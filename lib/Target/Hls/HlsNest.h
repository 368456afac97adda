//===- HlsNest.h - functions of one perfect nest of loops -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Internal to Target. A layer is a function, a function a nest of loops, and all that a nest does
// stands in the innermost one: nests are perfect because there is no other place for a statement.
// EmitC is not in between, since it has no names for arrays and counters, and no labels: what a
// user of these tools attaches directives to.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_TARGET_HLS_HLSNEST_H
#define TALLY_LIB_TARGET_HLS_HLSNEST_H

#include "HlsNumber.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace tally::hls {

/// An array of C with the shape of a tensor, but for its dimensions of 1.
struct Array {
  std::string name;
  std::vector<int64_t> shape; ///< the tensor's
  CodeRange range;

  /// "tally_u4 x[28][28]"
  std::string declaration() const;
  /// Which dimension of the array `dim` of the tensor is, from 1; 0 where it has a size of 1.
  int dimension(size_t dim) const;
  std::vector<int64_t> sizes() const;
};

enum class Directive { None, Pipeline, Unroll };

struct Loop {
  std::string label, variable;
  int64_t count;
  Directive directive = Directive::None;
};

struct Nest {
  bool shifts = false; ///< whether indices are without products
  std::vector<Loop> loops;
  std::vector<std::string> body;

  /// A counter from 0 to `count` - 1, innermost so far; just 0 where that is all.
  Index loop(llvm::StringRef label, llvm::StringRef variable, int64_t count);
  /// One loop for each dimension of `shape`.
  std::vector<Index> loopOver(llvm::ArrayRef<int64_t> shape);
  void line(const std::string &text) { body.push_back(text); }
  /// A name for `value`.
  Number define(llvm::StringRef name, const Number &value);
  /// An integer that is no number of the network: a position, or a truth.
  std::string defineInt(llvm::StringRef name, const std::string &text);
  Number at(const Array &array, llvm::ArrayRef<Index> indices) const;
  void store(const Array &array, llvm::ArrayRef<Index> indices, const Number &value);
  std::string text(const Index &index) const { return index.text(shifts); }
  /// Pipelines the innermost loop that is not unrolled.
  void pipeline();
};

struct Function {
  std::string comment, name;
  std::vector<Array> parameters;
  std::vector<std::string> locals; ///< declarations and directives
  Nest nest;

  void print(llvm::raw_ostream &os) const;
};

/// `static const T name[..] = {..};`
void printConstant(llvm::raw_ostream &os, const Array &array, llvm::ArrayRef<int64_t> values);

} // namespace tally::hls

#endif // TALLY_LIB_TARGET_HLS_HLSNEST_H
