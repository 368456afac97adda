//===- StripAttributes.cpp - leave nothing that only Tally understands ----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/IR/Tally.h"
#include "tally/Pipeline/Passes.h"

#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "tally-strip-attributes"

using namespace mlir;
using namespace tally;

namespace tally {
#define GEN_PASS_DEF_STRIPATTRIBUTES
#include "tally/Pipeline/Passes.h.inc"
} // namespace tally

static bool isOurs(NamedAttribute attr) {
  return isa_and_present<TallyDialect>(attr.getNameDialect());
}

/// `all`, an array of dictionaries or null, without what is ours.
static ArrayAttr strip(ArrayAttr all) {
  if (!all)
    return all;
  SmallVector<Attribute> stripped;
  for (Attribute one : all) {
    SmallVector<NamedAttribute> kept;
    llvm::copy_if(cast<DictionaryAttr>(one), std::back_inserter(kept), std::not_fn(isOurs));
    stripped.push_back(DictionaryAttr::get(one.getContext(), kept));
  }
  // Printers write an array where one is set, even if it says nothing.
  bool empty =
      llvm::all_of(stripped, [](Attribute one) { return cast<DictionaryAttr>(one).empty(); });
  return empty ? ArrayAttr() : ArrayAttr::get(all.getContext(), stripped);
}

template <typename OpTy> static void stripArgumentsAndResults(OpTy op) {
  op.setArgAttrsAttr(strip(op.getArgAttrsAttr()));
  op.setResAttrsAttr(strip(op.getResAttrsAttr()));
}

namespace {
struct StripAttributes : tally::impl::StripAttributesBase<StripAttributes> {
  using StripAttributesBase::StripAttributesBase;

  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      for (NamedAttribute attr : llvm::to_vector(op->getDiscardableAttrs()))
        if (isOurs(attr)) {
          LDBG() << "'" << op->getName() << "' loses " << attr.getName();
          op->removeDiscardableAttr(attr.getName());
        }
      if (auto function = dyn_cast<FunctionOpInterface>(op))
        stripArgumentsAndResults(function);
      else if (auto call = dyn_cast<CallOpInterface>(op))
        stripArgumentsAndResults(call);
    });
  }
};
} // namespace
