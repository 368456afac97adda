# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a data set: arrays.py PREFIX TYPE N,H,W,C [labels=A,B,...] [labeltype=TYPE] [fortran] [below=N]

PREFIX.x.npy has elements of a numpy TYPE; element k is k * 89 mod 256 (or mod `below`), of floats (`f4`, `f8`) a 255th of
it, of `normal` floats (that / 255 - 0.5) / 0.25, of `whole` floats k * 89 mod 256 itself. PREFIX.y.npy has N labels, by default 0, 1, 2, 0, 1, 2, ... PREFIX.raw has the
bytes k * 89 mod 256 alone.
"""
import sys

import numpy as np

prefix, kind, sizes, *options = sys.argv[1:]
options = dict(option.partition("=")[::2] for option in options)
shape = tuple(int(size) for size in sizes.split(","))
whole = np.arange(np.prod(shape)) * 89 % 256
if kind == "normal":
    x = (whole.astype(np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(0.25)
elif kind == "whole":
    x = whole.astype(np.float32)
elif np.dtype(kind).kind == "f":
    x = (whole.astype(np.float32) / np.float32(255)).astype(kind)
else:
    x = (whole % int(options.get("below", 256))).astype(kind)
x = x.reshape(shape)
np.save(prefix + ".x.npy", np.asfortranarray(x) if "fortran" in options else x)
labels = [int(label) for label in options["labels"].split(",")] if "labels" in options else [k % 3 for k in range(shape[0])]
np.save(prefix + ".y.npy", np.array(labels, options.get("labeltype", "i8")))
with open(prefix + ".raw", "wb") as file:
    file.write(whole.astype("u1").tobytes())
