//===- AuditObject.cpp - multiplications in an object file ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ArmInstructions.h"
#include "Disassembler.h"
#include "KnownFunctions.h"
#include "tally/Audit/MulFreeAudit.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"
#include <map>

using namespace llvm;
using namespace llvm::object;

namespace tally {

namespace {

bool breaks(Kind kind, MulFree level) {
  switch (kind) {
  case Kind::Other:
    return false;
  case Kind::Scalar:
    return level == MulFree::Strict;
  case Kind::Multiply:
    return level >= MulFree::Compute;
  case Kind::MultiplyAdd:
    return level >= MulFree::Macs;
  }
  return true;
}

/// The functions of one section by where they start.
Expected<std::map<uint64_t, std::string>> functionsOf(const ObjectFile &file,
                                                      const SectionRef &section) {
  std::map<uint64_t, std::string> starts;
  for (const SymbolRef &symbol : file.symbols()) {
    auto type = symbol.getType();
    auto home = symbol.getSection();
    auto address = symbol.getAddress();
    auto name = symbol.getName();
    if (!type || !home || !address || !name)
      return joinErrors(joinErrors(type.takeError(), home.takeError()),
                        joinErrors(address.takeError(), name.takeError()));
    if (*type == SymbolRef::ST_Function && *home != file.section_end() && **home == section)
      starts.try_emplace(*address, name->str());
  }
  auto name = section.getName();
  if (!name)
    return name.takeError();
  starts.try_emplace(section.getAddress(), name->str());
  return starts;
}

/// One section of instructions.
class SectionAudit {
public:
  SectionAudit(const ObjectFile &file, const SectionRef &section, Disassembler &disassembler,
               MulFree level, ObjectAudit &audit)
      : file(file), section(section), disassembler(disassembler), level(level), audit(audit) {}

  Error run() {
    auto functions = functionsOf(file, section);
    if (!functions)
      return functions.takeError();
    starts = std::move(*functions);
    if (Error error = collectRelocations())
      return error;
    Expected<StringRef> contents = section.getContents();
    if (!contents)
      return contents.takeError();
    ArrayRef<uint8_t> bytes = arrayRefFromStringRef(*contents);
    std::map<uint64_t, bool> isData;
    if (isCortexM(disassembler.triple)) {
      auto found = findArmData(file, section);
      if (!found)
        return found.takeError();
      isData = std::move(*found);
    }
    for (uint64_t offset = 0; offset < bytes.size();) {
      auto next = isData.upper_bound(offset);
      if (next != isData.begin() && std::prev(next)->second) {
        offset = next == isData.end() ? bytes.size() : next->first;
        continue;
      }
      Instruction one = disassembler.next(bytes.drop_front(offset), section.getAddress() + offset);
      look(one, functionAt(offset));
      if (Error error = follow(one, offset))
        return error;
      offset += one.size;
    }
    for (auto &[start, count] : counts)
      audit.functions.push_back(std::move(count));
    return Error::success();
  }

private:
  FunctionCount &functionAt(uint64_t offset) {
    auto start = std::prev(starts.upper_bound(section.getAddress() + offset));
    counts[start->first].name = start->second;
    return counts[start->first];
  }

  /// Relocations of a section are in sections of their own.
  Error collectRelocations() {
    for (const SectionRef &other : file.sections()) {
      auto target = other.getRelocatedSection();
      if (!target)
        return target.takeError();
      if (*target == file.section_end() || **target != section)
        continue;
      for (const RelocationRef &relocation : other.relocations())
        relocations.emplace(relocation.getOffset(), relocation);
    }
    return Error::success();
  }

  void look(const Instruction &one, FunctionCount &count) {
    ++count.instructions;
    Kind kind = one.text.empty() ? Kind::Other : disassembler.kindOf(one.text);
    count.scalarMultiplies += kind == Kind::Scalar;
    count.multiplies += kind == Kind::Multiply;
    count.multiplyAdds += kind == Kind::MultiplyAdd;
    if (one.text.empty())
      audit.findings.push_back({count.name, "bytes that are no known instruction"});
    else if (breaks(kind, level))
      audit.findings.push_back({count.name, one.text});
  }

