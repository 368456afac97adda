// In a network of more steps than `most-inlined`, those that differ only in constants call one function, which takes the
// constants; each keeps its own function and name. What differs otherwise keeps its code.
// RUN: qopt %s --tally-share-steps=most-inlined=4 | FileCheck %s
// RUN: qopt %s --tally-share-steps=most-inlined=5 | FileCheck %s --check-prefix=FEW
// RUN: qopt %s --tally-share-steps | FileCheck %s --check-prefix=FEW

// FEW-NOT: {{shared|noinline}}

memref.global "private" constant @a : memref<2xi32> = dense<[1, 2]>
memref.global "private" constant @b : memref<2xi32> = dense<[3, 4]>
memref.global "private" constant @c : memref<3xi32> = dense<[5, 6, 7]>

// CHECK-LABEL: func.func private @first(
// CHECK-SAME: %[[X:.*]]: memref<2xi32>, %[[Y:.*]]: memref<2xi32>) attributes {passthrough = ["noinline"]}
// CHECK-NEXT: %[[A:.*]] = memref.get_global @a
// CHECK-NEXT: %[[B:.*]] = memref.get_global @b
// CHECK-NEXT: call @first.shared(%[[X]], %[[Y]], %[[A]], %[[B]])
// CHECK-NEXT: return
func.func private @first(%x: memref<2xi32>, %y: memref<2xi32>) {
  %a = memref.get_global @a : memref<2xi32>
  %b = memref.get_global @b : memref<2xi32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  scf.for %i = %zero to %two step %one {
    %v = memref.load %x[%i] : memref<2xi32>
    %w = memref.load %a[%i] : memref<2xi32>
    %u = memref.load %b[%i] : memref<2xi32>
    %product = arith.muli %v, %w : i32
    %sum = arith.addi %product, %u : i32
    memref.store %sum, %y[%i] : memref<2xi32>
  }
  return
}

// CHECK-LABEL: func.func private @first.shared(
// CHECK-SAME: %{{.*}}: memref<2xi32>, %{{.*}}: memref<2xi32>, %[[A:.*]]: memref<2xi32>, %[[B:.*]]: memref<2xi32>) attributes {passthrough = ["noinline"]}
// CHECK-NOT: get_global
// CHECK: memref.load %[[A]]
// CHECK: memref.load %[[B]]

// The same constants in another order.
// CHECK-LABEL: func.func private @second(
// CHECK-NEXT: %[[B:.*]] = memref.get_global @b
// CHECK-NEXT: %[[A:.*]] = memref.get_global @a
// CHECK-NEXT: call @first.shared(%{{.*}}, %{{.*}}, %[[B]], %[[A]])
func.func private @second(%x: memref<2xi32>, %y: memref<2xi32>) {
  %a = memref.get_global @b : memref<2xi32>
  %b = memref.get_global @a : memref<2xi32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  scf.for %i = %zero to %two step %one {
    %v = memref.load %x[%i] : memref<2xi32>
    %w = memref.load %a[%i] : memref<2xi32>
    %u = memref.load %b[%i] : memref<2xi32>
    %product = arith.muli %v, %w : i32
    %sum = arith.addi %product, %u : i32
    memref.store %sum, %y[%i] : memref<2xi32>
  }
  return
}

// CHECK-LABEL: func.func private @wider(
// CHECK: memref.get_global @c
// CHECK: scf.for
func.func private @wider(%x: memref<2xi32>, %y: memref<2xi32>) {
  %a = memref.get_global @c : memref<3xi32>
  %b = memref.get_global @b : memref<2xi32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  scf.for %i = %zero to %two step %one {
    %v = memref.load %x[%i] : memref<2xi32>
    %w = memref.load %a[%i] : memref<3xi32>
    %u = memref.load %b[%i] : memref<2xi32>
    %product = arith.muli %v, %w : i32
    %sum = arith.addi %product, %u : i32
    memref.store %sum, %y[%i] : memref<2xi32>
  }
  return
}

// CHECK-LABEL: func.func private @other(
// CHECK: arith.subi
func.func private @other(%x: memref<2xi32>, %y: memref<2xi32>) {
  %a = memref.get_global @a : memref<2xi32>
  %b = memref.get_global @b : memref<2xi32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  scf.for %i = %zero to %two step %one {
    %v = memref.load %x[%i] : memref<2xi32>
    %w = memref.load %a[%i] : memref<2xi32>
    %u = memref.load %b[%i] : memref<2xi32>
    %product = arith.muli %v, %w : i32
    %sum = arith.subi %product, %u : i32
    memref.store %sum, %y[%i] : memref<2xi32>
  }
  return
}

// The same operations, wired differently.
// CHECK-LABEL: func.func private @crossed(
// CHECK: call @crossed.shared
func.func private @crossed(%x: memref<2xi32>, %y: memref<2xi32>) {
  %a = memref.get_global @a : memref<2xi32>
  %b = memref.get_global @b : memref<2xi32>
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  scf.for %i = %zero to %two step %one {
    %v = memref.load %x[%i] : memref<2xi32>
    %w = memref.load %a[%i] : memref<2xi32>
    %u = memref.load %b[%i] : memref<2xi32>
    %product = arith.muli %w, %w : i32
    %sum = arith.addi %product, %u : i32
    memref.store %sum, %y[%i] : memref<2xi32>
  }
  return
}

// CHECK-LABEL: func.func @main
// CHECK: call @first(
// CHECK-NEXT: call @second(
func.func @main(%x: memref<2xi32>, %y: memref<2xi32>) {
  call @first(%x, %y) : (memref<2xi32>, memref<2xi32>) -> ()
  call @second(%x, %y) : (memref<2xi32>, memref<2xi32>) -> ()
  call @wider(%x, %y) : (memref<2xi32>, memref<2xi32>) -> ()
  call @other(%x, %y) : (memref<2xi32>, memref<2xi32>) -> ()
  call @crossed(%x, %y) : (memref<2xi32>, memref<2xi32>) -> ()
  return
}
