# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""same_counts.py COUNT A.json B.json: whether two evaluations have so many images and are as accurate."""
import json
import sys

one, other = (json.load(open(path)) for path in sys.argv[2:])
assert all(one.get(key) == other.get(key) for key in ("images", "top1", "top5")), (one, other)
assert one["images"] == int(sys.argv[1]), one
