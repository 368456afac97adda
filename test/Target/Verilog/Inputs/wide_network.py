# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a network of one linear adder layer after another.

usage: wide_network.py CHANNELS NAME=FILTERS...    of the input; each layer's name and its filters
"""
import random
import sys

random.seed(1)
channels, globals_, body, value = int(sys.argv[1]), "", "", "%x"
first = channels
for number, layer in enumerate(sys.argv[2:]):
    name, filters = layer.rsplit("=", 1)
    filters = int(filters)
    weights = "".join(f"{random.randrange(16):02X}" for _ in range(filters * channels))
    globals_ += (f'  ml_program.global private @w{number}(dense<"0x{weights}"> : tensor<{filters}x1x1x{channels}xui8>)'
                 f" : tensor<{filters}x1x1x{channels}x!u>\n")
    sums = f"tensor<1x1x1x{filters}x!quant.uniform<i32<{-15 * channels}:0>:f32, 1.0>>"
    body += f"""    %w{number} = ml_program.global_load_const @w{number} : tensor<{filters}x1x1x{channels}x!u>
    %s{number} = tally.adder_conv2d {value}, %w{number} pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {{tally.name = "{name}"}}
        : (tensor<1x1x1x{channels}x!u>, tensor<{filters}x1x1x{channels}x!u>) -> {sums}
    %r{number} = tally.requantize %s{number} multiplier dense<3> : tensor<1xi32> offset dense<{channels * 20}> : tensor<1xi64>
        shift dense<4> : tensor<1xi8> rounding <half_up> {{tally.name = "{name}"}} : {sums} -> tensor<1x1x1x{filters}x!u>
"""
    value, channels = f"%r{number}", filters
print(f"""!u = !quant.uniform<u8<0:15>:f32, 1.0>
module attributes {{tally.stage = #tally.stage<integer>}} {{
{globals_}  func.func @main(%x: tensor<1x1x1x{first}x!u>) -> tensor<1x1x1x{channels}x!u> {{
{body}    return {value} : tensor<1x1x1x{channels}x!u>
  }}
}}""")
