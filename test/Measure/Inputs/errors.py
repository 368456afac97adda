# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""errors.py JSON KEY REFERENCE RESULT: whether an evaluation's errors are those of its results.

REFERENCE and RESULT are arrays, .npy or an array NAME of a .npz as FILE.npz:NAME; the errors are those of the only entry
of KEY, or of the one called NAME.
"""
import json
import sys

import numpy as np


def load(text):
    path, _, name = text.partition(":")
    return (np.load(path)[name] if name else np.load(path)).astype(np.float64), name


report, key, *paths = sys.argv[1:]
(reference, _), (result, name) = (load(path) for path in paths)
rows = [row for row in json.load(open(report))[key] if not name or row["name"] == name]
assert len(rows) == 1, rows
difference = reference.ravel() - result.ravel()
assert difference.any()
expected = {
    "mean_abs_difference": np.abs(difference).mean(),
    "rms_difference": np.sqrt((difference**2).mean()),
    "max_abs_difference": np.abs(difference).max(),
    "sqnr_db": 10 * np.log10((reference**2).sum() / (difference**2).sum()),
}
for what, value in expected.items():
    assert abs(rows[0][what] - value) <= 1e-4 * abs(value), (what, rows[0][what], value)
