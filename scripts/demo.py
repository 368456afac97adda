# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the table at the end of scripts/demo. usage: demo.py DIR; exit status 3 if backends differ."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


def load(name, kind):
    return json.loads((folder / f"{name}.{kind}.json").read_text())


def agreement(name):
    outputs = [folder / f"{name}.{on}.npy" for on in ("ref", "cpu", "c")]
    if name == "float":
        return "-"
    return "yes" if len({file.read_bytes() for file in outputs}) == 1 else "NO"


rows = [("network", "accuracy", "weight bytes", "packed", "SADs", "additions", "multiplies",
         "energy", "as int8", "ms/image", "ref=CPU=C")]
for name in ("float", "w8a8", "w4a4"):
    run, cost = load(name, "eval"), load(name, "report")["total"]
    counts = cost["counts"]
    rows.append((name, f"{100 * run['top1']:.2f} %", f"{cost['stored_bytes']['constants']:,}",
                 f"{cost['bytes']['constants']:,}", f"{counts['sad']:,}", f"{counts['add']:,}",
                 f"{counts['multiply']:,}", f"{cost['picojoules']['total'] / 1000:,.0f} nJ",
                 f"{cost['int8']['picojoules']['total'] / 1000:,.0f} nJ",
                 f"{1000 * run['seconds'] / run['images']:.3f}", agreement(name)))
widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

print()
for row in rows:
    print(f"{row[0]:{widths[0]}}" + "".join(f"   {cell:>{width}}" for cell, width in zip(row[1:], widths[1:])))
print("""
accuracy: 10,000 test images. weight bytes: parameters as stored; packed: at the width of their codes.
SADs (absolute differences |x - w|), additions, multiplications: per image. energy: an estimate for one image from
published numbers of a 45 nm circuit, and that of the same layers as int8 multiply-accumulate (docs/Report.md).
ms/image: compiled code, one thread. ref=CPU=C: results of 200 images, byte for byte.
The self-test of the emitted C passed: """ + str(folder / "c"))
sys.exit(3 if any(row[-1] == "NO" for row in rows) else 0)
