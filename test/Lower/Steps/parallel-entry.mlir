// The second entry hands the shares of steps to its caller, with what they work on in a task; the first one does not change.
// RUN: qopt %s --tally-parallel-entry | FileCheck %s

// CHECK-LABEL: llvm.func internal @step(
llvm.func internal @step(%x: !llvm.ptr, %y: !llvm.ptr, %share: i64, %shares: i64) {
  llvm.return
}

// CHECK-LABEL: llvm.func internal @small(
llvm.func internal @small(%y: !llvm.ptr) {
  llvm.return
}

// CHECK-LABEL: llvm.func @main(
// CHECK-SAME: %[[X:[a-z0-9]+]]: !llvm.ptr, %[[Y:[a-z0-9]+]]: !llvm.ptr {llvm.align = 64 : i64})
// CHECK: llvm.call @step(%[[X]], %[[Y]], %{{.*}}, %{{.*}}) {tally.step = "a"} : (
// CHECK: llvm.call @small(%[[Y]])
// CHECK: llvm.return

// CHECK-LABEL: llvm.func internal @step.task(
// CHECK-SAME: %[[TASK:.*]]: !llvm.ptr, %[[I:.*]]: i32, %[[N:.*]]: i32)
// CHECK: %[[P0:.*]] = llvm.getelementptr %[[TASK]][0]
// CHECK: %[[A:.*]] = llvm.load %[[P0]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[P1:.*]] = llvm.getelementptr %[[TASK]][1]
// CHECK: %[[B:.*]] = llvm.load %[[P1]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[SHARE:.*]] = llvm.zext %[[I]] : i32 to i64
// CHECK: %[[SHARES:.*]] = llvm.zext %[[N]] : i32 to i64
// CHECK: llvm.call @step(%[[A]], %[[B]], %[[SHARE]], %[[SHARES]])

// CHECK-LABEL: llvm.func @main.parallel(
// CHECK-SAME: %[[X:[a-z0-9]+]]: !llvm.ptr, %[[Y:[a-z0-9]+]]: !llvm.ptr {llvm.align = 64 : i64}, %[[PARALLEL:[a-z0-9]+]]: !llvm.ptr, %[[CONTEXT:[a-z0-9]+]]: !llvm.ptr)
// CHECK: %[[TASK:.*]] = llvm.alloca %{{.*}} x !llvm.array<2 x ptr>
// CHECK: %[[Q0:.*]] = llvm.getelementptr %[[TASK]][0]
// CHECK: llvm.store %[[X]], %[[Q0]]
// CHECK: %[[Q1:.*]] = llvm.getelementptr %[[TASK]][1]
// CHECK: llvm.store %[[Y]], %[[Q1]]
// CHECK: %[[MOST:.*]] = llvm.mlir.constant(5 : i32)
// CHECK: %[[FUNCTION:.*]] = llvm.mlir.addressof @step.task
// CHECK: llvm.call %[[PARALLEL]](%[[CONTEXT]], %[[MOST]], %[[FUNCTION]], %[[TASK]]) {tally.step = "a"}
// CHECK: llvm.call @small(%[[Y]])
// CHECK: llvm.return
llvm.func @main(%x: !llvm.ptr, %y: !llvm.ptr {llvm.align = 64 : i64}) {
  %0 = llvm.mlir.constant(0 : i64) : i64
  %1 = llvm.mlir.constant(1 : i64) : i64
  llvm.call @step(%x, %y, %0, %1) {shares = 5 : i32, tally.step = "a"} : (!llvm.ptr, !llvm.ptr, i64, i64) -> ()
  llvm.call @small(%y) : (!llvm.ptr) -> ()
  llvm.return
}
