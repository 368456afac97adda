//===- Inherit.cpp - training that begins with a trained network ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/Inherit.h"

#include "ModuleTensors.h"
#include "QuantizedValues.h"
#include "tally/Cost/CountOperation.h"
#include "tally/IR/LearnedQuantizers.h"
#include "tally/IR/Network.h"
#include "tally/IR/Parameters.h"
#include "tally/IR/QuantizedTypes.h"
#include "tally/IR/Tally.h"
#include "tally/Run/Interpreter.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace mlir;
using namespace mlir::quant;

namespace tally {

namespace {

using Load = ml_program::GlobalLoadConstOp;

StringRef nameOf(Load load) { return load.getGlobal().getLeafReference().getValue(); }

bool isUniform(Type type) { return isa<UniformQuantizedType, UniformQuantizedPerAxisType>(type); }

/// The two networks are not of one context, in which their types could be equal.
ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool isSigned(Type levels) { return getStepRange(levels).min < 0; }

class Inheritance {
public:
  Inheritance(ModuleOp network, ModuleOp trained, func::FuncOp entry, func::FuncOp trainedEntry)
      : network(network), trained(trained), entry(entry), trainedEntry(trainedEntry) {}

  LogicalResult run() {
    if (failed(checkInputs()))
      return failure();
    trainedEntry.walk([&](Load load) { loads[nameOf(load)] = load; });
    SmallVector<std::pair<LearnedQuantizerOp, Type>> quantizers;
    if (failed(pairActivations(quantizers)) || failed(pairWeights(quantizers)))
      return failure();
    // All is looked at before anything changes.
    for (auto [quantizer, type] : quantizers)
      if (failed(check(quantizer, type)))
        return failure();
    for (auto [quantizer, type] : quantizers)
      inherit(quantizer, type);
    for (auto &[name, value] : values)
      writeParameter(network, name, value);
    return success();
  }

private:
  /// That each has one quantizer, as it had.
  LogicalResult checkInputs() {
    WalkResult walked = entry.walk([&](MixtureOp op) {
      Operation *member = op.getMembers().front().getDefiningOp();
      if (!member || getParameter(member->getOperand(0)))
        return WalkResult::advance(); // of weights
      op.emitError() << "'" << getLayerName(op)
                     << "' mixes quantizers of inputs by attention ('dqa'), which inherit nothing "
                        "from "
                     << nameOfFile() << ": 'activation_quantizer' 'lsq' inherits";
      return WalkResult::interrupt();
    });
    return failure(walked.wasInterrupted());
  }

  /// Quantizers of activations are those of the same place.
  LogicalResult pairActivations(SmallVectorImpl<std::pair<LearnedQuantizerOp, Type>> &quantizers) {
    SmallVector<Value> own = listQuantizedValues(entry), others = listQuantizedValues(trainedEntry);
    if (others.empty())
      return trainedEntry->emitError()
             << "has no trained quantizers to inherit: give what tally train wrote with a recipe "
                "that quantizes";
    if (own.size() != others.size())
      return trainedEntry->emitError() << "has " << others.size()
                                       << " quantizers of activations, but the network that is to "
                                          "inherit them has "
                                       << own.size();
    for (auto [value, other] : llvm::zip(own, others)) {
      Operation *there = other.getDefiningOp();
      auto cast = dyn_cast<DequantizeCastOp>(there);
      if (!cast || shapeOf(value) != shapeOf(other))
        return there->emitError() << "quantizes " << other.getType()
                                  << ", but the network that is to inherit it " << value.getType()
                                  << " at this place";
      // What is not learned stays as the recipe has it.
      if (auto learned = value.getDefiningOp<LearnedQuantizerOp>())
        quantizers.emplace_back(learned, getElementTypeOrSelf(cast.getInput()));
    }
    return success();
  }

  /// Weights and all other parameters have their names.
  LogicalResult pairWeights(SmallVectorImpl<std::pair<LearnedQuantizerOp, Type>> &quantizers) {
    llvm::StringSet<> scales; // and what else quantizers learn by
    entry.walk([&](LearnedQuantizerOp op) {
      for (Value operand : op->getOperands().drop_front())
        if (auto load = operand.getDefiningOp<Load>())
          scales.insert(nameOf(load));
    });
    // Attention, masks and fractional bits start as the recipe says.
    entry.walk([&](Operation *op) {
      Value logits = isa<MixtureOp>(op)      ? cast<MixtureOp>(op).getLogits()
                     : isa<LevelMasksOp>(op) ? cast<LevelMasksOp>(op).getLogits()
                     : isa<RoundOp>(op)      ? cast<RoundOp>(op).getInput()
                                             : Value();
      if (auto load = logits ? logits.getDefiningOp<Load>() : Load())
        scales.insert(nameOf(load));
    });
    LogicalResult result = success();
    entry.walk([&](Load load) {
      auto type = dyn_cast<RankedTensorType>(load.getType());
      if (failed(result) || !type || !type.getElementType().isF32() ||
          scales.contains(nameOf(load)))
        return;
      result = take(load, type, quantizers);
    });
    return result;
  }

