//===- ObjectFile.cpp - a network as an object file -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/ObjectFile.h"

#include "ObjectCode.h"
#include "Variants.h"
#include "tally/IR/Network.h"
#include "tally/Lower/Steps/Workspace.h"
#include "tally/Run/Interpreter.h"
#include "tally/Support/Output.h"
#include "tally/Target/C/CHeader.h"
#include "tally/Target/Cpu/CpuBackend.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace mlir;

namespace tally {

/// Leaves the entries as the only symbols that a linker sees: NAME_run, NAME_run_parallel.
static void exportOnly(llvm::Module &code, const LoweredNetwork &network, const std::string &name) {
  std::set<llvm::GlobalValue *> entries;
  for (auto [entry, symbol] : {std::pair(network.entry, name + "_run"),
                               std::pair(network.parallelEntry, name + "_run_parallel")}) {
    if (entry.empty())
      continue;
    llvm::Function *function = code.getFunction(entry);
    if (llvm::GlobalValue *other = code.getNamedValue(symbol); other && other != function)
      other->setName(symbol + ".internal");
    function->setName(symbol);
    entries.insert(function);
  }
  for (llvm::GlobalValue &value : code.global_values())
    if (!entries.count(&value) && !value.isDeclaration() && !value.hasLocalLinkage())
      value.setLinkage(llvm::GlobalValue::InternalLinkage);
}

/// What must be linked to the object, as a sentence.
static llvm::Expected<std::string> describeNeeds(StringRef object) {
  auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  static const std::set<std::string> kLibc = {"memcpy", "memmove", "memset", "memcmp", "bcmp"};
  std::set<std::string> names;
  bool libm = false, runtime = false;
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined) || name->empty() ||
        *name == "_GLOBAL_OFFSET_TABLE_")
      continue;
    names.insert(name->str());
    // Such as __mulsi3, __aeabi_memcpy: of GCC or LLVM.
    bool isRuntime = name->starts_with("__");
    runtime |= isRuntime;
    libm |= !isRuntime && !kLibc.count(name->str());
  }
  if (names.empty())
    return "Links with nothing else.";
  llvm::SmallVector<StringRef> libraries;
  if (libm)
    libraries.push_back("libm");
  else if (llvm::any_of(names, [](const std::string &name) { return kLibc.count(name); }))
    libraries.push_back("libc");
  if (runtime)
    libraries.push_back("the compiler's library");
  return "Needs " + llvm::join(libraries, " and ") + ": " + llvm::join(names, ", ") + ".";
}

static bool isFloatNetwork(func::FuncOp entry) {
  auto isFloat = [](Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); };
  return llvm::any_of(entry.getArgumentTypes(), isFloat) ||
         llvm::any_of(entry.getResultTypes(), isFloat);
}

static int64_t getBytes(TypeRange tensors) {
  int64_t bytes = 0;
  for (Type type : tensors)
    bytes += cast<RankedTensorType>(type).getNumElements() * sizeOf(*getTensorElementType(type));
  return bytes;
}

/// The code for `target`, with the symbols of `exportOnly`; widens `workspaceBytes` to what it
/// needs.
static FailureOr<std::unique_ptr<llvm::Module>> translate(ModuleOp module, const std::string &name,
                                                          const CpuTarget &target, MulFree level,
                                                          bool parallel, llvm::LLVMContext &context,
                                                          int64_t &workspaceBytes) {
  FailureOr<LoweredNetwork> network = lowerForCpu(module, target, level, parallel);
  if (failed(network))
    return failure();
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(*network->module, context, name);
  if (!code)
    return module.emitError() << "cannot be translated to LLVM IR";
  exportOnly(*code, *network, name);
  workspaceBytes = std::max(workspaceBytes, network->workspaceBytes);
  return code;
}

