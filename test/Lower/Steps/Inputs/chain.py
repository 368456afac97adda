# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""chain.py COUNT TAKES: a function of COUNT additions in a row, each of its predecessor to itself, taken as TAKES
operands."""
import sys

count, takes = map(int, sys.argv[1:])
print("#id = affine_map<(d) -> (d)>\nfunc.func @main(%v0: tensor<8xf32>) -> tensor<8xf32> {")
print("  %empty = tensor.empty() : tensor<8xf32>")
for i in range(count):
    operands = ", ".join([f"%v{i}"] * takes)
    arguments = ", ".join(f"%a{k}: f32" for k in range(takes))
    print(f"  %v{i + 1} = linalg.generic {{indexing_maps = [{'#id, ' * takes}#id], iterator_types = [\"parallel\"]}}")
    print(f"      ins({operands} : {', '.join(['tensor<8xf32>'] * takes)}) outs(%empty : tensor<8xf32>) {{")
    print(f"  ^bb0({arguments}, %o: f32):\n    %s = arith.addf %a0, %a{takes - 1} : f32\n    linalg.yield %s : f32")
    print("  } -> tensor<8xf32>")
print(f"  return %v{count} : tensor<8xf32>\n}}")
