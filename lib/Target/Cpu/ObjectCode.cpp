//===- ObjectCode.cpp - machine code and its stack ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ObjectCode.h"

#include "MultiplyFreeCode.h"
#include "Optimize.h"

#include "llvm/CodeGen/CodeGenTargetMachineImpl.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetFrameLowering.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Target/TargetLoweringObjectFile.h"

using namespace llvm;

#define DEBUG_TYPE "tally-stack-frames"

namespace {

/// Notes what each function takes of the stack and what it calls, once its instructions are final.
struct StackFrames : MachineFunctionPass {
  static char ID;
  explicit StackFrames(std::vector<tally::StackFrame> *frames = nullptr)
      : MachineFunctionPass(ID), frames(frames) {}
  StringRef getPassName() const override { return "Stack frames"; }
  void getAnalysisUsage(AnalysisUsage &usage) const override {
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }

  bool runOnMachineFunction(MachineFunction &function) override {
    const MachineFrameInfo &info = function.getFrameInfo();
    const TargetSubtargetInfo &machine = function.getSubtarget();
    const TargetFrameLowering &lowering = *machine.getFrameLowering();
    tally::StackFrame frame;
    frame.function = function.getName().str();
    frame.bytes = int64_t(info.getStackSize());
    // On x86 the frame begins below the return address.
    frame.beside = std::abs(lowering.getOffsetOfLocalArea());
    if (machine.getRegisterInfo()->hasStackRealignment(function))
      frame.beside +=
          int64_t(info.getMaxAlign().value()) - int64_t(lowering.getStackAlign().value());
    if (info.hasVarSizedObjects() || hasScalableVectors(info))
      frame.unknown.push_back("what " + frame.function + " takes at run time");
    for (const MachineBasicBlock &block : function)
      for (const MachineInstr &instruction : block.instrs())
        if (instruction.isCall())
          addCall(frame, instruction);
    LDBG() << frame.function << ": " << frame.bytes << " and " << frame.beside << " bytes, "
           << frame.calls.size() << " functions called";
    if (frames)
      frames->push_back(std::move(frame));
    return false;
  }

  static bool hasScalableVectors(const MachineFrameInfo &info) {
    for (int i = info.getObjectIndexBegin(); i < info.getObjectIndexEnd(); ++i)
      if (!info.isDeadObjectIndex(i) && info.getStackID(i) == TargetStackID::ScalableVector)
        return true;
    return false;
  }

  static void addCall(tally::StackFrame &frame, const MachineInstr &instruction) {
    std::string callee;
    for (const MachineOperand &operand : instruction.operands())
      if (operand.isGlobal())
        callee = operand.getGlobal()->getName().str();
      else if (operand.isSymbol())
        callee = operand.getSymbolName();
    std::vector<std::string> &list = callee.empty() ? frame.unknown : frame.calls;
    if (callee.empty())
      callee = "a call through a pointer in " + frame.function;
    if (!is_contained(list, callee))
      list.push_back(callee);
  }

  std::vector<tally::StackFrame> *frames;
};

char StackFrames::ID = 0;
RegisterPass<StackFrames> registration("tally-stack-frames", "Stack frames");

} // namespace

/// Like `addPassesToEmitFile` for object files, with passes of ours. Returns true where the
/// target has none.
static bool addObjectPasses(legacy::PassManager &passes, TargetMachine &machine,
                            raw_pwrite_stream &stream, tally::MulFree level,
                            std::vector<tally::StackFrame> &frames) {
  auto &generator = static_cast<CodeGenTargetMachineImpl &>(machine);
  TargetPassConfig *config = generator.createPassConfig(passes);
  if (level != tally::MulFree::No)
    tally::addProductsToShifts(*config);
  config->setDisableVerify(true);
  passes.add(config);
  auto *modules = new MachineModuleInfoWrapperPass(&machine);
  passes.add(modules);
  if (config->addISelPasses())
    return true;
  config->addMachinePasses();
  config->setInitialized();
  passes.add(new StackFrames(&frames));
  if (generator.addAsmPrinter(passes, stream, nullptr, CodeGenFileType::ObjectFile,
                              modules->getMMI().getContext()))
    return true;
  passes.add(createFreeMachineFunctionPass());
  return false;
}

namespace tally {

/// Vectors of RISC-V have lengths that are known at run time: LLVM multiplies to find their places
/// on the stack, and makes products of their shifts and additions again.
static CpuTarget withoutMultiplyingVectors(CpuTarget target) {
  if (Triple(target.triple).isRISCV())
    target.features += target.features.empty() ? "-zve32x,-zvl32b" : ",-zve32x,-zvl32b";
  return target;
}

llvm::Expected<ObjectCode> generateObject(Module &code, const CpuTarget &target, MulFree level) {
  const CpuTarget chosen = level == MulFree::No ? target : withoutMultiplyingVectors(target);
  auto machine = chosen.createMachine(/*positionIndependent=*/true);
  if (!machine)
    return machine.takeError();
  code.setDataLayout((*machine)->createDataLayout());
  code.setTargetTriple((*machine)->getTargetTriple());
  code.setPICLevel(PICLevel::BigPIC);
  // Objects call no library for them, and code generation would write loops of bytes instead.
  for (Function &function : code)
    for (const char *name : {"no-builtin-memset", "no-builtin-memcpy", "no-builtin-memmove"})
      function.addFnAttr(name);
  optimize(code, **machine, level);
  // Frames are then all of the stack that is written, by interrupts too.
  for (Function &function : code)
    if (!function.isDeclaration())
      function.addFnAttr(Attribute::NoRedZone);
  ObjectCode result;
  SmallVector<char> object;
  raw_svector_ostream stream(object);
  legacy::PassManager passes;
  if (addObjectPasses(passes, **machine, stream, level, result.frames))
    return createStringError("no object files for '" + target.triple + "'");
  passes.run(code);
  result.object.assign(object.data(), object.size());
  return result;
}

llvm::Expected<ObjectMemory> measureSections(StringRef object, const Module &code) {
  auto file = object::ObjectFile::createObjectFile(MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  ObjectMemory memory;
  int64_t constants = 0;
  bool isElf = (*file)->isELF();
  for (const object::SectionRef &section : (*file)->sections()) {
    // Tables that say how to unwind are loaded, too, but no data.
    bool isLoaded = isElf ? object::ELFSectionRef(section).getFlags() & ELF::SHF_ALLOC
                          : section.isData() || section.isText();
    if (isLoaded)
      (section.isText() ? memory.code : constants) += int64_t(section.getSize());
  }
  for (const GlobalVariable &constant : code.globals())
    // tally-linalg-to-steps names those of the network after them.
    if (!constant.isDeclaration() && constant.getName().ends_with(".data"))
      memory.weights += int64_t(code.getDataLayout().getTypeAllocSize(constant.getValueType()));
  memory.tables = constants - memory.weights;
  return memory;
}

} // namespace tally
