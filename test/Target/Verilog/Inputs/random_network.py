# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a random integer network of layers that become circuits.

usage: random_network.py SEED [--strict]    prints a module, and which kinds of layers are in it as a comment. Neighbouring seeds
have neighbouring kinds: as many as there are kinds have each. --strict: without multiplications.
"""
import sys

from network_text import *
from random_layers import adder, adder_groups, average_pool, box_sum, convolution, depthwise, max_pool
from random_moves import (by_element, concat, extremes, gate, pad, reshape, residual, shuffle, slice_of, snap, split, table,
                          take, transpose, with_constant)

KINDS = [adder, concat, convolution, pad, adder_groups, residual, depthwise, slice_of, max_pool, table, average_pool, transpose,
         box_sum, extremes, take, gate, snap, with_constant, shuffle, by_element, split]

if "--strict" in sys.argv:
    KINDS.remove(gate)
seed = int(sys.argv[1])
r.seed(seed)
low, high = r.choice([(0, 1), (0, 15), (0, 255), (-8, 7), (-128, 127)])
zero = r.choice([0, 0, r.randint(low, high)])
x = Value("%arg0", [1, r.randint(3, 6), r.randint(3, 6), r.randint(1, 4)], low, high, zero)
first = x
kinds = [KINDS[(2 * seed + i) % len(KINDS)] for i in (0, 1)] + r.choices(KINDS, k=r.randint(0, 2))
for layer, kind in enumerate(kinds):
    x = kind(x, f"layer.{layer}")
    if isinstance(x, Wide):
        x = narrow(x, f"layer.{layer}")
last = reshape(x, [1, count(x.shape)], "flat")

print("// kinds:", *(kind.__name__ for kind in kinds))
print("module attributes {tally.stage = #tally.stage<integer>} {")
print("\n".join(parameters))
print(f"  func.func @main({first.name}: {first.type}) -> {last.type} {{")
print("\n".join(body))
print(f"    return {last.name} : {last.type}\n  }}\n}}")
