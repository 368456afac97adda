//===- ModuleTensors.cpp - parameters of a module as tensors --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ModuleTensors.h"

#include "tally/IR/ParameterIndex.h"
#include "tally/IR/Parameters.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace tally {

static ml_program::GlobalOp find(ModuleOp module, StringRef name) {
  return ParameterIndex::with(module, [&](ParameterIndex &index) {
    return index.lookup(StringAttr::get(module.getContext(), name));
  });
}

std::optional<Tensor> readParameter(ModuleOp module, StringRef name) {
  ml_program::GlobalOp global = find(module, name);
  auto elements = global ? dyn_cast_or_null<ElementsAttr>(global.getValueAttr()) : ElementsAttr();
  std::vector<float> values = elements ? getFloats(elements) : std::vector<float>();
  if (values.empty())
    return std::nullopt;
  return Tensor::of<float>(elements.getShapedType().getShape().vec(), values);
}

void writeParameter(ModuleOp module, StringRef name, const Tensor &value) {
  ml_program::GlobalOp global = find(module, name);
  assert(global && "a parameter of the module");
  ArrayRef<float> data(value.data<float>(), value.size());
  // In place, so that its name stays what it was and nothing is left behind.
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(global.getValueAttr())) {
    resource.getRawHandle().getResource()->setBlob(
        HeapAsmResourceBlob::allocateAndCopyInferAlign(data));
    return;
  }
  global.setValueAttr(makeElements<float>(cast<RankedTensorType>(global.getType()), data, name));
}

} // namespace tally
