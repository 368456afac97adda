//===- Disassembler.cpp - the instructions of an object -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Disassembler.h"
#include "ArmInstructions.h"

#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

using namespace llvm;
using namespace llvm::object;

namespace tally {

// The leading "v" of vector forms is dropped before. Sums of absolute differences
// (psadbw), address arithmetic of loads and of `lea` are no multiplications.
constexpr Mnemonic kX86[] = {
    {"imul", Kind::Scalar},        {"mulp", Kind::Multiply},    {"muls", Kind::Multiply},
    {"mulbf", Kind::Multiply},     {"mul", Kind::Scalar},       {"pmadd", Kind::MultiplyAdd},
    {"pdp", Kind::MultiplyAdd},    {"dpp", Kind::MultiplyAdd},  {"dpb", Kind::MultiplyAdd},
    {"pmac", Kind::MultiplyAdd},   {"pmul", Kind::Multiply},    {"pclmul", Kind::Multiply},
    {"gf2p8mul", Kind::Multiply},  {"fmul", Kind::Multiply},    {"fimul", Kind::Multiply},
    {"fcmul", Kind::Multiply},     {"fm", Kind::MultiplyAdd},   {"fnm", Kind::MultiplyAdd},
    {"fcmadd", Kind::MultiplyAdd}, {"tdp", Kind::MultiplyAdd},  {"tcmm", Kind::MultiplyAdd},
    {"4fm", Kind::MultiplyAdd},    {"4fnm", Kind::MultiplyAdd}, {"p4dp", Kind::MultiplyAdd},
    {"pfmul", Kind::Multiply},     {"tmm", Kind::MultiplyAdd},  {"ttmm", Kind::MultiplyAdd},
    {"ttdp", Kind::MultiplyAdd},   {"ttmul", Kind::Multiply},   {"aad", Kind::Scalar}};

constexpr Mnemonic kRiscV[] = {
    {"c.mul", Kind::Scalar},       {"mul", Kind::Scalar},         {"fmul", Kind::Multiply},
    {"fmadd", Kind::MultiplyAdd},  {"fmsub", Kind::MultiplyAdd},  {"fnm", Kind::MultiplyAdd},
    {"vmul", Kind::Multiply},      {"vwmul", Kind::Multiply},     {"vsmul", Kind::Multiply},
    {"vfmul", Kind::Multiply},     {"vfwmul", Kind::Multiply},    {"vmacc", Kind::MultiplyAdd},
    {"vnms", Kind::MultiplyAdd},   {"vmadd", Kind::MultiplyAdd},  {"vwmacc", Kind::MultiplyAdd},
    {"vfmacc", Kind::MultiplyAdd}, {"vfmsac", Kind::MultiplyAdd}, {"vfmadd", Kind::MultiplyAdd},
    {"vfmsub", Kind::MultiplyAdd}, {"vfnm", Kind::MultiplyAdd},   {"vfwm", Kind::MultiplyAdd},
    {"vfwnm", Kind::MultiplyAdd},  {"vclmul", Kind::Multiply},    {"clmul", Kind::Multiply},
    {"vqdot", Kind::MultiplyAdd}};

constexpr Mnemonic kAArch64[] = {
    {"mul", Kind::Scalar},
    {"mneg", Kind::Scalar},
    {"madd", Kind::Scalar},
    {"msub", Kind::Scalar},
    {"smul", Kind::Scalar},
    {"umul", Kind::Scalar},
    {"smadd", Kind::Scalar},
    {"umadd", Kind::Scalar},
    {"smsub", Kind::Scalar},
    {"umsub", Kind::Scalar},
    {"smneg", Kind::Scalar},
    {"umneg", Kind::Scalar},
    {"fmul", Kind::Multiply},
    {"fnmul", Kind::Multiply},
    {"pmul", Kind::Multiply},
    {"sqdmul", Kind::Multiply},
    {"sqrdmul", Kind::Multiply},
    {"fmadd", Kind::MultiplyAdd},
    {"fmsub", Kind::MultiplyAdd},
    {"fnm", Kind::MultiplyAdd},
    {"fml", Kind::MultiplyAdd},
    {"ml", Kind::MultiplyAdd},
    {"smlal", Kind::MultiplyAdd},
    {"umlal", Kind::MultiplyAdd},
    {"smlsl", Kind::MultiplyAdd},
    {"umlsl", Kind::MultiplyAdd},
    {"sqdml", Kind::MultiplyAdd},
    {"sqrdml", Kind::MultiplyAdd},
    {"sdot", Kind::MultiplyAdd},
    {"udot", Kind::MultiplyAdd},
    {"usdot", Kind::MultiplyAdd},
    {"sudot", Kind::MultiplyAdd},
    {"smmla", Kind::MultiplyAdd},
    {"ummla", Kind::MultiplyAdd},
    {"usmmla", Kind::MultiplyAdd},
    {"bfdot", Kind::MultiplyAdd},
    {"bfm", Kind::MultiplyAdd},
    {"fcmla", Kind::MultiplyAdd},
    // Of SVE and SME, and steps of divisions and roots, which multiply.
    {"mad", Kind::MultiplyAdd},
    {"msb", Kind::MultiplyAdd},
    {"fmad", Kind::MultiplyAdd},
    {"fmsb", Kind::MultiplyAdd},
    {"fnmad", Kind::MultiplyAdd},
    {"fnmsb", Kind::MultiplyAdd},
    {"cmla", Kind::MultiplyAdd},
    {"sqrdcmla", Kind::MultiplyAdd},
    {"cdot", Kind::MultiplyAdd},
    {"fdot", Kind::MultiplyAdd},
    {"fvdot", Kind::MultiplyAdd},
    {"bfvdot", Kind::MultiplyAdd},
    {"svdot", Kind::MultiplyAdd},
    {"uvdot", Kind::MultiplyAdd},
    {"suvdot", Kind::MultiplyAdd},
    {"usvdot", Kind::MultiplyAdd},
    {"fmmla", Kind::MultiplyAdd},
    {"fmop", Kind::MultiplyAdd},
    {"smop", Kind::MultiplyAdd},
    {"umop", Kind::MultiplyAdd},
    {"usmop", Kind::MultiplyAdd},
    {"sumop", Kind::MultiplyAdd},
    {"bmop", Kind::MultiplyAdd},
    {"ftmop", Kind::MultiplyAdd},
    {"stmop", Kind::MultiplyAdd},
    {"utmop", Kind::MultiplyAdd},
    {"ftmad", Kind::MultiplyAdd},
    {"ftsmul", Kind::Multiply},
    {"frecps", Kind::MultiplyAdd},
    {"frsqrts", Kind::MultiplyAdd}};

/// Parts of names of instructions that multiply.
static ArrayRef<StringRef> partsOf(const Triple &triple) {
  static constexpr StringRef kX86Parts[] = {"mul", "madc", "macs"};
  static constexpr StringRef kRiscVParts[] = {"mul", "macc", "msac", "dot"};
  static constexpr StringRef kAArch64Parts[] = {"mul", "mla", "mls", "mop", "dot"};
  static constexpr StringRef kArmParts[] = {"mul", "mla", "mls", "mma", "dot"};
  if (triple.isX86())
    return kX86Parts;
  if (isCortexM(triple))
    return kArmParts;
  return triple.isRISCV() ? ArrayRef<StringRef>(kRiscVParts) : ArrayRef<StringRef>(kAArch64Parts);
}

ArrayRef<Mnemonic> mnemonicsOf(const Triple &triple) {
  if (triple.isX86())
    return kX86;
  if (triple.isRISCV())
    return kRiscV;
  if (triple.isAArch64())
    return kAArch64;
  return isCortexM(triple) ? getArmMnemonics() : ArrayRef<Mnemonic>();
}

/// The extensions that processors have; those of the compressed space that exclude others are left
/// out.
constexpr StringRef kRiscVFeatures =
    "+m,+a,+f,+d,+c,+v,+zfh,+zfa,+zfbfmin,+zvfh,+zvfbfmin,+zvfbfwma,+zba,+zbb,+zbc,+zbs,+zbkb,+"
    "zbkc,"
    "+zbkx,+zicond,+zicbom,+zicbop,+zicboz,+zihintpause,+zihintntl,+zawrs,+zacas,+zcb,+zvbb,+zvbc";

Expected<std::unique_ptr<Disassembler>> Disassembler::create(const ObjectFile &file) {
  InitializeAllTargetInfos();
  InitializeAllTargetMCs();
  InitializeAllDisassemblers();
  auto result = std::make_unique<Disassembler>();
  result->triple = file.makeTriple();
  if (isCortexM(result->triple))
    result->triple = asThumb(result->triple);
  result->table = mnemonicsOf(result->triple);
  std::string problem;
  const Target *target = TargetRegistry::lookupTarget(result->triple, problem);
  if (!target || result->table.empty())
    return createStringError("no multiplications are known for '" + result->triple.str() + "'");
  // What the object should not have is to be recognized too.
  StringRef features = result->triple.isRISCV()     ? kRiscVFeatures
                       : result->triple.isAArch64() ? "+all"
                       : isCortexM(result->triple)  ? "+vfp4"
                                                    : "";
  result->registers.reset(target->createMCRegInfo(result->triple));
  result->assembly.reset(
      target->createMCAsmInfo(*result->registers, result->triple, result->options));
  result->subtarget.reset(target->createMCSubtargetInfo(result->triple, "", features));
  result->instructions.reset(target->createMCInstrInfo());
  result->context = std::make_unique<MCContext>(result->triple, result->assembly.get(),
                                                result->registers.get(), result->subtarget.get());
  result->decoder.reset(target->createMCDisassembler(*result->subtarget, *result->context));
  result->printer.reset(target->createMCInstPrinter(result->triple, 0, *result->assembly,
                                                    *result->instructions, *result->registers));
  if (!result->decoder || !result->printer)
    return createStringError("no disassembler for '" + result->triple.str() + "'");
  return result;
}

Flow Disassembler::flowOf(const MCInst &instruction, StringRef text) const {
  const MCInstrDesc &about = instructions->get(instruction.getOpcode());
  if (isCortexM(triple))
    return flowOfArm(text, about.isCall() || about.isBranch() ? Flow::Direct : Flow::Next);
  if (triple.isRISCV()) {
    // Calls, returns and jumps are one instruction, which the tables do not call either.
    StringRef mnemonic = text.trim().split(' ').first;
    mnemonic.consume_front("c.");
    if (mnemonic == "jr" || mnemonic == "jalr")
      return Flow::Indirect;
  }
  if (about.isReturn() || !(about.isCall() || about.isBranch() || about.isIndirectBranch()))
    return Flow::Next;
  bool direct = any_of(about.operands(), [](const MCOperandInfo &operand) {
    return operand.OperandType == MCOI::OPERAND_PCREL;
  });
  return direct ? Flow::Direct : Flow::Indirect;
}

Instruction Disassembler::next(ArrayRef<uint8_t> bytes, uint64_t address) {
  MCInst instruction;
  uint64_t size = 0;
  if (decoder->getInstruction(instruction, size, bytes, address, nulls()) !=
      MCDisassembler::Success)
    return {"", std::max<uint64_t>(size, triple.isX86() ? 1 : 2), Flow::Next};
  std::string text;
  raw_string_ostream stream(text);
  printer->printInst(&instruction, address, "", *subtarget, stream);
  std::replace(text.begin(), text.end(), '\t', ' ');
  text = StringRef(text).trim().str();
  return {text, size, flowOf(instruction, text)};
}

Kind Disassembler::kindOf(StringRef text) const {
  StringRef mnemonic = text.split(' ').first;
  // Prefixes are words of their own; "{vex}" and its kin tell encodings apart.
  while (triple.isX86() && (mnemonic == "lock" || mnemonic.starts_with("rep") ||
                            mnemonic.starts_with("{") || mnemonic.starts_with("data"))) {
    text = text.drop_front(mnemonic.size()).ltrim();
    mnemonic = text.split(' ').first;
  }
  if (triple.isX86() && mnemonic.starts_with("v"))
    mnemonic = mnemonic.drop_front();
  const Mnemonic *known =
      find_if(table, [&](const Mnemonic &each) { return mnemonic.starts_with(each.prefix); });
  Kind kind = known != table.end() ? known->kind : Kind::Other;
  // Of what the table does not have, names that say it: new extensions follow the habits of old
  // ones.
  if (kind == Kind::Other &&
      any_of(partsOf(triple), [&](StringRef part) { return mnemonic.contains(part); }))
    kind = Kind::MultiplyAdd;
  // On AArch64 one name serves general registers and vectors.
  if (kind == Kind::Scalar && triple.isAArch64() &&
      (text.contains(" v") || text.contains(" z") || mnemonic.contains('.')))
    return Kind::Multiply;
  return kind;
}

} // namespace tally
