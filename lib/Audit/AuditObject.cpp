//===- AuditObject.cpp - multiplications in an object file ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Audit/MulFreeAudit.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/TargetSelect.h"
#include <map>

using namespace llvm;
using namespace llvm::object;

namespace tally {

namespace {

enum class Kind { Other, Scalar, Multiply, MultiplyAdd };

/// The first of a table of prefixes that fits decides.
struct Mnemonic {
  StringRef prefix;
  Kind kind;
};

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
    {"c.mul", Kind::Scalar},      {"mul", Kind::Scalar},        {"fmul", Kind::Multiply},
    {"fmadd", Kind::MultiplyAdd}, {"fmsub", Kind::MultiplyAdd}, {"fnm", Kind::MultiplyAdd},
    {"vmul", Kind::Multiply},     {"vwmul", Kind::Multiply},    {"vsmul", Kind::Multiply},
    {"vfmul", Kind::Multiply},    {"vfwmul", Kind::Multiply},   {"vmacc", Kind::MultiplyAdd},
    {"vnms", Kind::MultiplyAdd},  {"vmadd", Kind::MultiplyAdd}, {"vwmacc", Kind::MultiplyAdd},
    {"vfm", Kind::MultiplyAdd},   {"vfnm", Kind::MultiplyAdd},  {"vfwm", Kind::MultiplyAdd},
    {"vfwnm", Kind::MultiplyAdd}, {"vclmul", Kind::Multiply},   {"clmul", Kind::Multiply},
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

ArrayRef<Mnemonic> mnemonicsOf(const Triple &triple) {
  if (triple.isX86())
    return kX86;
  if (triple.isRISCV())
    return kRiscV;
  if (triple.isAArch64())
    return kAArch64;
  return {};
}

/// Functions of compilers' runtime libraries and of libm that multiply.
bool isHelper(StringRef name) {
  return StringSwitch<bool>(name)
      .Cases({"__mulqi3", "__mulhi3", "__mulsi3", "__muldi3", "__multi3", "__umulsidi3",
              "__mulosi4", "__mulodi4", "__muloti4"},
             true)
      .Cases({"__mulsf3", "__muldf3", "__multf3", "__mulvsi3", "__mulvdi3", "fma", "fmaf"}, true)
      .Cases({"__aeabi_lmul", "__aeabi_fmul", "__aeabi_dmul"}, true)
      .Default(false);
}

/// LLVM's disassembler for one kind of object.
class Disassembler {
public:
  static Expected<std::unique_ptr<Disassembler>> create(const ObjectFile &file) {
    InitializeAllTargetInfos();
    InitializeAllTargetMCs();
    InitializeAllDisassemblers();
    auto result = std::make_unique<Disassembler>();
    result->triple = file.makeTriple();
    result->table = mnemonicsOf(result->triple);
    std::string problem;
    const Target *target = TargetRegistry::lookupTarget(result->triple, problem);
    if (!target || result->table.empty())
      return createStringError("no multiplications are known for '" + result->triple.str() + "'");
    // What the object should not have is to be recognized too.
    StringRef features = result->triple.isRISCV()     ? "+m,+a,+f,+d,+c,+v"
                         : result->triple.isAArch64() ? "+all"
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

  /// One instruction: its text and size. Empty text where the bytes are none.
  std::pair<std::string, uint64_t> next(ArrayRef<uint8_t> bytes, uint64_t address) {
    MCInst instruction;
    uint64_t size = 0;
    if (decoder->getInstruction(instruction, size, bytes, address, nulls()) !=
        MCDisassembler::Success)
      return {"", std::max<uint64_t>(size, triple.isX86() ? 1 : 2)};
    std::string text;
    raw_string_ostream stream(text);
    printer->printInst(&instruction, address, "", *subtarget, stream);
    std::replace(text.begin(), text.end(), '\t', ' ');
    return {StringRef(text).trim().str(), size};
  }

  Kind kindOf(StringRef text) const {
    StringRef mnemonic = text.split(' ').first;
    // Prefixes are words of their own.
    while (triple.isX86() && (mnemonic == "lock" || mnemonic.starts_with("rep"))) {
      text = text.drop_front(mnemonic.size()).ltrim();
      mnemonic = text.split(' ').first;
    }
    if (triple.isX86() && mnemonic.starts_with("v"))
      mnemonic = mnemonic.drop_front();
    Kind kind = Kind::Other;
    for (const Mnemonic &known : table)
      if (mnemonic.starts_with(known.prefix)) {
        kind = known.kind;
        break;
      }
    // On AArch64 one name serves general registers and vectors.
    if (kind == Kind::Scalar && triple.isAArch64() &&
        (text.contains(" v") || text.contains(" z") || mnemonic.contains('.')))
      return Kind::Multiply;
    return kind;
  }

  Triple triple;

private:
  ArrayRef<Mnemonic> table;
  MCTargetOptions options;
  std::unique_ptr<MCRegisterInfo> registers;
  std::unique_ptr<MCAsmInfo> assembly;
  std::unique_ptr<MCSubtargetInfo> subtarget;
  std::unique_ptr<MCInstrInfo> instructions;
  std::unique_ptr<MCContext> context;
  std::unique_ptr<MCDisassembler> decoder;
  std::unique_ptr<MCInstPrinter> printer;
};

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

Error auditSection(const ObjectFile &file, const SectionRef &section, Disassembler &disassembler,
                   MulFree level, ObjectAudit &audit) {
  auto starts = functionsOf(file, section);
  if (!starts)
    return starts.takeError();
  Expected<StringRef> contents = section.getContents();
  if (!contents)
    return contents.takeError();
  ArrayRef<uint8_t> bytes = arrayRefFromStringRef(*contents);
  std::map<uint64_t, FunctionCount> counts;
  auto functionAt = [&](uint64_t address) -> FunctionCount & {
    auto start = std::prev(starts->upper_bound(address));
    counts[start->first].name = start->second;
    return counts[start->first];
  };
  uint64_t base = section.getAddress();
  for (uint64_t offset = 0; offset < bytes.size();) {
    auto [text, size] = disassembler.next(bytes.drop_front(offset), base + offset);
    FunctionCount &count = functionAt(base + offset);
    ++count.instructions;
    Kind kind = text.empty() ? Kind::Other : disassembler.kindOf(text);
    count.scalarMultiplies += kind == Kind::Scalar;
    count.multiplies += kind == Kind::Multiply;
    count.multiplyAdds += kind == Kind::MultiplyAdd;
    if (text.empty())
      audit.findings.push_back({count.name, "bytes that are no known instruction"});
    else if (breaks(kind, level))
      audit.findings.push_back({count.name, text});
    offset += size;
  }
  // Relocations of a section are in sections of their own.
  for (const SectionRef &other : file.sections()) {
    auto target = other.getRelocatedSection();
    if (!target)
      return target.takeError();
    if (*target == file.section_end() || **target != section)
      continue;
    for (const RelocationRef &relocation : other.relocations()) {
      symbol_iterator symbol = relocation.getSymbol();
      if (symbol == file.symbol_end())
        continue;
      Expected<StringRef> name = symbol->getName();
      if (!name)
        return name.takeError();
      if (!isHelper(*name))
        continue;
      FunctionCount &count = functionAt(base + relocation.getOffset());
      ++count.helperCalls;
      if (level >= MulFree::Compute)
        audit.findings.push_back({count.name, "call of " + name->str()});
    }
  }
  for (auto &[start, count] : counts)
    audit.functions.push_back(std::move(count));
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
      if (Error error = auditSection(**file, section, **disassembler, level, audit))
        return error;
  if (audit.functions.empty())
    return createStringError("has no instructions to look at: link-time optimization leaves them "
                             "out, -fno-lto does not");
  return audit;
}

} // namespace tally
