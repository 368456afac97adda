# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare_text.py NUMBERS.txt RESULTS.npy: whether both hold the same numbers, up to the digits of a printed scale; exit status 1 if not."""
import sys

import numpy as np

text, results = np.loadtxt(sys.argv[1], np.float32), np.load(sys.argv[2]).reshape(-1)
assert text.size == results.size > 0, (text.size, results.size)
different = int((~np.isclose(text, results, rtol=1e-6, atol=0)).sum())
print(different, "of", results.size, "results differ")
sys.exit(different > 0)
