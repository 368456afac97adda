//===- ObjectFile.cpp - a network as an object file -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Target/Cpu/ObjectFile.h"

#include "ObjectCode.h"
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

FailureOr<ObjectFile> compileToObject(ModuleOp module, const std::string &name,
                                      const CpuTarget &target, MulFree level, bool parallel) {
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(verifyCName(module, name)) || failed(entry))
    return failure();
  for (Type type : entry->getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() || !getTensorElementType(tensor))
      return entry->emitError() << "has an input of type " << type << ", which cannot be compiled";
  }
  FailureOr<LoweredNetwork> network = lowerForCpu(module, target, level, parallel);
  if (failed(network))
    return failure();

  auto fail = [&](llvm::Error error) {
    return module.emitError() << "cannot be compiled: " << llvm::toString(std::move(error));
  };
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(*network->module, context, name);
  if (!code)
    return module.emitError() << "cannot be translated to LLVM IR";
  exportOnly(*code, *network, name);
  auto generated = generateObject(*code, target, level);
  if (!generated)
    return fail(generated.takeError());
  auto needs = describeNeeds(generated->object);
  if (!needs)
    return fail(needs.takeError());
  auto memory = measureSections(generated->object, *code);
  if (!memory)
    return fail(memory.takeError());
  memory->triple = target.triple;
  memory->processor = target.cpu;
  memory->arena = network->workspaceBytes;
  memory->input = getBytes(entry->getArgumentTypes());
  memory->output = getBytes(entry->getResultTypes());
  memory->stack = StackDepth::below(name + "_run", generated->frames);

  CHeader header;
  header.name = name;
  header.about = (isFloatNetwork(*entry) ? std::string("A float network")
                                         : std::string("An integer network; results are bit for "
                                                       "bit those of its reference")) +
                 ".\n   Compiled for " + target.triple + ", processor " + target.cpu + ". " +
                 *needs;
  header.workspaceBytes = network->workspaceBytes;
  header.workspaceAlignment = kCpuAlignment;
  header.parallel = parallel;
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
