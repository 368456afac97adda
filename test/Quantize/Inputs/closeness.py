# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""closeness.py WANT.npy GOT.npy LEAST: exits with 1 where GOT is not WANT up to errors LEAST dB below what varies from image to
image."""
import sys

import numpy as np

want, got = (np.load(name).astype(np.float64).reshape(len(np.load(name)), -1) for name in sys.argv[1:3])
signal, noise = np.sum((want - want.mean(0)) ** 2), np.sum((got - want) ** 2)
ratio = 10 * np.log10(signal / max(noise, 1e-30))
print(f"{ratio:.1f} dB")
sys.exit(0 if signal > 0 and ratio >= float(sys.argv[3]) else 1)
