//===- Explanation.cpp - how lowering computes each layer -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Measure/Explanation.h"

#include "tally/IR/LayerNames.h"
#include "tally/Support/Text.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tally {

using mlir::remark::detail::Remark;

namespace {

/// A thing that remarks say by a key; null where they do not.
const Remark::Arg *find(const Remark &remark, StringRef key) {
  const auto *found = llvm::find_if(remark.getArgs(), [&](auto &arg) { return arg.key == key; });
  return found == remark.getArgs().end() ? nullptr : found;
}

std::string getText(const Remark &remark, StringRef key) {
  const Remark::Arg *arg = find(remark, key);
  return arg ? arg->val : "";
}

int64_t getNumber(const Remark &remark, StringRef key) {
  int64_t number = 0;
  StringRef(getText(remark, key)).getAsInteger(10, number);
  return number;
}

class Reader : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Reader(Explanation &explanation) : explanation(explanation) {}

  void streamOptimizationRemark(const Remark &remark) override {
    if (remark.getRemarkName() == "Kernel")
      addKernel(remark);
    else if (remark.getRemarkName() == "Tile")
      addStep(remark);
  }

private:
  void addKernel(const Remark &remark) {
    std::optional<Origin> origin = getOrigin(remark.getLocation());
    if (!origin)
      return;
    Explanation::Layer &layer = explanation.layers[origin->layer];
    std::string kernel = getText(remark, "Kernel"), why = getText(remark, "Why");
    if (remark.getRemarkTypeString() == "Passed") {
      layer.kernel = kernel;
      layer.why = why;
    } else {
      layer.refusals.push_back({kernel, why});
    }
  }

  void addStep(const Remark &remark) {
    Explanation::Step step;
    step.name = remark.getFunction().str();
    if (const Remark::Arg *arg = find(remark, "Layers"))
      if (auto layers = dyn_cast_or_null<ArrayAttr>(arg->getAttribute()))
        for (auto layer : layers.getAsRange<StringAttr>())
          step.layers.push_back(layer.str());
    if (std::optional<Origin> origin = getOrigin(remark.getLocation()))
      step.owner = origin->layer;
    step.how = getText(remark, "Remark");
    step.kernel = getText(remark, "Kernel");
    step.outputs = getNumber(remark, "Outputs");
    step.lanes = getNumber(remark, "Lanes");
    explanation.steps.push_back(std::move(step));
  }

  Explanation &explanation;
};

} // namespace

Explainer::Explainer(MLIRContext &context, Explanation &explanation)
    : context(context), isMine(!context.getRemarkEngine()) {
  if (!isMine)
    return;
  remark::RemarkCategories categories;
  categories.passed = categories.missed = "tally-.*";
  // Fails for patterns that are none.
  bool enabled = succeeded(remark::enableOptimizationRemarks(
      context, std::make_unique<Reader>(explanation),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories));
  assert(enabled && "the categories are a pattern");
  (void)enabled;
}

Explainer::~Explainer() {
  if (isMine)
    context.setRemarkEngine(nullptr);
}

std::string Explanation::kernelOf(const std::string &layer, const Step &step) const {
  auto found = layers.find(layer);
  return found == layers.end() || found->second.kernel.empty() ? step.kernel : found->second.kernel;
}

/// Every reason once, with the kernels that it kept away.
static void printRefusals(llvm::raw_ostream &os, const Explanation::Layer &layer) {
  llvm::MapVector<StringRef, SmallVector<StringRef>> kernels;
  for (const Explanation::Refusal &refusal : layer.refusals)
    kernels[refusal.why].push_back(refusal.kernel);
  for (const auto &[why, names] : kernels)
    os << "    not by " << llvm::join(names, " or ") << ": " << printable(why.str()) << "\n";
}

std::string toText(const Explanation &explanation) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Explanation::Step &step : explanation.steps) {
    os << printable(step.name) << ": " << step.how;
    llvm::SmallVector<std::string> kernels;
    for (const std::string &layer : step.layers)
      if (std::string kernel = explanation.kernelOf(layer, step);
          !kernel.empty() && !llvm::is_contained(kernels, kernel))
        kernels.push_back(kernel);
    if (!kernels.empty())
      os << ", by " << llvm::join(kernels, " and ");
    os << "\n";
    for (const std::string &name : step.layers) {
      auto layer = explanation.layers.find(name);
      if (layer == explanation.layers.end())
        continue;
      if (!layer->second.why.empty())
        os << "    by " << layer->second.kernel << ": " << layer->second.why << "\n";
      printRefusals(os, layer->second);
    }
  }
  return text;
}

} // namespace tally
