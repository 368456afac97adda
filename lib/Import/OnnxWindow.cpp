//===- OnnxWindow.cpp - sliding windows of convolutions and pools ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "OnnxWindow.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tally::onnx {

/// No kernel, stride, dilation or padding of a network comes near this; sums and
/// products of two stay far from overflow.
constexpr int64_t kMaxAttribute = int64_t(1) << 30;

static std::string join(ArrayRef<int64_t> values) {
  return llvm::join(llvm::map_range(values, [](int64_t v) { return std::to_string(v); }), ", ");
}

/// An attribute of `count` numbers in `lowest .. kMaxAttribute`.
static FailureOr<Sizes> readSizes(NodeScope &scope, StringRef name, size_t count, int64_t lowest) {
  Sizes sizes = scope.intsAttribute(name).value_or(Sizes(count, lowest));
  if (sizes.size() != count) {
    (void)scope.invalid("requires " + Twine(count) + " numbers in '" + name + "', but got " +
                        Twine(sizes.size()));
    return failure();
  }
  for (int64_t size : sizes)
    if (size < lowest || size > kMaxAttribute) {
      (void)scope.invalid("requires '" + name + "' of at least " + Twine(lowest) + ", but got " +
                          join(sizes));
      return failure();
    }
  return sizes;
}

/// The number of windows along `dim`, which is that of the declared padding, or
/// with ceil_mode one more that starts before the trailing padding.
static int64_t countWindows(const Window &window, int dim, int64_t size, bool ceil) {
  int64_t room = size + window.padBefore(dim) + window.padAfter(dim) - window.extent(dim);
  if (room < 0)
    return 0;
  int64_t stride = window.stride[dim];
  int64_t count = room / stride + 1;
  if (ceil && room % stride != 0 && count * stride < size + window.padBefore(dim))
    ++count;
  return count;
}

FailureOr<PlacedWindow> getWindow(NodeScope &scope, ArrayRef<int64_t> inputShape,
                                  std::array<int64_t, 2> kernel) {
  auto strides = readSizes(scope, "strides", 2, 1);
  auto dilations = readSizes(scope, "dilations", 2, 1);
  auto pads = readSizes(scope, "pads", 4, 0);
  auto kernelShape = readSizes(scope, "kernel_shape", 2, 1);
  if (failed(strides) || failed(dilations) || failed(pads) || failed(kernelShape))
    return failure();
  auto fail = [&](const Twine &why) -> FailureOr<PlacedWindow> {
    (void)scope.invalid(why);
    return failure();
  };
  if (scope.attribute("kernel_shape") && *kernelShape != ArrayRef<int64_t>(kernel))
    return fail("requires 'kernel_shape' to be that of the weight, " + join(kernel) + ", but got " +
                join(*kernelShape));
  if (kernel[0] > kMaxAttribute || kernel[1] > kMaxAttribute)
    return fail("has a kernel of " + join(kernel));

  std::string autoPad = scope.stringAttribute("auto_pad", "NOTSET");
  bool same = autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER";
  if (!same && autoPad != "NOTSET" && autoPad != "VALID")
    return fail("has an unknown 'auto_pad': " + autoPad);

  bool ceil = scope.intAttribute("ceil_mode", 0) != 0;
  PlacedWindow placed;
  Window &window = placed.window;
  for (int dim : {0, 1}) {
    int64_t size = inputShape[dim + 2];
    window.kernel[dim] = kernel[dim];
    window.stride[dim] = (*strides)[dim];
    window.dilation[dim] = (*dilations)[dim];
    int64_t before = 0, after = 0;
    if (same) {
      int64_t windows = (size + window.stride[dim] - 1) / window.stride[dim];
      int64_t total =
          std::max<int64_t>((windows - 1) * window.stride[dim] + window.extent(dim) - size, 0);
      before = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
      after = total - before;
    } else if (autoPad == "NOTSET") {
      before = (*pads)[dim]; // ONNX: all begins, then all ends
      after = (*pads)[dim + 2];
    }
    window.pad[2 * dim] = placed.declaredPad[2 * dim] = before;
    window.pad[2 * dim + 1] = placed.declaredPad[2 * dim + 1] = after;

    int64_t windows = countWindows(window, dim, size, ceil);
    if (windows < 1)
      return fail("has a window that spans " + Twine(window.extent(dim)) +
                  " elements, but the padded input has " + Twine(size + before + after));
    placed.outputSize[dim] = windows;
    window.pad[2 * dim + 1] =
        (windows - 1) * window.stride[dim] + window.extent(dim) - size - before;
  }
  return placed;
}

FailureOr<Value> cutUnused(NodeScope &scope, Value input, PlacedWindow &placed) {
  Sizes size(scope.shapeOf(input));
  for (int dim : {0, 1}) {
    int64_t &after = placed.window.pad[2 * dim + 1];
    if (after >= 0)
      continue;
    size[dim + 1] += after;
    after = 0;
    if (size[dim + 1] < 1) {
      (void)scope.unsupported("its windows see padding only");
      return failure();
    }
  }
  return scope.slice(input, Sizes(4, 0), size);
}

} // namespace tally::onnx
