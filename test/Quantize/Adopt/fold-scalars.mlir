// Constants that TOSA has no word for stay; whoever cannot use them says so.
// RUN: qopt %s --tally-fold-constants | FileCheck %s
// CHECK: %[[C:.*]] = arith.constant 0 : index
// CHECK: tensor.extract %{{.*}}[%[[C]]]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = arith.constant 0 : index
  %0 = tensor.extract %x[%c] : tensor<4xf32>
  %1 = tensor.splat %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
