//===- MultiplyFreeCode.cpp - machine code without multiplies -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MultiplyFreeCode.h"

#include "tally/IR/SignedDigits.h"

#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/DebugLog.h"
#include <map>

using namespace llvm;

#define DEBUG_TYPE "tally-products-to-shifts"

namespace {

/// A constant, also where it was hoisted because it is long to write: as a cast to the
/// type it has, perhaps plus the distance to another one.
Constant *getConstant(Value *value) {
  if (auto *constant = dyn_cast<Constant>(value))
    return constant;
  if (auto *cast = dyn_cast<BitCastInst>(value); cast && cast->getSrcTy() == cast->getDestTy())
    return dyn_cast<Constant>(cast->getOperand(0));
  auto *sum = dyn_cast<BinaryOperator>(value);
  if (!sum || sum->getOpcode() != Instruction::Add || !isa<BitCastInst>(sum->getOperand(0)))
    return nullptr;
  auto *base = dyn_cast_or_null<ConstantInt>(getConstant(sum->getOperand(0)));
  auto *distance = dyn_cast<ConstantInt>(sum->getOperand(1));
  return base && distance
             ? ConstantInt::get(sum->getType(), base->getValue() + distance->getValue())
             : nullptr;
}

/// The elements of a constant vector, or of one element; empty where they are not plain
/// integers of at most 64 bits.
std::vector<int64_t> getElements(Value *value) {
  Constant *constant = getConstant(value);
  if (!constant)
    return {};
  auto *vector = dyn_cast<FixedVectorType>(value->getType());
  std::vector<int64_t> elements;
  for (unsigned i = 0, count = vector ? vector->getNumElements() : 1; i < count; ++i) {
    Constant *one = vector ? constant->getAggregateElement(i) : constant;
    auto *integer = dyn_cast_or_null<ConstantInt>(one);
    // Any value may stand for an undefined one.
    if (one && isa<UndefValue>(one)) {
      elements.push_back(0);
      continue;
    }
    if (!integer || integer->getValue().getSignificantBits() > 64)
      return {};
    elements.push_back(integer->getSExtValue());
  }
  return elements;
}

/// `value * factors`, element by element.
Value *multiply(IRBuilder<> &b, Value *value, const std::vector<int64_t> &factors) {
  // Lane masks for each place and sign. Lanes shifted by different amounts would be
  // multiplied by powers of two where the machine has no such shift.
  std::map<std::pair<int, bool>, std::vector<bool>> terms;
  for (size_t lane = 0; lane < factors.size(); ++lane)
    for (tally::SignedDigit digit : tally::toSignedDigits(factors[lane])) {
      std::vector<bool> &lanes = terms[{-digit.place, digit.negative}];
      lanes.resize(factors.size());
      lanes[lane] = true;
    }
  Type *type = value->getType();
  Value *sum = nullptr;
  for (const auto &[key, lanes] : terms) {
    auto [place, negative] = key;
    Value *term = place ? b.CreateShl(value, ConstantInt::get(type, uint64_t(-place))) : value;
    if (std::find(lanes.begin(), lanes.end(), false) != lanes.end()) {
      SmallVector<Constant *> mask;
      for (bool lane : lanes)
        mask.push_back(ConstantInt::getSigned(type->getScalarType(), lane ? -1 : 0));
      term = b.CreateAnd(term, ConstantVector::get(mask));
    }
    if (!sum)
      sum = negative ? b.CreateNeg(term) : term;
    else
      sum = negative ? b.CreateSub(sum, term) : b.CreateAdd(sum, term);
  }
  return sum ? sum : Constant::getNullValue(type);
}

/// More bytes than code generation fills in line, on any machine.
constexpr uint64_t kMostFilledInLine = 1024;

/// Repeats the byte in all of `type` by shifts: code generation would take a product by 0x0101...
Value *repeatByte(IRBuilder<> &b, Value *byte, IntegerType *type) {
  Value *word = b.CreateZExt(byte, type);
  for (unsigned width = 8; width < type->getBitWidth(); width *= 2)
    word = b.CreateOr(word, b.CreateShl(word, width));
  return word;
}

/// A few bytes filled by one that is no constant become stores of words. Many are a call.
bool expandFill(MemSetInst *fill) {
  auto *length = dyn_cast<ConstantInt>(fill->getLength());
  if (!length || length->getValue().ugt(kMostFilledInLine) || isa<Constant>(fill->getValue()))
    return false;
  LDBG() << fill->getFunction()->getName() << ":" << *fill << " becomes stores";
  IRBuilder<> b(fill);
  uint64_t bytes = length->getZExtValue(), place = 0;
  for (unsigned width : {8, 4, 2, 1}) {
    if (bytes - place < width)
      continue;
    Value *word = repeatByte(b, fill->getValue(), b.getIntNTy(width * 8));
    for (; bytes - place >= width; place += width)
      b.CreateAlignedStore(
          word, b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), fill->getDest(), place),
          commonAlignment(fill->getDestAlign().valueOrOne(), place), fill->isVolatile());
  }
  fill->eraseFromParent();
  return true;
}

struct ProductsToShifts : FunctionPass {
  static char ID;
  ProductsToShifts() : FunctionPass(ID) {}
  StringRef getPassName() const override { return "Products with constants to shifts"; }

  bool runOnFunction(Function &function) override {
    SmallVector<BinaryOperator *> found;
    SmallVector<MemSetInst *> fills;
    for (Instruction &instruction : instructions(function))
      if (auto *op = dyn_cast<BinaryOperator>(&instruction))
        found.push_back(op);
      else if (auto *fill = dyn_cast<MemSetInst>(&instruction))
        fills.push_back(fill);
    bool changed = false;
    for (MemSetInst *fill : fills)
      changed |= expandFill(fill);
    for (BinaryOperator *op : found) {
      Value *value = op->getOperand(0);
      std::vector<int64_t> factors = getElements(op->getOperand(1));
      if (op->getOpcode() == Instruction::Mul && factors.empty()) {
        factors = getElements(value);
        value = op->getOperand(1);
      }
      bool shift = op->getOpcode() == Instruction::Shl && op->getType()->isVectorTy() &&
                   std::adjacent_find(factors.begin(), factors.end(), std::not_equal_to<>()) !=
                       factors.end();
      if (factors.empty() || (op->getOpcode() != Instruction::Mul && !shift))
        continue;
      if (shift)
        for (int64_t &factor : factors)
          factor = factor < 0 || factor > 63 ? 0 : int64_t(uint64_t(1) << factor);
      LDBG() << function.getName() << ":" << *op << " becomes shifts";
      IRBuilder<> builder(op);
      op->replaceAllUsesWith(multiply(builder, value, factors));
      op->eraseFromParent();
      changed = true;
    }
    return changed;
  }
};

char ProductsToShifts::ID = 0;
RegisterPass<ProductsToShifts> registration("tally-products-to-shifts",
                                            "Products with constants to shifts");

} // namespace

void tally::addProductsToShifts(TargetPassConfig &config) {
  std::unique_ptr<Pass> lastBeforeSelection(createCodeGenPrepareLegacyPass());
  config.insertPass(lastBeforeSelection->getPassID(), &ProductsToShifts::ID);
}
