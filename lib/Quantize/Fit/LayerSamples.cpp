//===- LayerSamples.cpp - inputs and outputs of layers, sampled -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LayerSamples.h"

#include "tally/Run/Interpreter.h"
#include "tally/Support/Progress.h"

#include <algorithm>

using namespace mlir;

namespace tally {

std::vector<int64_t> samplePositions(int64_t total, int64_t count) {
  count = std::min(total, count);
  std::vector<int64_t> positions;
  for (int64_t i = 0; i < count; ++i) {
    // A low-discrepancy offset inside each stratum, so that samples do not all fall
    // on one column of the image.
    double offset = double(uint32_t(uint64_t(i) * 2654435761u)) / 4294967296.0;
    positions.push_back(int64_t((double(i) + offset) * double(total) / double(count)));
  }
  return positions;
}

template <typename T>
std::vector<T> gatherPatches(const T *input, const Shape &shape, T outside, const Window &window,
                             const Shape &outputShape, ArrayRef<int64_t> positions, int64_t first,
                             int64_t count) {
  int64_t terms = window.kernel[0] * window.kernel[1] * count;
  std::vector<T> patches(positions.size() * terms, outside);
  int64_t height = shape[1], width = shape[2], channels = shape[3];
  parallelForRanges(positions.size(), 0, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t ow = positions[i] % outputShape[2], rest = positions[i] / outputShape[2];
      int64_t oh = rest % outputShape[1], n = rest / outputShape[1];
      T *patch = patches.data() + i * terms;
      for (int64_t kh = 0; kh < window.kernel[0]; ++kh)
        for (int64_t kw = 0; kw < window.kernel[1]; ++kw, patch += count) {
          int64_t h = oh * window.stride[0] + kh * window.dilation[0] - window.padBefore(0);
          int64_t w = ow * window.stride[1] + kw * window.dilation[1] - window.padBefore(1);
          if (h >= 0 && h < height && w >= 0 && w < width)
            std::copy_n(input + ((n * height + h) * width + w) * channels + first, count, patch);
        }
    }
  });
  return patches;
}

template std::vector<uint8_t> gatherPatches(const uint8_t *, const Shape &, uint8_t, const Window &,
                                            const Shape &, ArrayRef<int64_t>, int64_t, int64_t);

std::vector<float> gatherPatches(const Tensor &input, const Window &window,
                                 const Shape &outputShape, ArrayRef<int64_t> positions,
                                 int64_t first, int64_t count) {
  return gatherPatches(input.data<float>(), input.shape(), 0.0f, window, outputShape, positions,
                       first, count);
}

std::vector<float> gatherRows(const Tensor &tensor, ArrayRef<int64_t> positions) {
  int64_t channels = tensor.shape().back();
  std::vector<float> rows(positions.size() * channels);
  const float *data = tensor.data<float>();
  for (size_t i = 0; i < positions.size(); ++i)
    std::copy_n(data + positions[i] * channels, channels, rows.data() + i * channels);
  return rows;
}

/// The value that the next ReLU behind `value` clamps, through channelwise operations and
/// additions; null where there is none.
static Value findActivationInput(Value value) {
  for (int depth = 0; depth < 16; ++depth) {
    Operation *next = nullptr;
    for (Operation *user : value.getUsers()) {
      if (isa<tosa::ClampOp>(user))
        return value;
      if (isa<BatchNormOp, ChannelAffineOp, tosa::AddOp, ObserveOp>(user))
        next = user;
    }
    if (!next)
      return {};
    value = next->getResult(0);
  }
  return {};
}

namespace {

class Sampler {
public:
  Sampler(llvm::function_ref<bool(Operation *)> wanted, bool withPatches)
      : wanted(wanted), withPatches(withPatches) {}

