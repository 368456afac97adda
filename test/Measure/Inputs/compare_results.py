# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: compare_results.py WANT.npy GOT.npy DECIBEL    fails where the error is larger than that below the results"""
import sys
import numpy
want, got = (numpy.load(path).astype(float) for path in sys.argv[1:3])
ratio = 10 * numpy.log10((want ** 2).sum() / ((want - got) ** 2).sum())
print(f"{ratio:.1f} dB")
sys.exit(not ratio > float(sys.argv[3]))
