//===- Update.cpp - what gradients do to parameters -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Update.h"

#include "MaskBits.h"
#include "tally/IR/Tally.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace tally {

namespace {

/// The rule of one parameter.
struct Rule {
  TosaBuilder &b;
  const TrainPlan &plan;
  const CompiledStep::Slot &slot;
  float least; ///< of scales
  int64_t mixtures;
  int64_t masked;     ///< weights behind learned masks, of the network
  Value excess;       ///< their bits on average in expectation, less what they should have
  Value filter;       ///< that fractional bits are of
  double bitProducts; ///< of all layers whose filters have such

  using Values = SmallVector<Value>;

  /// From p, its moments and g to p' and the moments' successors. `rates` are those of the step.
  Values build(Value p, ArrayRef<Value> moments, Value g, ArrayRef<Value> rates) const {
    if (slot.kind == ParameterClass::Attention)
      return attend(p, moments, g, rates);
    if (slot.kind == ParameterClass::Masks)
      return keep(p, moments, g, rates);
    bool isAdder = slot.kind == ParameterClass::AdderWeight;
    bool isScale = slot.kind == ParameterClass::Scale || slot.kind == ParameterClass::Sigma;
    bool isFraction = slot.kind == ParameterClass::Fraction;
    Value d = isAdder      ? scaleLocally(g, plan.adderRate)
              : isFraction ? scaleLocally(b.add(g, chargeBits(p, rates)), plan.ebops.rate)
                           : g;
    if (isScale)
      d = b.mul(d, slot.factor);
    if (plan.decay != 0 && (isAdder || slot.kind == ParameterClass::Weight))
      d = b.add(d, b.mul(p, plan.decay));
    Values results;
    Value change;
    if (plan.optimizer == Optimizer::Sgd) {
      Value m = b.add(b.mul(moments[0], plan.momentum), d);
      results = {Value(), m};
      change = m;
    } else {
      Value keptMean = b.mul(moments[0], plan.beta1);
      Value m = b.add(keptMean, b.mul(d, 1 - plan.beta1));
      Value keptSquare = b.mul(moments[1], plan.beta2);
      Value v = b.add(keptSquare, b.mul(b.square(d), 1 - plan.beta2));
      results = {Value(), m, v};
      Value variance = b.mul(v, rates[2]);
      // sqrt(x) = x / sqrt(x), and 0 for 0.
      Value root = b.mul(variance, b.rsqrt(b.add(variance, 1e-38)));
      Value mean = b.mul(m, rates[1]);
      change = b.mul(mean, b.reciprocal(b.add(root, plan.epsilon)));
    }
    change = b.mul(change, rates[0]);
    if (isScale) {
      // A single batch with many clipped values would throw a scale to nothing, for good.
      constexpr double kMostChange = 0.02;
      Value faster = b.mul(change, plan.scaleRate);
      Value share = b.mul(faster, b.reciprocal(p));
      share = b.negate(b.maximum(b.negate(b.maximum(share, -kMostChange)), -kMostChange));
      change = b.mul(share, p);
    }
    results[0] = b.sub(p, change);
    if (isFraction)
      results[0] = keepFraction(results[0]);
    if (isScale)
      results[0] = b.maximum(results[0], least);
    return results;
  }

  /// p is alpha / T; the last two rates are T of this step and 1 / T of the next one.
  Values attend(Value p, ArrayRef<Value> moments, Value g, ArrayRef<Value> rates) const {
    if (plan.attention.penalty > 0) {
      std::vector<float> costs(slot.costs.begin(), slot.costs.end());
      Value attention = b.softmax(p), cost = b.constant(slot.shape, costs);
      g = b.add(g,
                b.mul(b.alongSoftmax(attention, cost), plan.attention.penalty / double(mixtures)));
    }
    Value temperature = rates[rates.size() - 2];
    Value change = b.mul(b.mul(g, b.reciprocal(temperature)), plan.attention.rate);
    Value alpha = b.sub(b.mul(p, temperature), b.mul(change, rates[0]));
    double share = 1.0 / double(slot.shape[0]);
    Value apart = b.sub(alpha, b.mul(b.reduceSum(alpha, 0), share));
    Value variance = b.mul(b.reduceSum(b.square(apart), 0), share);
    // Of equal ones there is nothing to divide by.
    Value inverse = b.rsqrt(b.maximum(variance, 1e-12));
    Values results = {b.mul(b.mul(alpha, inverse), rates.back())};
    results.append(moments.begin(), moments.end());
    return results;
  }

