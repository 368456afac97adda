//===- NetworkMemory.cpp - what of a network lies where -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Cost/NetworkMemory.h"

#include "tally/IR/Network.h"
#include "tally/IR/Tally.h"
#include "tally/IR/Target.h"
#include "tally/Lower/Steps/Workspace.h"
#include "tally/Pipeline/Pipelines.h"
#include "tally/Pipeline/RunPasses.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;

namespace tally {

std::vector<int64_t> NetworkMemory::used() const {
  std::vector<int64_t> change(steps.size() + 1), used;
  for (const Buffer &buffer : buffers) {
    change[buffer.first] += buffer.bytes;
    change[buffer.last + 1] -= buffer.bytes;
  }
  int64_t now = 0;
  for (size_t step = 0; step < steps.size(); ++step)
    used.push_back(now += change[step]);
  return used;
}

static int64_t bytesOf(MemRefType type) {
  return type.getNumElements() * (type.getElementTypeBitWidth() / 8);
}

static void addConstants(ModuleOp unit, NetworkMemory &memory) {
  for (auto constant : unit.getOps<memref::GlobalOp>()) {
    // tally-linalg-to-steps names those of the network after them.
    bool isWeights = constant.getSymName().ends_with(".data");
    (isWeights ? memory.weights : memory.tables) += bytesOf(constant.getType());
  }
}

static void addBuffers(func::FuncOp steps, NetworkMemory &memory) {
  Workspace workspace = Workspace::of(steps, kCAlignment);
  memory.arena = workspace.bytes;
  llvm::DenseMap<Operation *, int64_t> numbers;
  for (auto call : steps.getOps<func::CallOp>()) {
    numbers[call] = int64_t(memory.steps.size());
    auto name = call->getAttrOfType<StringAttr>(TallyDialect::kStepAttr);
    memory.steps.push_back(name ? name.str() : call.getCallee().str());
  }
  for (auto alloc : steps.getOps<memref::AllocOp>()) {
    NetworkMemory::Buffer buffer;
    unsigned width = alloc.getType().getElementTypeBitWidth();
    auto offset = alloc->getAttrOfType<IntegerAttr>(TallyDialect::kOffsetAttr);
    buffer.bytes = bytesOf(alloc.getType());
    buffer.offset = workspace.arenas.at(width) + offset.getInt() * (width / 8);
    buffer.first = INT64_MAX;
    for (Operation *user : alloc->getUsers())
      if (auto number = numbers.find(user); number != numbers.end()) {
        buffer.first = std::min(buffer.first, number->second);
        buffer.last = std::max(buffer.last, number->second);
      }
    if (buffer.first == INT64_MAX)
      continue;
    buffer.name = memory.steps[buffer.first];
    memory.buffers.push_back(buffer);
  }
  for (unsigned i = 0; i < steps.getNumArguments(); ++i) {
    bool isOutput = steps.getArgAttr(i, TallyDialect::kOutputAttr) != nullptr;
    (isOutput ? memory.output : memory.input) +=
        bytesOf(cast<MemRefType>(steps.getArgumentTypes()[i]));
  }
}

Result<NetworkMemory> planMemory(ModuleOp module, MulFree level) {
  std::string reason;
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    if (reason.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      reason = diagnostic.str();
    return success();
  });
  FailureOr<func::FuncOp> entry = getEntry(module);
  if (failed(entry))
    return Error{reason};
  for (TypeRange types : {TypeRange(entry->getArgumentTypes()), TypeRange(entry->getResultTypes())})
    for (Type type : types)
      if (isa<FloatType>(getElementTypeOrSelf(type)))
        return Error{"only integer networks are emitted as C"};
  OwningOpRef<ModuleOp> unit = module.clone();
  setTarget(*unit, makeTarget(unit->getContext(), level));
  PassManager manager(unit->getContext());
  buildToStepsPipeline(manager);
  if (failed(runPasses(manager, *unit)))
    return Error{reason};
  FailureOr<func::FuncOp> steps = getEntry(*unit);
  if (failed(steps))
    return Error{reason};
  NetworkMemory memory;
  addConstants(*unit, memory);
  addBuffers(*steps, memory);
  return memory;
}

} // namespace tally
