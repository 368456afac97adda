//===- ArmInstructions.cpp - what is particular to small ARM cores --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ArmInstructions.h"

#include "llvm/TargetParser/ARMTargetParser.h"

using namespace llvm;
using namespace llvm::object;

namespace tally {

// Products of one register by another are scalar; those of several parts of a register, and of
// floats and vectors, are not. usada8 and its kin add up differences.
static constexpr Mnemonic kArm[] = {
    {"mul", Kind::Scalar},        {"mla", Kind::Scalar},         {"mls", Kind::Scalar},
    {"umul", Kind::Scalar},       {"umla", Kind::Scalar},        {"umaal", Kind::Scalar},
    {"smul", Kind::Scalar},       {"smmul", Kind::Scalar},       {"smmla", Kind::Scalar},
    {"smmls", Kind::Scalar},      {"smlad", Kind::MultiplyAdd},  {"smlald", Kind::MultiplyAdd},
    {"smlsd", Kind::MultiplyAdd}, {"smlsld", Kind::MultiplyAdd}, {"smla", Kind::Scalar},
    {"smuad", Kind::MultiplyAdd}, {"smusd", Kind::MultiplyAdd},  {"vmul", Kind::Multiply},
    {"vnmul", Kind::Multiply},    {"vqdmul", Kind::Multiply},    {"vqrdmul", Kind::Multiply},
    {"vrmul", Kind::Multiply},    {"vcmul", Kind::Multiply},     {"vfma", Kind::MultiplyAdd},
    {"vfms", Kind::MultiplyAdd},  {"vfnm", Kind::MultiplyAdd},   {"vcmla", Kind::MultiplyAdd}};

bool isCortexM(const Triple &triple) {
  return (triple.isARM() || triple.isThumb()) && triple.isLittleEndian() &&
         ARM::parseArchProfile(triple.getArchName()) == ARM::ProfileKind::M;
}

Triple asThumb(Triple triple) {
  StringRef version = triple.getArchName();
  if (version.consume_front("arm"))
    triple.setArchName(("thumb" + version).str());
  return triple;
}

ArrayRef<Mnemonic> getArmMnemonics() { return kArm; }

Flow flowOfArm(StringRef text, Flow branch) {
  auto [mnemonic, operands] = text.split(' ');
  operands = operands.trim();
  // Returns: to the link register, or to what it was when the function began.
  bool returns = (mnemonic.starts_with("bx") && operands == "lr") || mnemonic.starts_with("pop") ||
                 operands == "pc, lr" ||
                 (mnemonic.starts_with("ldr") && operands == "pc, [sp], #4") ||
                 (mnemonic.starts_with("ldm") && operands.starts_with("sp!,"));
  if (returns)
    return Flow::Next;
  bool writes = operands.starts_with("pc,") && !mnemonic.starts_with("cmp") &&
                !mnemonic.starts_with("str") && !mnemonic.starts_with("push");
  bool loads = mnemonic.starts_with("ldm") && operands.contains("pc");
  bool looksUp = mnemonic.starts_with("tbb") || mnemonic.starts_with("tbh");
  bool toRegister = mnemonic.starts_with("bx") || mnemonic.starts_with("blx");
  return writes || loads || looksUp || toRegister ? Flow::Indirect : branch;
}

Expected<std::map<uint64_t, bool>> findArmData(const ObjectFile &file, const SectionRef &section) {
  std::map<uint64_t, bool> isData;
  for (const SymbolRef &symbol : file.symbols()) {
    auto home = symbol.getSection();
    auto address = symbol.getAddress();
    auto name = symbol.getName();
    if (!home || !address || !name)
      return joinErrors(home.takeError(), joinErrors(address.takeError(), name.takeError()));
    // "$d", "$t", or with something behind a dot.
    StringRef kind = name->split('.').first;
    if (*home != file.section_end() && **home == section && (kind == "$d" || kind == "$t"))
      isData[*address - section.getAddress()] = kind == "$d";
  }
  return isData;
}

} // namespace tally
