// Steps are static functions on pointers, constants static arrays that a macro places; the entry has the
// types of the codes and the workspace, and tells after each step what it stored.
// RUN: qopt %s --tally-steps-to-emitc=name=net | FileCheck %s

// CHECK: emitc.include "net.h"
// CHECK: emitc.verbatim "NET_WEIGHTS_SECTION"
// CHECK-NEXT: emitc.global static const @net_weights : !emitc.array<4xi8> = dense<[1, -2, 3, 4]>

// A left shift happens without a sign, a minimum is a choice.
// CHECK: emitc.func private @net_conv(%[[X:.*]]: !emitc.ptr<i8>, %[[Y:.*]]: !emitc.ptr<i32>) attributes {specifiers = ["static"]}
// CHECK: subscript %[[X]]
// CHECK: %[[ALL:.*]] = get_global @net_weights
// CHECK: subscript %[[ALL]]
// CHECK: bitwise_left_shift {{.*}} : (ui32, i32) -> ui32
// CHECK: %[[LESS:.*]] = cmp lt
// CHECK: conditional %[[LESS]]
// CHECK: %[[PLACE:.*]] = subscript %[[Y]]
// CHECK: assign %{{.*}} to %[[PLACE]]

// CHECK: emitc.func @net_run(%{{.*}}: !emitc.ptr<!emitc.opaque<"const uint8_t">> {{.*}}, %{{.*}}: !emitc.ptr<!emitc.opaque<"int32_t">>
// CHECK-SAME: %[[WORKSPACE:[^:]*]]: !emitc.ptr<!emitc.opaque<"void">>
// CHECK: %[[BYTES:.*]] = cast %[[WORKSPACE]]
// CHECK: %[[PLACE:.*]] = literal "16"
// CHECK: %[[FIRST:.*]] = subscript %[[BYTES]][%[[PLACE]]]
// CHECK: %[[BYTE:.*]] = address_of %[[FIRST]]
// CHECK: %[[SUMS:.*]] = cast %[[BYTE]] : !emitc.ptr<i8> to !emitc.ptr<i32>
// CHECK: call @net_conv(%{{.*}}, %[[SUMS]])
// CHECK-NEXT: verbatim "TALLY_STEP(\22conv\22, {}, 16);" args %[[SUMS]]
// CHECK: call @net_copy(%[[SUMS]], %{{.*}})
memref.global "private" constant @weights : memref<4xi8> = dense<[1, -2, 3, 4]>
func.func private @conv.1(%x: memref<4xi8>, %y: memref<4xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %two = arith.constant 2 : i32
  %most = arith.constant 100 : i32
  %w = memref.get_global @weights : memref<4xi8>
  scf.for %i = %c0 to %c4 step %c1 {
    %code = memref.load %x[%i] : memref<4xi8>
    %weight = memref.load %w[%i] : memref<4xi8>
    %a = arith.extui %code : i8 to i32
    %b = arith.extsi %weight : i8 to i32
    %left = arith.shli %b, %two : i32
    %sum = arith.addi %a, %left : i32
    %clamped = arith.minsi %sum, %most : i32
    memref.store %clamped, %y[%i] : memref<4xi32>
  }
  return
}
func.func private @copy(%x: memref<4xi32>, %y: memref<4xi32>) {
  return
}
func.func @main(%x: memref<4xi8> {tally.unsigned}, %y: memref<4xi32> {tally.output})
    attributes {tally.arena = {"32" = 8 : i64}} {
  %sums = memref.alloc() {tally.offset = 4 : i64} : memref<4xi32>
  call @conv.1(%x, %sums) {tally.step = "conv"} : (memref<4xi8>, memref<4xi32>) -> ()
  call @copy(%sums, %y) : (memref<4xi32>, memref<4xi32>) -> ()
  return
}