  LogicalResult take(Load load, RankedTensorType type,
                     SmallVectorImpl<std::pair<LearnedQuantizerOp, Type>> &quantizers) {
    StringRef name = nameOf(load);
    Load other = loads.lookup(name);
    auto shaped = other ? dyn_cast<RankedTensorType>(other.getType()) : RankedTensorType();
    if (!shaped)
      return trained.emitError() << "has no parameter '" << name
                                 << "', which the network that is to inherit it has";
    if (shaped.getShape() != type.getShape())
      return other.emitError() << "'" << name << "' is " << shaped
                               << ", but in the network that is to inherit it " << type;
    DequantizeCastOp codes;
    for (Operation *user : other->getUsers())
      if (auto cast = dyn_cast<DequantizeCastOp>(user))
        codes = cast;
    if (!codes && !shaped.getElementType().isF32())
      return other.emitError() << "'" << name << "' is " << shaped
                               << ", and only equal steps are inherited";
    if (codes) {
      FailureOr<Tensor> real = interpretOnConstants(codes);
      if (failed(real))
        return failure();
      values.insert({name, *real});
    } else {
      values.insert({name, *readParameter(trained, name)});
    }
    for (Operation *user : load->getUsers())
      if (auto quantizer = dyn_cast<LearnedQuantizerOp>(user)) {
        if (quantizer.getScale().getDefiningOp<tosa::PowOp>())
          continue; // fractional bits find their number again
        if (!codes)
          return other.emitError() << "'" << name
                                   << "' has no quantizer to inherit, but the network that is to "
                                      "inherit it has one";
        quantizers.emplace_back(quantizer, shaped.getElementType());
      }
    return success();
  }

  /// The file that was trained, in quotes.
  std::string nameOfFile() const {
    auto file = ModuleOp(trained).getLoc()->findInstanceOf<FileLineColLoc>();
    return file ? "'" + file.getFilename().str() + "'" : "the network that was trained";
  }

  /// Whether levels `type` say how `quantizer` begins.
  LogicalResult check(LearnedQuantizerOp quantizer, Type type) const {
    bool isMember = llvm::any_of(quantizer->getUsers(), llvm::IsaPred<MixtureOp>);
    ml_program::GlobalOp weights = getParameter(quantizer.getInput());
    auto differ = [&](const Twine &why) {
      return quantizer.emitError()
             << "'" << (weights ? weights.getSymName() : getLayerName(quantizer))
             << "' cannot inherit " << type << " of " << nameOfFile() << ": " << why
             << (isMember ? ", and is mixed with others by attention ('dqa'): 'members' may name "
                            "narrower ones"
                          : "");
    };
    Type levels = quantizer.getLevels();
    if (!isUniform(type) || !isUniform(levels))
      return differ("only equal steps are inherited");
    if (isSigned(levels) != isSigned(type))
      return differ(Twine("it has ") + (isSigned(levels) ? "" : "no ") + "levels below 0");
    if (getCodeBits(levels) > getCodeBits(type))
      return differ("it has " + Twine(getCodeBits(levels)) + " bits, and can inherit no fewer");
    if (getLevelScales(type).size() != size_t(quantizer.getScale().getType().getNumElements()))
      return differ("it has " + Twine(quantizer.getScale().getType().getNumElements()) +
                    " scales, which are not as many");
    return success();
  }

  void inherit(LearnedQuantizerOp quantizer, Type type) {
    auto load = quantizer.getScale().getDefiningOp<Load>();
    if (!load)
      return; // not learned
    takeZeroPoint(quantizer, type);
    int less = int(getCodeBits(type)) - int(getCodeBits(quantizer.getLevels()));
    std::vector<float> scales, ratios;
    std::optional<Tensor> before = readParameter(network, nameOf(load));
    for (auto [index, scale] : llvm::enumerate(getLevelScales(type))) {
      scales.push_back(float(std::ldexp(scale, less)));
      ratios.push_back(scales.back() / before->data<float>()[index]);
    }
    values.insert({nameOf(load), Tensor::of<float>({int64_t(scales.size())}, scales)});
    // Noise as large as it would be, in steps.
    auto sigma = quantizer.getSigma() ? quantizer.getSigma().getDefiningOp<Load>() : Load();
    if (!sigma)
      return;
    Tensor noise = *readParameter(network, nameOf(sigma));
    for (int64_t i = 0; i < noise.size(); ++i)
      noise.data<float>()[i] *= ratios[i];
    values.insert({nameOf(sigma), noise});
  }

  /// Between as many codes zero is where it was.
  static void takeZeroPoint(LearnedQuantizerOp quantizer, Type type) {
    auto own = dyn_cast<UniformQuantizedType>(quantizer.getLevels());
    auto other = dyn_cast<UniformQuantizedType>(type);
    if (!own || !other || own.getStorageTypeMin() != other.getStorageTypeMin() ||
        own.getStorageTypeMax() != other.getStorageTypeMax())
      return;
    quantizer.setLevels(UniformQuantizedType::get(
        own.getFlags(), own.getStorageType(), own.getExpressedType(), own.getScale(),
        other.getZeroPoint(), own.getStorageTypeMin(), own.getStorageTypeMax()));
  }

  ModuleOp network, trained;
  func::FuncOp entry, trainedEntry;
  llvm::StringMap<Load> loads;    ///< of what was trained
  llvm::StringMap<Tensor> values; ///< that parameters get
};

} // namespace

LogicalResult inheritParameters(ModuleOp network, ModuleOp trained) {
  FailureOr<func::FuncOp> entry = getEntry(network), other = getEntry(trained);
  if (failed(entry) || failed(other))
    return failure();
  return Inheritance(network, trained, *entry, *other).run();
}

} // namespace tally
