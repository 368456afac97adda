// What only Tally understands goes: from modules, functions, arguments, results, operations and calls. Attributes of
// others stay.
// RUN: qopt %s --tally-strip-attributes | FileCheck %s --implicit-check-not=tally

// CHECK: module attributes {llvm.data_layout = ""} {
module attributes {llvm.data_layout = "", tally.stage = #tally.stage<imported>} {
  // CHECK: func.func private @step(memref<1xf32> {llvm.noalias}) -> (i8 {llvm.zeroext}) attributes {llvm.linkage = #llvm.linkage<internal>}
  func.func private @step(memref<1xf32> {llvm.noalias, tally.name = "x"}) -> (i8 {llvm.zeroext, tally.name = "y"}) attributes {llvm.linkage = #llvm.linkage<internal>, tally.step = "conv"}
  // CHECK: func.func @main(%{{.*}}: memref<1xf32>) -> i8 {
  func.func @main(%x: memref<1xf32> {tally.name = "x"}) -> (i8 {tally.name = "y"}) {
    // CHECK: call @step(%{{.*}}) {other} : (memref<1xf32>) -> i8
    %y = func.call @step(%x) {tally.step = "conv", other, arg_attrs = [{tally.name = "x"}], res_attrs = [{tally.name = "y"}]} : (memref<1xf32>) -> i8
    return %y : i8
  }
}
