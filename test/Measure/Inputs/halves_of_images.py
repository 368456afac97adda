# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a test part in MNIST's layout and a network for it: halves_of_images.py DIR NET.q.mlir COUNT

Images are smooth waves of another slope each, the first without any along a row. The logits say whether the left or
the right half is the brighter.
"""
import pathlib
import sys

import numpy as np

folder, network, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
row, column = np.mgrid[:28, :28]
images = np.array([(127 + 120 * np.sin((row + k * column) / 90)).astype("u1") for k in range(count)])
left = images[:, :, :14].sum((1, 2), "i8") > images[:, :, 14:].sum((1, 2), "i8")
(folder / "t10k-images-idx3-ubyte").write_bytes(np.array([0x803, count, 28, 28], ">i4").tobytes() + images.tobytes())
(folder / "t10k-labels-idx1-ubyte").write_bytes(np.array([0x801, count], ">i4").tobytes() + np.where(left, 0, 1).astype("u1").tobytes())
weights = np.array([1, -1], "i1")[:, None, None] * np.where(column < 14, 1, -1).astype("i1")
network.write_text(f"""!q = !quant.uniform<u8:f32, 0.0039215686274509803>
!w = !quant.uniform<i8:f32, 1.0>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.0039215686274509803>
module attributes {{tally.mean = array<f32: 0.0>, tally.std = array<f32: 1.0>, tally.stage = #tally.stage<integer>}} {{
  ml_program.global private @w(dense<"0x{weights.tobytes().hex()}"> : tensor<2x28x28x1xi8>) : tensor<2x28x28x1x!w>
  func.func @main(%x: tensor<1x28x28x1x!q>) -> tensor<1x1x1x2x!s> {{
    %w = ml_program.global_load_const @w : tensor<2x28x28x1x!w>
    %b = "tosa.const"() <{{values = dense<0> : tensor<1xi32>}}> : () -> tensor<1xi32>
    %z = "tosa.const"() <{{values = dense<0> : tensor<1xui8>}}> : () -> tensor<1xui8>
    %n = "tosa.const"() <{{values = dense<0> : tensor<1xi8>}}> : () -> tensor<1xi8>
    %y = tosa.conv2d %x, %w, %b, %z, %n {{acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}}
        : (tensor<1x28x28x1x!q>, tensor<2x28x28x1x!w>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x1x1x2x!s>
    return %y : tensor<1x1x1x2x!s>
  }}
}}
""")