  /// What the instruction calls, or jumps to.
  Error follow(const Instruction &one, uint64_t offset) {
    FunctionCount &count = functionAt(offset);
    bool isKnown = offset < endOfPair;
    auto end = relocations.lower_bound(offset + one.size);
    for (auto it = relocations.lower_bound(offset); it != end; ++it) {
      const RelocationRef &relocation = it->second;
      bool isPair = callsByPair(relocation);
      if (isPair)
        endOfPair = offset + 2 * one.size;
      bool names = one.flow == Flow::Direct || isPair ||
                   (one.flow == Flow::Indirect && namesWhatIsCalled(relocation));
      isKnown |= names;
      if (Error error = lookAtTarget(relocation, /*isCall=*/names, count))
        return error;
    }
    if (one.flow == Flow::Indirect && !isKnown)
      audit.findings.push_back({count.name, one.text + " goes where a pointer says; of a switch, "
                                                       "-fno-jump-tables makes comparisons"});
    return Error::success();
  }

  /// `auipc` and `jalr`, with one relocation.
  bool callsByPair(const RelocationRef &relocation) const {
    return disassembler.triple.isRISCV() && (relocation.getType() == ELF::R_RISCV_CALL_PLT ||
                                             relocation.getType() == ELF::R_RISCV_CALL);
  }

  /// `call *name@GOTPCREL(%rip)`.
  bool namesWhatIsCalled(const RelocationRef &relocation) const {
    return disassembler.triple.isX86() && (relocation.getType() == ELF::R_X86_64_GOTPCREL ||
                                           relocation.getType() == ELF::R_X86_64_GOTPCRELX ||
                                           relocation.getType() == ELF::R_X86_64_REX_GOTPCRELX);
  }

  Error lookAtTarget(const RelocationRef &relocation, bool isCall, FunctionCount &count) {
    symbol_iterator symbol = relocation.getSymbol();
    if (symbol == file.symbol_end())
      return Error::success();
    Expected<StringRef> name = symbol->getName();
    Expected<section_iterator> home = symbol->getSection();
    if (!name || !home)
      return joinErrors(name.takeError(), home.takeError());
    if (*home != file.section_end()) {
      Expected<StringRef> place = (*home)->getName();
      if (!place)
        return place.takeError();
      if (isCall && !(*home)->isText())
        audit.findings.push_back({count.name, "call of " + (name->empty() ? *place : *name).str() +
                                                  " in section '" + place->str() +
                                                  "', which holds no code"});
      return Error::success();
    }
    if (multiplies(*name)) {
      ++count.helperCalls;
      if (breaks(addsProducts(*name) ? Kind::MultiplyAdd : Kind::Multiply, level))
        audit.findings.push_back({count.name, "call of " + name->str()});
    } else if (isCall && !isKnownNotToMultiply(*name)) {
      audit.findings.push_back(
          {count.name, "call of " + name->str() + ", which is not in the object"});
    }
    return Error::success();
  }

  const ObjectFile &file;
  const SectionRef &section;
  Disassembler &disassembler;
  MulFree level;
  ObjectAudit &audit;
  std::map<uint64_t, std::string> starts;
  std::map<uint64_t, FunctionCount> counts;
  std::multimap<uint64_t, RelocationRef> relocations;
  uint64_t endOfPair = 0; ///< of instructions that call together
};

/// Functions outside of what is looked at.
Error findHiddenFunctions(const ObjectFile &file, ObjectAudit &audit) {
  for (const SymbolRef &symbol : file.symbols()) {
    auto type = symbol.getType();
    auto home = symbol.getSection();
    auto name = symbol.getName();
    if (!type || !home || !name)
      return joinErrors(joinErrors(type.takeError(), home.takeError()), name.takeError());
    if (*type != SymbolRef::ST_Function || *home == file.section_end() || (*home)->isText())
      continue;
    auto place = (*home)->getName();
    if (!place)
      return place.takeError();
    audit.findings.push_back(
        {name->str(), "lies in section '" + place->str() + "', which is not executable"});
  }
  return Error::success();
}

} // namespace

Expected<ObjectAudit> auditObject(StringRef object, MulFree level) {
  auto file = ObjectFile::createObjectFile(MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  auto disassembler = Disassembler::create(**file);
  if (!disassembler)
    return disassembler.takeError();
  ObjectAudit audit;
  audit.triple = (*disassembler)->triple.str();
  for (const SectionRef &section : (*file)->sections())
    if (section.isText() && !section.isVirtual() && section.getSize() > 0)
      if (Error error = SectionAudit(**file, section, **disassembler, level, audit).run())
        return error;
  if (Error error = findHiddenFunctions(**file, audit))
    return error;
  if (audit.functions.empty())
    return createStringError("has no instructions to look at: link-time optimization leaves them "
                             "out, -fno-lto does not");
  return audit;
}

} // namespace tally
