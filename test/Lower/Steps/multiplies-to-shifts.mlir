// One addition or subtraction for each signed digit after the first.
// RUN: qopt %s --tally-set-target=mul-free=strict --tally-multiplies-to-shifts | FileCheck %s
// Where the target may multiply addresses, nothing changes.
// RUN: qopt %s --tally-set-target=mul-free=compute --tally-multiplies-to-shifts | FileCheck %s --check-prefix=KEPT
// KEPT: arith.muli

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
