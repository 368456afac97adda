// Codes of several images at once are those of one image after the other, where constants join and meet them, on every backend.
// RUN: rm -rf %t && mkdir %t && cd %t && %make_images x 24,2,3,1 31
// DEFINE: %{batch} = 1
// DEFINE: %{run} = tally eval net.mlir --data npy:x.x.npy,x.y.npy
// DEFINE: %{check} = qopt %s --tally-set-batch=batch=%{batch} -o net.mlir && \
// DEFINE:   %{run} --on ref --outputs ref.npy && %{run} --on cpu --outputs cpu.npy && %{run} --on c --outputs c.npy && \
// DEFINE:   cmp first.npy ref.npy && cmp ref.npy cpu.npy && cmp ref.npy c.npy
// RUN: qopt %s -o net.mlir && %{run} --on cpu --outputs first.npy
// RUN: %{check}
// REDEFINE: %{batch} = 3
// RUN: %{check}
// REDEFINE: %{batch} = 8
// RUN: %{check}

!u8 = !quant.uniform<u8:f32, 0.0625>
!sum = !quant.uniform<i32<-65536:65535>:f32, 0.0625>
module attributes {tally.stage = #tally.stage<integer>} {
  ml_program.global private @token(dense<[[[200, 7, 0]]]> : tensor<1x1x3xui8>) : tensor<1x1x3x!u8>
  ml_program.global private @place(dense<[[[1, -2, 3], [1000, -1000, 5], [-7, 8, 9]]]> : tensor<1x3x3xi32>) : tensor<1x3x3x!sum>
  func.func @network(%x: tensor<1x2x3x1x!u8>) -> tensor<1x9x!sum> {
    %token = ml_program.global_load_const @token : tensor<1x1x3x!u8>
    %place = ml_program.global_load_const @place : tensor<1x3x3x!sum>
    %s3 = tosa.const_shape {values = dense<[1, 2, 3]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %s2 = tosa.const_shape {values = dense<[1, 9]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %0 = tosa.reshape %x, %s3 : (tensor<1x2x3x1x!u8>, !tosa.shape<3>) -> tensor<1x2x3x!u8>
    %1 = tosa.concat %token, %0 {axis = 1 : i32} : (tensor<1x1x3x!u8>, tensor<1x2x3x!u8>) -> tensor<1x3x3x!u8>
    %2 = tally.requantize %1 multiplier dense<3> : tensor<1xi32> offset dense<1> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <half_up>
        {tally.name = "sum"} : tensor<1x3x3x!u8> -> tensor<1x3x3x!sum>
    %3 = tosa.add %2, %place : (tensor<1x3x3x!sum>, tensor<1x3x3x!sum>) -> tensor<1x3x3x!sum>
    %4 = tosa.reshape %3, %s2 : (tensor<1x3x3x!sum>, !tosa.shape<2>) -> tensor<1x9x!sum>
    return %4 : tensor<1x9x!sum>
  }
}
