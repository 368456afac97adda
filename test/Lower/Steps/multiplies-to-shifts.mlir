// One addition or subtraction for each signed digit after the first.
// RUN: qopt %s --tally-set-target=mul-free=strict --tally-multiplies-to-shifts | FileCheck %s
// Where the target may multiply addresses, those stay.
// RUN: qopt %s --tally-set-target=mul-free=compute --tally-multiplies-to-shifts | FileCheck %s --check-prefix=KEPT
// And where it may multiply data, nothing changes.
// RUN: qopt %s --tally-set-target=mul-free=macs --tally-multiplies-to-shifts | FileCheck %s --check-prefix=ALL
// ALL-COUNT-13: arith.muli

// CHECK-LABEL: func @products
func.func @products(%i: index, %x: i32) -> (index, i32, i32, i32) {
  %c576 = arith.constant 576 : index
  %c7 = arith.constant 7 : i32
  %cm = arith.constant -1 : i32
  %c0 = arith.constant 0 : i32
  // CHECK-NOT: arith.muli
  // 576 = 512 + 64
  // CHECK: %[[NINE:.*]] = arith.constant 9 : index
  // CHECK: %[[A:.*]] = arith.shli %arg0, %[[NINE]]
  // CHECK: %[[SIX:.*]] = arith.constant 6 : index
  // CHECK: %[[B:.*]] = arith.shli %arg0, %[[SIX]]
  // CHECK: %[[P:.*]] = arith.addi %[[A]], %[[B]] : index
  %p = arith.muli %i, %c576 : index
  // 7 = 8 - 1, on either side
  // CHECK: %[[C:.*]] = arith.shli %arg1, %{{.*}} : i32
  // CHECK: %[[Q:.*]] = arith.subi %[[C]], %arg1 : i32
  %q = arith.muli %c7, %x : i32
  // CHECK: %[[R:.*]] = arith.subi %{{.*}}, %arg1 : i32
  %r = arith.muli %x, %cm : i32
  // CHECK: %[[S:.*]] = arith.constant 0 : i32
  %s = arith.muli %x, %c0 : i32
  // CHECK: return %[[P]], %[[Q]], %[[R]], %[[S]]
  return %p, %q, %r, %s : index, i32, i32, i32
}

// CHECK-LABEL: func @variable
func.func @variable(%x: i32, %y: i32) -> i32 {
  // CHECK: arith.muli
  %p = arith.muli %x, %y : i32
  return %p : i32
}

// Indices of buffers and bounds of loops, by way of sums.
// KEPT-LABEL: func @addresses
// CHECK-LABEL: func @addresses
func.func @addresses(%i: index, %j: index, %b: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  // KEPT-COUNT-3: arith.muli
  // KEPT-NOT: arith.shli
  // CHECK-NOT: arith.muli
  %bound = arith.muli %j, %c3 : index
  %row = arith.muli %i, %c3 : index
  scf.for %k = %c0 to %bound step %c1 {
    %column = arith.muli %k, %c3 : index
    %place = arith.addi %row, %column : index
    %byte = arith.shrui %place, %c3 : index
    %x = memref.load %b[%byte] : memref<?xi32>
    memref.store %x, %b[%row] : memref<?xi32>
  }
  return
}

// What is also compared, cut out or stored is data.
// KEPT-LABEL: func @data
func.func @data(%i: index, %b: memref<?xi32>, %n: memref<?xindex>) -> i1 {
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  // KEPT-NOT: arith.muli
  %bit = arith.muli %i, %c5 : index
  %byte = arith.shrui %bit, %c3 : index
  %x = memref.load %b[%byte] : memref<?xi32>
  %within = arith.index_cast %bit : index to i32
  %y = arith.shrui %x, %within : i32
  memref.store %y, %b[%byte] : memref<?xi32>
  %stored = arith.muli %i, %c3 : index
  memref.store %stored, %n[%i] : memref<?xindex>
  %compared = arith.muli %i, %c3 : index
  %less = arith.cmpi ult, %compared, %c5 : index
  return %less : i1
}

// All 64 bits: 2^63 - 1, and 2^62 + 2^60.
// KEPT-LABEL: func @large
// CHECK-LABEL: func @large
func.func @large(%x: i64) -> (i64, i64) {
  %a = arith.constant 9223372036854775807 : i64
  %b = arith.constant 5764607523034234880 : i64
  // CHECK-NOT: arith.muli
  // CHECK: arith.constant 63 : i64
  // CHECK: arith.constant 62 : i64
  // CHECK: arith.constant 60 : i64
  // KEPT: arith.constant 63 : i64
  %p = arith.muli %x, %a : i64
  %q = arith.muli %x, %b : i64
  return %p, %q : i64, i64
}