  /// Chooses the positions of each wanted layer, for so many images.
  LogicalResult choosePositions(func::FuncOp network, int64_t images, int64_t count) {
    int64_t unit = cast<RankedTensorType>(network.getArgumentTypes()[0]).getDimSize(0);
    WalkResult walked = network.walk([&](Operation *layer) {
      if (!wanted(layer))
        return WalkResult::advance();
      std::string name = getLayerName(layer).str();
      if (samples.count(name)) {
        layer->emitError() << "shares the name '" << name
                           << "' with another layer: give each its own 'tally.name'";
        return WalkResult::interrupt();
      }
      auto type = cast<RankedTensorType>(layer->getResult(0).getType());
      int64_t total = type.getDimSize(1) * type.getDimSize(2) * type.getDimSize(0) * images / unit;
      samples[name].positions = samplePositions(total, count);
      if (Value activation = findActivationInput(layer->getResult(0));
          activation && activation.getType() == type)
        activationOf[activation].push_back(name);
      return WalkResult::advance();
    });
    return failure(walked.wasInterrupted());
  }

  /// Samples a batch of `count` images from `first` on.
  LogicalResult addBatch(NetworkRun &run, int64_t first, int64_t count) {
    // What is behind the last of them is nothing to sample.
    size_t left = samples.size() + activationOf.size();
    while (left > 0 && !isa<func::ReturnOp>(run.next())) {
      Operation *op = run.next();
      bool layer = wanted(op);
      Tensor input = layer && withPatches ? run.get(op->getOperand(0)) : Tensor();
      if (failed(run.advance()))
        return failure();
      const Tensor &output = run.get(op->getResult(0));
      if (layer) {
        --left;
        LayerSamples &sample = samples[getLayerName(op).str()];
        std::vector<int64_t> positions = positionsWithin(sample, output, first, count);
        append(sample.outputs, gatherRows(output, positions));
        if (withPatches)
          append(sample.patches, gatherPatches(input, *cast<ReductionOpInterface>(op).getWindow(),
                                               output.shape(), positions, 0, input.dim(3)));
      }
      if (auto it = activationOf.find(op->getResult(0)); it != activationOf.end()) {
        --left;
        for (const std::string &name : it->second) {
          LayerSamples &sample = samples[name];
          append(sample.activations,
                 gatherRows(output, positionsWithin(sample, output, first, count)));
        }
      }
    }
    return success();
  }

  std::map<std::string, LayerSamples> take() { return std::move(samples); }

private:
  /// A layer's positions in a batch whose result is `output`, counted from the batch's beginning.
  static std::vector<int64_t> positionsWithin(const LayerSamples &layer, const Tensor &output,
                                              int64_t first, int64_t count) {
    int64_t rows = output.size() / output.shape().back() / output.dim(0);
    int64_t begin = first * (output.dim(0) / count) * rows;
    int64_t end = begin + rows * output.dim(0);
    std::vector<int64_t> positions;
    for (auto it = std::lower_bound(layer.positions.begin(), layer.positions.end(), begin);
         it != layer.positions.end() && *it < end; ++it)
      positions.push_back(*it - begin);
    return positions;
  }

  static void append(std::vector<float> &to, const std::vector<float> &from) {
    to.insert(to.end(), from.begin(), from.end());
  }

  llvm::function_ref<bool(Operation *)> wanted;
  bool withPatches;
  std::map<std::string, LayerSamples> samples;
  /// The layers whose activations a value holds.
  llvm::DenseMap<Value, std::vector<std::string>> activationOf;
};

} // namespace

FailureOr<std::map<std::string, LayerSamples>>
sampleLayers(func::FuncOp network, const PassImages &images, int64_t count, bool withPatches,
             llvm::function_ref<bool(Operation *)> wanted, StringRef title) {
  int64_t imageCount = images.count;
  Sampler sampler(wanted, withPatches);
  if (failed(sampler.choosePositions(network, imageCount, count)))
    return failure();

  int64_t unit = cast<RankedTensorType>(network.getArgumentTypes()[0]).getDimSize(0);
  int64_t batch = std::max<int64_t>(1, 32 / unit) * unit;
  Progress progress(title.str(), imageCount);
  for (int64_t first = 0; first < imageCount; first += batch) {
    int64_t size = std::min(batch, imageCount - first);
    FailureOr<std::vector<Tensor>> part = images.images.load(first, size);
    if (failed(part))
      return failure();
    FailureOr<NetworkRun> run = NetworkRun::start(network, *part);
    if (failed(run) || failed(sampler.addBatch(*run, first, size)))
      return failure();
    progress.advance(size);
  }
  return sampler.take();
}

} // namespace tally
