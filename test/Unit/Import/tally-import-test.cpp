//===- tally-import-test.cpp - imports one ONNX file and prints it --------===//
//
// usage: tally-import-test FILE|- [--adder-layers=REGEX] [--batch=N]
//
//===----------------------------------------------------------------------===//

#include "tally/Import/Onnx.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

int main(int argc, char **argv) {
  namespace cl = llvm::cl;
  cl::opt<std::string> path(cl::Positional, cl::Required, cl::desc("FILE"));
  cl::opt<std::string> adderLayers("adder-layers");
  cl::opt<int64_t> batch("batch", cl::init(1));
  mlir::registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(argc, argv);

  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = tally::importOnnx(path, context, {adderLayers, batch});
  if (!module)
    return 1;
  module->print(llvm::outs());
  return 0;
}