  /// Masks of bits, by natural gradients (of the probability, not of the logit: a mask that is
  /// nearly certain moves as fast as others), and by those of the bits' distance from what they
  /// should be. They stay where a mask may still change.
  Values keep(Value p, ArrayRef<Value> moments, Value g, ArrayRef<Value> rates) const {
    constexpr double kMostLogit = 6;
    MaskBits bits(b, p, slot.steps);
    double share = double(slot.weights) / double(masked);
    Value force = b.mul(b.mul(bits.slope(), excess), plan.bits.strength * share);
    Value d = b.mul(b.add(g, force), b.reciprocal(bits.variance()));
    Value moved = b.sub(p, b.mul(b.mul(d, rates[0]), plan.bits.rate));
    Value raised = b.maximum(moved, -kMostLogit);
    Values results = {b.negate(b.maximum(b.negate(raised), -kMostLogit))};
    results.append(moments.begin(), moments.end());
    return results;
  }

  /// The scale whose outermost level is the largest magnitude of `filter`.
  Value span(Value filter) const {
    Value largest = b.abs(filter);
    for (int64_t dim = 0, rank = TosaBuilder::typeOf(filter).getRank(); dim < rank; ++dim)
      if (dim != slot.axis)
        largest = b.reduceMax(largest, dim);
    return b.mul(b.maximum(b.reshape(largest, slot.shape), 1e-30), 1 / slot.outermost);
  }

  /// The largest magnitude of the filter in each of its channels.
  Value reachOfChannels() const {
    Value largest = b.abs(filter);
    for (int64_t dim = 0, rank = TosaBuilder::typeOf(filter).getRank(); dim < rank; ++dim)
      if (dim != slot.axis)
        largest = b.reduceMax(largest, dim);
    return b.maximum(slot.shape.size() == 1 ? b.reshape(largest, slot.shape) : largest, 1e-12);
  }

  /// The derivatives of the cost along p: bits of those weights that have some, as shares of all
  /// products. A number of bits is log2(magnitude * 2^p) + 1, without a sign.
  Value chargeBits(Value p, ArrayRef<Value> rates) const {
    Value reach = slot.shape.size() == 1 ? reachOfChannels() : b.maximum(b.abs(filter), 1e-12);
    Value bits = b.add(b.add(p, b.mul(b.log(reach), 1 / std::log(2.0))), 1);
    double share = slot.bitProducts / bitProducts / double(numElements(slot.shape));
    return b.mul(b.mul(b.inside(bits, 0, 1e9), share), rates[rates.size() - 3]);
  }

  /// As many as codes hold at most, and a few less than those that leave a weight nothing, so that
  /// it may come back.
  Value keepFraction(Value p) const {
    constexpr double kFewest = -3;
    Value digits = b.mul(b.log(reachOfChannels()), 1 / std::log(2.0));
    Value above = b.sub(b.add(b.negate(digits), std::log2(slot.outermost) - 0.5), p);
    p = b.add(p, b.negate(b.maximum(b.negate(above), 0)));
    Value below = b.sub(b.add(b.negate(digits), kFewest), p);
    return b.add(p, b.maximum(below, 0));
  }

