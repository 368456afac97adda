// Images that go through a network together come out as they do one by one, whatever constants meet them: on every backend, and with
// any batch that the module is for. Integers, which C has too: batches-of-codes.mlir.
// RUN: rm -rf %t && mkdir %t && cd %t && %make_images x 24,2,3,1 31
// DEFINE: %{batch} = 1
// DEFINE: %{run} = tally eval net.mlir --data npy:x.x.npy,x.y.npy
// DEFINE: %{check} = qopt %s --tally-set-batch=batch=%{batch} -o net.mlir && \
// DEFINE:   %{run} --on ref --outputs ref.npy && %{run} --on cpu --outputs cpu.npy && \
// DEFINE:   cmp first.npy ref.npy && cmp ref.npy cpu.npy

// One image in one call, to compare with: what a batch is made of is all numbers of few bits, so no sum rounds.
// RUN: qopt %s -o net.mlir && %{run} --on cpu --outputs first.npy
// RUN: %{check}
// REDEFINE: %{batch} = 3
// RUN: %{check}
// REDEFINE: %{batch} = 8
// RUN: %{check}

func.func @network(%x: tensor<1x2x3x1xf32>) -> tensor<1x10xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %left = "tosa.const"() <{values = dense<[[[1.0, -2.0], [0.5, 3.0], [4.0, 0.25], [0.0, 1.0]]]> : tensor<1x4x2xf32>}> : () -> tensor<1x4x2xf32>
  %right = "tosa.const"() <{values = dense<[[[1.0, 2.0], [-0.5, 1.0], [2.0, -3.0]]]> : tensor<1x3x2xf32>}> : () -> tensor<1x3x2xf32>
  %token = "tosa.const"() <{values = dense<[[[5.0, -7.0]]]> : tensor<1x1x2xf32>}> : () -> tensor<1x1x2xf32>
  %place = "tosa.const"() <{values = dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]]> : tensor<1x5x2xf32>}> : () -> tensor<1x5x2xf32>
  %s3 = tosa.const_shape {values = dense<[1, 2, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %s2 = tosa.const_shape {values = dense<[1, 10]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = tosa.reshape %x, %s3 : (tensor<1x2x3x1xf32>, !tosa.shape<3>) -> tensor<1x2x3xf32>
  %1 = tosa.matmul %left, %0, %z, %z : (tensor<1x4x2xf32>, tensor<1x2x3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x3xf32>
  %2 = tosa.matmul %1, %right, %z, %z : (tensor<1x4x3xf32>, tensor<1x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x2xf32>
  %3 = tosa.concat %token, %2 {axis = 1 : i32} : (tensor<1x1x2xf32>, tensor<1x4x2xf32>) -> tensor<1x5x2xf32>
  %4 = tosa.add %3, %place : (tensor<1x5x2xf32>, tensor<1x5x2xf32>) -> tensor<1x5x2xf32>
  %5 = tosa.reshape %4, %s2 : (tensor<1x5x2xf32>, !tosa.shape<2>) -> tensor<1x10xf32>
  return %5 : tensor<1x10xf32>
}
