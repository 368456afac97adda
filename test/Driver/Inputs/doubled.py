# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How many quantized types of the second network are those of the first with half as many levels and scales that are doubled.

usage: doubled.py NET.4bit.mlir NET.3bit.mlir
"""
import re
import sys


def read(path):
    text = open(path).read()
    types = re.findall(r"^!\S+ = !quant\.uniform<(\w+)(<[-\d:]+>)?:f32(?::\d+)?, ([^>]*)>", text, re.M)
    return [(storage, ends, [float(s.split(":")[0]) for s in scales.strip("{}").split(",")]) for storage, ends, scales in types]


before, after = read(sys.argv[1]), read(sys.argv[2])
doubled = sum(len(a[2]) == len(b[2]) and all(abs(2 * x - y) < 1e-6 * y for x, y in zip(a[2], b[2])) for a, b in zip(before, after))
print(f"doubled: {doubled} of {len(before)}")