  /// Of the length `eta * sqrt(n)` for n elements.
  Value scaleLocally(Value g, double eta) const {
    Value square = b.sumTo(b.square(g), SmallVector<int64_t>(slot.shape.size(), 1));
    // 1 / max(length, 1e-12)
    Value inverse = b.rsqrt(b.maximum(square, 1e-24));
    return b.mul(g, b.mul(inverse, eta * std::sqrt(double(numElements(slot.shape)))));
  }
};

OwningOpRef<ModuleOp> buildModule(MLIRContext *context, const TrainPlan &plan,
                                  const std::vector<CompiledStep::Slot> &slots,
                                  const std::vector<Tensor> &start) {
  bool isAdam = plan.optimizer == Optimizer::Adam;
  int moments = isAdam ? 2 : 1;
  OpBuilder builder(context);
  Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToEnd(module->getBody());
  auto number = RankedTensorType::get({1}, builder.getF32Type());
  // The rate, of Adam two corrections, what a bit costs, and the temperatures of attention.
  size_t numbers = isAdam ? 6 : 4;
  SmallVector<Type> arguments(numbers, number), results;
  for (const CompiledStep::Slot &slot : slots) {
    auto type = RankedTensorType::get(slot.shape, builder.getF32Type());
    arguments.append(2 + moments, type);
    results.append(1 + moments, type);
  }
  auto function =
      func::FuncOp::create(builder, loc, "main", builder.getFunctionType(arguments, results));
  builder.setInsertionPointToStart(function.addEntryBlock());
  TosaBuilder b(builder, loc);
  ArrayRef<BlockArgument> values = function.getArguments();
  SmallVector<Value> rates(values.take_front(numbers)), returned;
  values = values.drop_front(rates.size());
  int64_t mixtures = llvm::count_if(
      slots, [](const auto &slot) { return slot.kind == ParameterClass::Attention; });
  int64_t masked = 0;
  for (const CompiledStep::Slot &slot : slots)
    masked += slot.weights;
  Value excess;
  for (size_t i = 0; i < slots.size(); ++i)
    if (slots[i].kind == ParameterClass::Masks) {
      double share = double(slots[i].weights) / double(masked);
      MaskBits masks(b, values[i * (2 + moments)], slots[i].steps);
      Value bits = b.mul(masks.expected(), share);
      excess = excess ? b.add(excess, bits) : b.add(bits, -plan.bits.average);
    }
  llvm::StringMap<Value> now;
  double bitProducts = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    now[slots[i].name] = values[i * (2 + moments)];
    bitProducts += slots[i].bitProducts;
  }
  auto ruleOf = [&](size_t i) {
    const float *data = start[i].data<float>();
    float smallest = *std::min_element(data, data + start[i].size());
    return Rule{b,          plan,   slots[i], 1e-5f * smallest,
                mixtures,   masked, excess,   now.lookup(slots[i].of),
                bitProducts};
  };
  llvm::StringMap<Value> next; // of filters
  for (size_t i = 0; i < slots.size(); ++i) {
    SmallVector<Value> before(values.slice(1, moments));
    llvm::append_range(returned, ruleOf(i).build(values[0], before, values[1 + moments], rates));
    next[slots[i].name] = returned[i * (1 + moments)];
    values = values.drop_front(2 + moments);
  }
  for (size_t i = 0; i < slots.size(); ++i)
    if (slots[i].kind == ParameterClass::Span)
      returned[i * (1 + moments)] = ruleOf(i).span(next.at(slots[i].of));
  func::ReturnOp::create(builder, loc, returned);
  return module;
}

} // namespace

FailureOr<Update> Update::create(MLIRContext *context, const TrainPlan &plan,
                                 const std::vector<CompiledStep::Slot> &slots,
                                 const std::vector<Tensor> &start, const CpuTarget &target) {
  Update update;
  update.isAdam = plan.optimizer == Optimizer::Adam;
  update.beta1 = plan.beta1;
  update.beta2 = plan.beta2;
  update.attention = plan.attention;
  update.ebops = plan.ebops;
  for (const CompiledStep::Slot &slot : slots)
    update.shapes.push_back(slot.shape);
  OwningOpRef<ModuleOp> module = buildModule(context, plan, slots, start);
  FailureOr<JitNetwork> code = compileInProcess(*module, target);
  if (failed(code))
    return failure();
  update.code.emplace(std::move(*code));
  return update;
}

std::vector<Tensor> Update::makeMoments() const {
  std::vector<Tensor> moments;
  for (const Shape &shape : shapes)
    for (int i = 0; i < (isAdam ? 2 : 1); ++i)
      moments.emplace_back(ElementType::F32, shape);
  return moments;
}

void Update::run(std::vector<Tensor> &parameters, std::vector<Tensor> &moments,
                 const std::vector<Tensor> &gradients, double rate, int64_t step,
                 int64_t steps) const {
  size_t each = isAdam ? 2 : 1;
  auto number = [](double value) { return Tensor::of<float>({1}, {float(value)}); };
  std::vector<Tensor> arguments = {number(rate)};
  if (isAdam) {
    arguments.push_back(number(1 / (1 - std::pow(beta1, double(step + 1)))));
    arguments.push_back(number(1 / (1 - std::pow(beta2, double(step + 1)))));
  }
  arguments.push_back(number(ebops.at(step, steps)));
  // Learning starts at temperature 1.
  double now = step == 0 ? 1 : attention.temperature(step, steps);
  arguments.push_back(number(now));
  arguments.push_back(number(1 / attention.temperature(step + 1, steps)));
  for (size_t i = 0; i < parameters.size(); ++i) {
    arguments.push_back(parameters[i]);
    arguments.insert(arguments.end(), moments.begin() + i * each, moments.begin() + (i + 1) * each);
    arguments.push_back(gradients[i]);
  }
  std::vector<Tensor> results = code->run(arguments);
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i] = results[i * (1 + each)];
    std::copy_n(results.begin() + i * (1 + each) + 1, each, moments.begin() + i * each);
  }
}

} // namespace tally
