// A code is compared with the thresholds of levels that it can reach: of others C compilers warn.
// RUN: qopt %s --tally-to-linalg | FileCheck %s
// RUN: tally emit-c %s -o %t
// RUN: %cc -std=c99 -Wall -Wextra -Werror %t/*_test.c -o %t/self-test
// RUN: %t/self-test

// CHECK-LABEL: func @main
// 14.9 either way, in steps of 2^-24: at most 16 can be reached, from 12 on.
// CHECK: %[[LAST:.*]] = arith.constant 201326592 : i32
// CHECK-NEXT: arith.cmpi sge, %{{.*}}, %[[LAST]] : i32
// CHECK-NEXT: %[[MOST:.*]] = arith.constant 16 : i32
// CHECK-NEXT: %[[LEVEL:.*]] = arith.select %{{.*}}, %[[MOST]]
// CHECK-NEXT: arith.trunci %[[LEVEL]] : i32 to i8
!fine = !quant.uniform<i32<-250000000:250000000>:f32, 5.9604644775390625e-08>
!short = !quant.uniform<i16<100:16384>:f32, 5.9604644775390625e-08>
!shorter = !quant.uniform<i16<100:16000>:f32, 5.9604644775390625e-08>
!level = !quant.uniform<i8<-64:64>:f32, 1.0>
module attributes {tally.stage = #tally.stage<integer>} {
  func.func @main(%x: tensor<1x40x!fine>, %z: tensor<1x4x!short>) -> (tensor<1x40x!level>, tensor<1x4x!level>) {
    %y = tally.snap %x to !tally.pot<s4, 1.0> : tensor<1x40x!fine> -> tensor<1x40x!level>
    // Nothing but 0. What computes the code that it does not depend on is not in C (-Wunused-variable).
    // CHECK-NOT: arith.cmpi
    %scaled = tally.requantize %z multiplier dense<3> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<2> : tensor<1xi8> rounding <half_up> : tensor<1x4x!short> -> tensor<1x4x!shorter>
    %0 = tally.snap %scaled to !tally.pot<s4, 1.0> : tensor<1x4x!shorter> -> tensor<1x4x!level>
    return %y, %0 : tensor<1x40x!level>, tensor<1x4x!level>
  }
}
