//===- Robustness.cpp - classes that no small change changes --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Robustness.h"

#include "Classes.h"
#include "LastLayer.h"
#include "tally/Data/Accuracy.h"
#include "tally/IR/Network.h"
#include "tally/Measure/Evaluate.h"
#include "tally/Run/NetworkBounds.h"
#include "tally/Support/Parallel.h"
#include "tally/Support/Progress.h"

#include <atomic>
#include <chrono>

using namespace mlir;

namespace tally {

namespace {

/// Codes of the logits of each image.
struct Logits {
  std::vector<int64_t> low, high;

  explicit Logits(const Bounds &bounds) : low(bounds.low.size()), high(low.size()) {
    dispatch(bounds.low.type(), [&](auto tag) {
      std::copy_n(bounds.low.data<decltype(tag)>(), low.size(), low.begin());
      std::copy_n(bounds.high.data<decltype(tag)>(), high.size(), high.begin());
    });
  }
};

class Certifier {
public:
  Certifier(NetworkBounds bounds, Boundary boundary, std::optional<LastLayer> last,
            const NetworkImages &data, const RobustnessOptions &options, int64_t images)
      : bounds(std::move(bounds)), boundary(std::move(boundary)), last(std::move(last)), data(data),
        options(options), images(images), isCorrect(images),
        isCertified(options.radii.size(), std::vector<char>(images)),
        classes(countClasses(this->boundary)) {}

  FailureOr<Robustness> run() {
    // A few images at a time: values of all layers stay in the cache of a core.
    int64_t batch = std::max<int64_t>(1, 4 / boundary.batch()) * boundary.batch();
    Progress progress("certifying", images);
    auto begin = std::chrono::steady_clock::now();
    std::atomic<bool> failedOnce{false};
    parallelFor((images + batch - 1) / batch, options.threads, [&](int64_t index) {
      int64_t first = index * batch, count = std::min(batch, images - first);
      if (failedOnce || failed(certify(first, count)))
        failedOnce = true;
      else
        progress.advance(count);
    });
    if (failedOnce)
      return failure();
    progress.finish();
    return addUp(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }

private:
  Bounds encode(const Tensor &low, const Tensor &high) const {
    return {boundary.encode({low}).front(), boundary.encode({high}).front()};
  }

  LogicalResult certify(int64_t first, int64_t count) {
    FailureOr<std::vector<Tensor>> clean = data.load(first, count);
    if (failed(clean))
      return failure();
    FailureOr<std::vector<Bounds>> exact = bounds.run({Bounds(boundary.encode(*clean).front())});
    if (failed(exact))
      return failure();
    Logits logits(exact->front());
    std::vector<int64_t> classOf;
    for (int64_t i = 0; i < count; ++i)
      classOf.push_back(argmax(logits.low.data() + i * classes, classes));
    if (data.dataset().hasLabels())
      countCorrect(first, count, *exact);
    for (auto [index, radius] : llvm::enumerate(options.radii))
      if (failed(certify(first, count, radius, classOf, isCertified[index])))
        return failure();
    return success();
  }

  /// By real results, as `evaluate` counts.
  void countCorrect(int64_t first, int64_t count, ArrayRef<Bounds> exact) {
    std::vector<Tensor> codes;
    for (const Bounds &result : exact)
      codes.push_back(result.low);
    Tensor real = boundary.decode(codes).front();
    for (int64_t i = 0; i < count; ++i)
      isCorrect[first + i] = rankOfLabel(real.data<float>() + i * classes, classes,
                                         data.dataset().label(first + i)) == 0;
  }

  LogicalResult certify(int64_t first, int64_t count, double radius, ArrayRef<int64_t> classOf,
                        std::vector<char> &certified) const {
    FailureOr<ImagesAround> around = data.loadAround(first, count, radius);
    if (failed(around))
      return failure();
    Bounds lastInput;
    FailureOr<std::vector<Bounds>> results =
        bounds.run({encode(around->low, around->high)}, [&](Value value, const Bounds &box) {
          if (last && value == last->input())
            lastInput = box;
        });
    if (failed(results))
      return failure();
    Logits logits(results->front());
    for (int64_t i = 0; i < count; ++i)
      certified[first + i] = llvm::all_of(llvm::seq<int64_t>(0, classes), [&](int64_t other) {
        return other == classOf[i] || isAbove(logits, lastInput, i, classOf[i], other);
      });
    return success();
  }

  bool isAbove(const Logits &logits, const Bounds &lastInput, int64_t image, int64_t a,
               int64_t b) const {
    auto rangeOf = [&](int64_t logit) {
      return CodeRange{logits.low[image * classes + logit], logits.high[image * classes + logit]};
    };
    CodeRange ofA = rangeOf(a), ofB = rangeOf(b);
    return ofA.min > ofB.max || (last && last->isAbove(lastInput, image, a, ofA, b, ofB));
  }

  Robustness addUp(double seconds) const {
    Robustness result;
    result.images = images;
    if (data.dataset().hasLabels())
      result.correct = llvm::count(isCorrect, 1);
    result.joinsLastLayer = last.has_value();
    result.seconds = seconds;
    for (auto [radius, certified] : llvm::zip(options.radii, isCertified)) {
      CertifiedImages row;
      row.radius = radius;
      for (int64_t i = 0; i < images; ++i)
        if (certified[i]) {
          row.images.push_back(i);
          row.correct += isCorrect[i];
        }
      result.radii.push_back(std::move(row));
    }
    return result;
  }

  NetworkBounds bounds;
  Boundary boundary;
  std::optional<LastLayer> last;
  const NetworkImages &data;
  const RobustnessOptions &options;
  int64_t images;
  std::vector<char> isCorrect;                ///< by image
  std::vector<std::vector<char>> isCertified; ///< by radius and image
  int64_t classes;
};

} // namespace

/// Fails on what are no pixels, before several threads would. Bytes all are.
static LogicalResult checkPixels(const NetworkImages &data, int64_t images) {
  int64_t checked = data.dataset().holdsFloats() ? images : 1;
  for (int64_t first = 0; first < checked; first += 64)
    if (failed(data.loadAround(first, std::min<int64_t>(64, checked - first), 0)))
      return failure();
  return success();
}

FailureOr<Robustness> certifyRobustness(ModuleOp module, const NetworkImages &data,
                                        const RobustnessOptions &options) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  FailureOr<Boundary> boundary = Boundary::of(module);
  if (failed(entry) || failed(boundary))
    return failure();
  if (entry->getNumArguments() != 1)
    return entry->emitError() << "has " << entry->getNumArguments()
                              << " inputs, and a radius is that of one";
  int64_t images = data.size();
  if (options.limit > 0)
    images = std::min(images, options.limit);
  Shape result = boundary->resultShapes().front();
  if (!returnsClasses(*boundary) || countClasses(*boundary) < 2)
    return entry->emitError() << "returns " << toText(Shape(result.begin() + 1, result.end()))
                              << " for an image, and not a number for each of several classes";
  if (data.dataset().hasLabels() &&
      failed(checkLabels(module, data.dataset(), images, countClasses(*boundary))))
    return failure();
  FailureOr<NetworkBounds> bounds = NetworkBounds::create(*entry);
  if (failed(bounds) || failed(checkPixels(data, images)))
    return failure();
  std::optional<LastLayer> last = LastLayer::find(*entry, *bounds);
  return Certifier(std::move(*bounds), std::move(*boundary), std::move(last), data, options, images)
      .run();
}

} // namespace tally
