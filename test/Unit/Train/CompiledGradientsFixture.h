// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What tests of compiled gradients share.

#ifndef TALLY_TEST_UNIT_TRAIN_COMPILEDGRADIENTSFIXTURE_H
#define TALLY_TEST_UNIT_TRAIN_COMPILEDGRADIENTSFIXTURE_H

#include "tally/Driver/Registration.h"
#include "tally/Run/Reference.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

namespace tally {

struct CompiledGradients : testing::Test {
  CompiledGradients() {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
  }

  mlir::MLIRContext context;
};

/// Between `low` and `high`, each a float; the same numbers each time.
inline Tensor random(const Shape &shape, std::mt19937 &generator, double low, double high,
                     ElementType type) {
  Tensor tensor(type, shape);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    double value = float(low + (high - low) * double(generator() >> 8) / double(1 << 24));
    if (type == ElementType::F64)
      tensor.data<double>()[i] = value;
    else
      tensor.data<float>()[i] = float(value);
  }
  return tensor;
}

inline double largestOf(const Tensor &tensor) {
  double largest = 0;
  for (int64_t i = 0; i < tensor.size(); ++i)
    largest = std::max(largest, std::fabs(tensor.data<double>()[i]));
  return largest;
}

} // namespace tally

#endif // TALLY_TEST_UNIT_TRAIN_COMPILEDGRADIENTSFIXTURE_H
