//===- quantize-network.cpp - Tally as a library --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an ONNX file to an integer network, as `tally import`, `calibrate` and `quantize` do it.
//
//===----------------------------------------------------------------------===//

#include "tally/Driver/Quantize.h"
#include "tally/Driver/Session.h"

#include <iostream>

/// Says what went wrong where diagnostics have not said it yet.
static int fail(const tally::Error &error) {
  if (!error.message.empty())
    std::cerr << "quantize-network: error: " << error.message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    std::cerr << "usage: quantize-network NET.onnx DATA RECIPE NET.q.mlir\n";
    return 2;
  }
  tally::Session session;
  tally::Result<tally::Network> network = session.importOnnx(argv[1]);
  if (!network)
    return fail(network.error());

  tally::CalibrateJob calibration;
  calibration.images.data = argv[2];
  if (tally::Status done = tally::calibrate(**network, calibration); !done)
    return fail(done.error());

  tally::QuantizeJob quantization;
  quantization.recipe = argv[3];
  quantization.images = calibration.images;
  tally::Result<tally::QuantizeSummary> summary = tally::quantize(**network, quantization);
  if (!summary)
    return fail(summary.error());

  if (tally::Status done = session.save(**network, argv[4]); !done)
    return fail(done.error());
  return 0;
}
