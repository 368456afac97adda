// Planned buffers are views into one argument: widest elements first, each arena aligned to 64 bytes.
// RUN: qopt %s --tally-arena-to-workspace --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func private @step
// CHECK-SAME: llvm.linkage = #llvm.linkage<internal>
func.func private @step(%x: memref<100xi8>, %y: memref<10xi32>) {
  return
}

// Ten words are 40 bytes, so that bytes begin at 64; 164 bytes more are 192.
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%{{.*}}: memref<100xi8>, %[[SPACE:.*]]: memref<256xi8> {llvm.align = 64 : i64, llvm.dereferenceable = 256 : i64})
// CHECK-SAME: tally.workspace_bytes = 256 : i64
// CHECK-NOT: memref.alloc
// CHECK: %[[AT:.*]] = arith.constant 128 : index
// CHECK: %[[X:.*]] = memref.view %[[SPACE]][%[[AT]]][] : memref<256xi8> to memref<100xi8>
// CHECK: %[[BEGIN:.*]] = arith.constant 0 : index
// CHECK: %[[Y:.*]] = memref.view %[[SPACE]][%[[BEGIN]]][] : memref<256xi8> to memref<10xi32>
// CHECK: call @step(%[[X]], %[[Y]])
func.func @main(%in: memref<100xi8>) attributes {tally.arena = {"32" = 10 : i64, "8" = 164 : i64}} {
  %x = memref.alloc() {tally.offset = 64 : i64} : memref<100xi8>
  %y = memref.alloc() {tally.offset = 0 : i64} : memref<10xi32>
  call @step(%x, %y) : (memref<100xi8>, memref<10xi32>) -> ()
  return
}

// -----

// CHECK-LABEL: func.func @nothing_planned
// CHECK-SAME: (%{{.*}}: memref<1xi8> {llvm.align = 64 : i64, llvm.dereferenceable = 1 : i64})
// CHECK-SAME: tally.workspace_bytes = 1 : i64
func.func @nothing_planned() {
  return
}

// -----

func.func @unplanned() {
  // expected-error @below {{has no place in an arena: run tally-plan-memory first}}
  %x = memref.alloc() : memref<4xi8>
  return
}

// -----

// expected-error @below {{attribute 'tally.arena' must be a dictionary from widths in bits to elements}}
func.func @twelve_bits() attributes {tally.arena = {"12" = 4 : i64}} {
  return
}
