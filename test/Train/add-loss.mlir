// A loss of the first result comes before all results.
// RUN: qopt %s --tally-add-loss | FileCheck %s
// RUN: qopt %s --tally-add-loss=loss=mean_squared_error | FileCheck %s --check-prefix=SQUARES
// RUN: qopt %s --tally-add-loss="teacher-weight=0.5 teacher-temperature=2" | FileCheck %s --check-prefix=TEACHER
// RUN: not qopt %s --tally-add-loss=loss=hinge 2>&1 | FileCheck %s --check-prefix=HINGE
// RUN: not qopt %s --tally-add-loss="loss=mean_squared_error teacher-weight=0.5" 2>&1 | FileCheck %s --check-prefix=NONE

// HINGE: requires 'loss' to be cross_entropy or mean_squared_error, but got 'hinge'
// NONE: learns from a teacher by cross_entropy only

// CHECK: func.func @main(%[[X:.*]]: tensor<4x3xf32>, %[[T:.*]]: tensor<4x3xf32> {tally.name = "targets"})
// CHECK-SAME: -> (tensor<f32> {tally.name = "loss"}, tensor<4x3xf32>)
// CHECK: %[[M:.*]] = tosa.reduce_max %[[X]] {axis = 1 : i32}
// CHECK: %[[S:.*]] = tosa.sub %[[X]], %[[M]]
// CHECK: tosa.exp %[[S]]
// CHECK: %[[L:.*]] = tosa.log
// CHECK: %[[D:.*]] = tosa.sub %[[L]], %[[S]]
// CHECK: tosa.mul %[[T]], %[[D]]
// CHECK: return %{{.*}}, %[[X]] : tensor<f32>, tensor<4x3xf32>

// SQUARES: %[[D:.*]] = tosa.sub %{{.*}}, %{{.*}} : (tensor<4x3xf32>
// SQUARES: tosa.mul %[[D]], %[[D]]

// TEACHER: tensor<4x3xf32> {tally.name = "teacher"})
func.func @main(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  return %x : tensor<4x3xf32>
}
