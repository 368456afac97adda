// Steps that are worth it take a share and the number of shares, and their outermost loops with enough iterations do those
// of one share.
// RUN: qopt %s --tally-split-steps=least=16 --canonicalize | FileCheck %s
// RUN: qopt %s --tally-split-steps=least=1000 | FileCheck %s --check-prefix=FEW
// RUN: not qopt %s --tally-set-target=mul-free=strict --tally-split-steps 2>&1 | FileCheck %s --check-prefix=STRICT

// FEW-NOT: {{shares|noalias}}
// STRICT: error: cannot share steps among threads at 'mul_free = strict': finding a share takes a division and a product

// Ten rows, three at a time in four shares: the last one has one.
// CHECK-LABEL: func.func private @rows(
// CHECK-SAME: %[[X:.*]]: memref<160xi32> {llvm.noalias}, %[[Y:.*]]: memref<160xi32> {llvm.noalias}, %[[SHARE:.*]]: index, %[[SHARES:.*]]: index)
// CHECK-DAG: %[[TEN:.*]] = arith.constant 10 : index
// CHECK-DAG: %[[SIXTEEN:.*]] = arith.constant 16 : index
// CHECK: %[[UP:.*]] = arith.addi %[[SHARES]], %{{.*}} : index
// CHECK: %[[SIZE:.*]] = arith.divui %[[UP]], %[[SHARES]]
// CHECK: %[[FIRST:.*]] = arith.muli %[[SHARE]], %[[SIZE]]
// CHECK: %[[BEGIN:.*]] = arith.minui %[[FIRST]], %[[TEN]]
// CHECK: %[[LAST:.*]] = arith.addi %[[BEGIN]], %[[SIZE]]
// CHECK: %[[END:.*]] = arith.minui %[[LAST]], %[[TEN]]
// CHECK: %[[LOWER:.*]] = arith.muli %[[BEGIN]], %[[SIXTEEN]]
// CHECK: %[[UPPER:.*]] = arith.muli %[[END]], %[[SIXTEEN]]
// CHECK: scf.for %{{.*}} = %[[LOWER]] to %[[UPPER]] step %[[SIXTEEN]]
// CHECK: scf.for
func.func private @rows(%x: memref<160xi32>, %y: memref<160xi32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c160 = arith.constant 160 : index
  scf.for %i = %c0 to %c160 step %c16 {
    scf.for %j = %c0 to %c16 step %c8 {
      %p = arith.addi %i, %j : index
      %v = vector.load %x[%p] : memref<160xi32>, vector<8xi32>
      vector.store %v, %y[%p] : memref<160xi32>, vector<8xi32>
    }
  }
  return
}

// Two rows of many: the inner loop. What has no loop is for the first share.
// CHECK-LABEL: func.func private @columns(
// CHECK-SAME: %[[SHARE:[a-z0-9]+]]: index, %{{.*}}: index)
// CHECK: scf.for %{{.*}} = %c0 to %c2 step %c1
// CHECK: scf.for %{{.*}} = %{{[0-9]+}} to %{{[0-9]+}} step %c1
// CHECK: memref.store
// CHECK: %[[IS_FIRST:.*]] = arith.cmpi eq, %[[SHARE]], %c0
// CHECK: scf.if %[[IS_FIRST]] {
// CHECK-NEXT: memref.store
func.func private @columns(%x: memref<200xi32>, %y: memref<201xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c100 = arith.constant 100 : index
  %c200 = arith.constant 200 : index
  scf.for %i = %c0 to %c2 step %c1 {
    scf.for %j = %c0 to %c100 step %c1 {
      %row = arith.muli %i, %c100 : index
      %p = arith.addi %row, %j : index
      %v = memref.load %x[%p] : memref<200xi32>
      memref.store %v, %y[%p] : memref<201xi32>
    }
  }
  %v = memref.load %x[%c0] : memref<200xi32>
  memref.store %v, %y[%c200] : memref<201xi32>
  return
}

// Written over: in this order only.
// CHECK-LABEL: func.func private @twice(
// CHECK-NOT: index)
func.func private @twice(%x: memref<100xi32>, %y: memref<102xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %c102 = arith.constant 102 : index
  %zero = arith.constant 0 : i32
  scf.for %i = %c0 to %c102 step %c1 {
    memref.store %zero, %y[%i] : memref<102xi32>
  }
  scf.for %i = %c0 to %c100 step %c1 {
    %v = memref.load %x[%i] : memref<100xi32>
    %p = arith.addi %i, %c1 : index
    memref.store %v, %y[%p] : memref<102xi32>
  }
  return
}

// A sum travels through the loop.
// CHECK-LABEL: func.func private @sums(
// CHECK-NOT: index)
func.func private @sums(%x: memref<100xi32>, %y: memref<100xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %zero = arith.constant 0 : i32
  %sum = scf.for %i = %c0 to %c100 step %c1 iter_args(%s = %zero) -> i32 {
    %v = memref.load %x[%i] : memref<100xi32>
    %next = arith.addi %s, %v : i32
    memref.store %next, %y[%i] : memref<100xi32>
    scf.yield %next : i32
  }
  return
}

// Called twice.
// CHECK-LABEL: func.func private @shared(
// CHECK-NOT: index)
func.func private @shared(%y: memref<100xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %zero = arith.constant 0 : i32
  scf.for %i = %c0 to %c100 step %c1 {
    memref.store %zero, %y[%i] : memref<100xi32>
  }
  return
}

// CHECK-LABEL: func.func @main(
// CHECK: call @rows(%{{.*}}, %{{.*}}, %c0, %c1) {shares = 3 : i32}
// CHECK: call @columns(%{{.*}}, %{{.*}}, %c0, %c1) {shares = {{[0-9]+}} : i32}
// CHECK: call @twice(%{{.*}}, %{{.*}}) : (memref<100xi32>
// CHECK: call @sums(%{{.*}}, %{{.*}}) : (
// CHECK: call @shared(%{{.*}}) : (
// CHECK: call @shared(%{{.*}}) : (
func.func @main(%x: memref<160xi32>, %x2: memref<200xi32>, %x3: memref<100xi32>, %y: memref<160xi32>, %y2: memref<201xi32>,
                %y3: memref<102xi32>, %y4: memref<100xi32>) {
  call @rows(%x, %y) : (memref<160xi32>, memref<160xi32>) -> ()
  call @columns(%x2, %y2) : (memref<200xi32>, memref<201xi32>) -> ()
  call @twice(%x3, %y3) : (memref<100xi32>, memref<102xi32>) -> ()
  call @sums(%x3, %y4) : (memref<100xi32>, memref<100xi32>) -> ()
  call @shared(%y4) : (memref<100xi32>) -> ()
  call @shared(%y4) : (memref<100xi32>) -> ()
  return
}
