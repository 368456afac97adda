// Buffers that are not alive at the same step share memory; each element width has an arena, offsets
// keep 64 bytes.
// RUN: qopt %s --tally-plan-memory | FileCheck %s
// RUN: qopt %s --tally-plan-memory=alignment=1 | FileCheck %s --check-prefix=DENSE

func.func private @step(memref<100xi8>, memref<100xi8>)
func.func private @widen(memref<100xi8>, memref<10xi32>)

// CHECK-LABEL: func.func @main
// CHECK-SAME: tally.arena = {"32" = 10 : i64, "8" = 228 : i64}
// DENSE-LABEL: func.func @main
// DENSE-SAME: tally.arena = {"32" = 10 : i64, "8" = 200 : i64}
func.func @main(%in: memref<100xi8>, %out: memref<10xi32>) {
  // CHECK: memref.alloc() {tally.offset = [[A:[0-9]+]] : i64} : memref<100xi8>
  %a = memref.alloc() : memref<100xi8>
  // CHECK: memref.alloc() {tally.offset = {{[0-9]+}} : i64} : memref<100xi8>
  %b = memref.alloc() : memref<100xi8>
  // The first one is not needed any more when the third one is written.
  // CHECK: memref.alloc() {tally.offset = [[A]] : i64} : memref<100xi8>
  %c = memref.alloc() : memref<100xi8>
  // CHECK: memref.alloc() {tally.offset = 0 : i64} : memref<10xi32>
  %d = memref.alloc() : memref<10xi32>
  call @step(%in, %a) : (memref<100xi8>, memref<100xi8>) -> ()
  call @step(%a, %b) : (memref<100xi8>, memref<100xi8>) -> ()
  call @step(%b, %c) : (memref<100xi8>, memref<100xi8>) -> ()
  call @widen(%c, %d) : (memref<100xi8>, memref<10xi32>) -> ()
  return
}
