// Where a sum of indices is shifted, it stands in parentheses: compilers warn without them.
// RUN: qopt %s --tally-steps-to-emitc=name=net --form-expressions -o %t.mlir
// RUN: mlir-translate %t.mlir --mlir-to-cpp | FileCheck %s
// CHECK: size_t [[BYTE:v[0-9]+]] = +(i3 + 1) >> 3;
// CHECK: size_t [[BIT:v[0-9]+]] = +(i3 - 1) << 3;
func.func @main(%x: memref<4xi8> {tally.output}, %y: memref<4xi8> {tally.output}) {
  call @step(%x, %y) {tally.step = "step"} : (memref<4xi8>, memref<4xi8>) -> ()
  return
}
func.func private @step(%x: memref<4xi8>, %y: memref<4xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %sum = arith.addi %i, %c1 : index
    %byte = arith.shrui %sum, %c3 : index
    %difference = arith.subi %i, %c1 : index
    %bit = arith.shli %difference, %c3 : index
    %a = memref.load %x[%byte] : memref<4xi8>
    memref.store %a, %y[%bit] : memref<4xi8>
  }
  return
}