/// The code of the whole object; says in `count` for how many processors.
static FailureOr<std::unique_ptr<llvm::Module>>
translateAll(ModuleOp module, const std::string &name, const CpuTarget &target, MulFree level,
             const ObjectForm &form, llvm::LLVMContext &context, int64_t &workspaceBytes,
             size_t &count) {
  if (!form.multiversion)
    return translate(module, name, target, level, form.parallel, context, workspaceBytes);
  auto fail = [&](llvm::Error error) {
    return module.emitError() << "cannot be compiled: " << llvm::toString(std::move(error));
  };
  auto targets = getVariants(target.triple);
  if (!targets)
    return fail(targets.takeError());
  std::vector<std::unique_ptr<llvm::Module>> variants;
  for (const CpuTarget &variant : *targets) {
    FailureOr<std::unique_ptr<llvm::Module>> code =
        translate(module, name, variant, level, form.parallel, context, workspaceBytes);
    if (failed(code))
      return failure();
    variants.push_back(std::move(*code));
  }
  dropLastIfEqual(variants);
  count = variants.size();
  std::vector<std::string> names = {name + "_run"};
  if (form.parallel)
    names.push_back(name + "_run_parallel");
  auto joined = joinVariants(context, std::move(variants), *targets, names, name + "_use_variant");
  if (!joined)
    return fail(joined.takeError());
  return std::move(*joined);
}

static std::string describeCode(func::FuncOp entry, const CpuTarget &target, const ObjectForm &form,
                                size_t variants) {
  bool isFloat = isFloatNetwork(entry);
  std::string text = isFloat ? "A float network"
                             : "An integer network; results are bit for bit those of its reference";
  text += ".\n   Compiled for " + target.triple + ", processor ";
  if (!form.multiversion)
    return text + target.cpu + ". ";
  // See `getVariants`.
  text += variants > 4 ? "x86-64-v2, v3, v4, v4 with AVX512-VNNI, and with\n   AVX512-VPOPCNTDQ "
                         "as well: the first call finds the last that it runs on"
                       : "x86-64-v2, v3, v4, and v4 with AVX512-VNNI: the first call\n   finds "
                         "the last that it runs on";
  return text + (isFloat ? "; their results may differ in last bits. " : ". ");
}

FailureOr<ObjectFile> compileToObject(ModuleOp module, const std::string &name,
                                      const CpuTarget &target, MulFree level,
                                      const ObjectForm &form) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(verifyCName(module, name)) || failed(entry))
    return failure();
  for (Type type : entry->getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || !getTensorElementType(tensor))
      return entry->emitError() << "has an input of type " << type << ", which cannot be compiled";
  }
  auto fail = [&](llvm::Error error) {
    return module.emitError() << "cannot be compiled: " << llvm::toString(std::move(error));
  };
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  llvm::LLVMContext context;
  int64_t workspaceBytes = 1;
  size_t variants = 1;
  FailureOr<std::unique_ptr<llvm::Module>> code =
      translateAll(module, name, target, level, form, context, workspaceBytes, variants);
  if (failed(code))
    return failure();
  auto generated = generateObject(**code, target, level);
  if (!generated)
    return fail(generated.takeError());
  auto needs = describeNeeds(generated->object);
  if (!needs)
    return fail(needs.takeError());
  auto memory = measureSections(generated->object, **code);
  if (!memory)
    return fail(memory.takeError());
  memory->triple = target.triple;
  memory->processor = target.cpu;
  memory->arena = workspaceBytes;
  memory->input = getBytes(entry->getArgumentTypes());
  memory->output = getBytes(entry->getResultTypes());
  memory->stack = StackDepth::below(name + "_run", generated->frames);

  CHeader header;
  header.name = name;
  header.about = describeCode(*entry, target, form, variants) + *needs;
  header.workspaceBytes = workspaceBytes;
  header.workspaceAlignment = kCpuAlignment;
  header.parallel = form.parallel;
  header.multiversion = form.multiversion;
  return ObjectFile{std::move(generated->object), writeCHeader(*entry, header), std::move(*memory)};
}

std::string headerPathFor(StringRef objectPath) {
  llvm::SmallString<128> path(objectPath);
  llvm::sys::path::replace_extension(path, ".h");
  return path.str().str();
}

std::string objectDirectoryFor(StringRef objectPath) {
  return llvm::sys::path::parent_path(objectPath).str();
}

LogicalResult writeObjectFile(ModuleOp module, const ObjectFile &files,
                              const std::string &objectPath) {
  Status written =
      writeFilesAtomically({{objectPath, files.object}, {headerPathFor(objectPath), files.header}},
                           objectDirectoryFor(objectPath));
  return written ? success() : module.emitError() << written.error().message;
}

} // namespace tally
