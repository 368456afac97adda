# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_images.py PREFIX N,H,W,C STEP: writes PREFIX.x.npy, f4 images whose element k is
(k * STEP mod 97) / 16, and PREFIX.y.npy, N labels 0. Needs no numpy."""

import struct
import sys


def save(path, descr, shape, code, values):
    header = str({"descr": descr, "fortran_order": False, "shape": shape})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack(f"<{len(values)}{code}", *values))


prefix, sizes, step = sys.argv[1:]
shape = tuple(int(size) for size in sizes.split(","))
count = 1
for size in shape:
    count *= size
save(prefix + ".x.npy", "<f4", shape, "f", [k * int(step) % 97 / 16 for k in range(count)])
save(prefix + ".y.npy", "|u1", shape[:1], "B", [0] * shape[0])
