# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""same_rows.py COUNT A.npy B.npy: whether both hold the same COUNT results, floats up to rounding."""
import sys

import numpy as np

one, other = (np.load(path) for path in sys.argv[2:])
assert one.shape == other.shape and np.allclose(one, other, rtol=1e-5, atol=1e-6), (one.shape, other.shape)
assert len(one) == int(sys.argv[1]), one.shape
