//===- OnnxPlaces.h - where moved elements come from ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exporters write a convolution's windows as a chain of Pad, Gather, Slice, Concat, Transpose and
// Reshape. Which chain it is does not matter: it runs on the numbers of the elements, and from
// where they end up follows the window, or that there is none.
//
//===----------------------------------------------------------------------===//

#ifndef TALLY_LIB_IMPORT_ONNXPLACES_H
#define TALLY_LIB_IMPORT_ONNXPLACES_H

#include "Literal.h"

#include "tally/IR/Window.h"

#include "mlir/IR/Value.h"
#include <array>

namespace tally::onnx {

/// `value` and what its elements are moved from, up to what computes them: nearest first.
llvm::SmallVector<mlir::Value> findSources(mlir::Value value);

/// For each element of `value` the number of the element of `source` that it is, -1 where it is a
/// zero of padding. Nothing where other elements are among them, or too many. `budget`: how many
/// elements may still be moved for it, less afterwards.
std::optional<std::vector<int64_t>> traceTo(mlir::Value value, mlir::Value source, int64_t &budget);

/// Windows that slide over images [N, H, W, C].
struct PlacedWindows {
  Window window;
  /// Images, rows and columns of the result.
  std::array<int64_t, 3> size;
  /// The dimensions of `size`, in the order in which positions count through them.
  std::array<unsigned, 3> order;
  /// For each term its place in a filter [KH, KW, C].
  std::vector<int64_t> filterPlaces;
};

/// The windows of which `places` lists the elements: `terms` for each position, numbers in images
/// of `shape` [N, H, W, C], or -1 for zeros around them. Nothing where there are none such.
std::optional<PlacedWindows> findWindows(llvm::ArrayRef<int64_t> places, int64_t terms,
                                         llvm::ArrayRef<int64_t> shape);

} // namespace tally::onnx

#endif // TALLY_LIB_IMPORT_ONNXPLACES_H
