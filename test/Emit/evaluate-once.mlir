// What an expression uses several times is computed before it, and what that uses several times before that.
// RUN: qopt %s --form-expressions --tally-evaluate-once -o %t.mlir
// RUN: mlir-translate %t.mlir --mlir-to-cpp | FileCheck %s

// CHECK: int32_t half(int32_t [[A:v[0-9]+]]) {
emitc.func @half(%a: i32) -> i32 {
  emitc.return %a : i32
}

// CHECK: int32_t chain(int32_t [[A:v[0-9]+]], int32_t [[B:v[0-9]+]]) {
// CHECK-NEXT: int32_t [[FIRST:v[0-9]+]] = half([[A]]);
// CHECK-NEXT: int32_t [[SECOND:v[0-9]+]] = half([[FIRST]] < [[B]] ? [[FIRST]] : [[B]]);
// CHECK-NEXT: return [[SECOND]] < [[A]] ? [[SECOND]] : [[A]];
emitc.func @chain(%a: i32, %b: i32) -> i32 {
  %0 = emitc.call @half(%a) : (i32) -> i32
  %1 = emitc.cmp lt, %0, %b : (i32, i32) -> i1
  %2 = emitc.conditional %1, %0, %b : i32
  %3 = emitc.call @half(%2) : (i32) -> i32
  %4 = emitc.cmp lt, %3, %a : (i32, i32) -> i1
  %5 = emitc.conditional %4, %3, %a : i32
  emitc.return %5 : i32
}

// A word stays where it is.
// CHECK: uint32_t words(int32_t [[A:v[0-9]+]], uint32_t [[B:v[0-9]+]]) {
// CHECK-NEXT: return (uint32_t) [[A]] < [[B]] ? (uint32_t) [[A]] : [[B]];
emitc.func @words(%a: i32, %b: ui32) -> ui32 {
  %0 = emitc.cast %a : i32 to ui32
  %1 = emitc.cmp lt, %0, %b : (ui32, ui32) -> i1
  %2 = emitc.conditional %1, %0, %b : ui32
  emitc.return %2 : ui32
}
