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


rows = [("network", "accuracy", "weight bytes", "packed", "additions", "comparisons", "multiplies",
         "ms/image", "ref=CPU=C")]
for name in ("float", "w8a8", "w4a4"):
    run, count = load(name, "eval"), load(name, "report")
    rows.append((name, f"{100 * run['top1']:.2f} %", f"{count['weight_bytes']:,}",
                 f"{count['packed_weight_bytes']:,}", f"{count['additions']:,}",
                 f"{count['comparisons']:,}", f"{count['multiplications']:,}",
                 f"{1000 * run['seconds'] / run['images']:.3f}", agreement(name)))

print()
for row in rows:
    print(f"{row[0]:8}" + "".join(f"{cell:>14}" for cell in row[1:]))
print("""
accuracy: 10,000 test images. weight bytes: parameters as stored; packed: at the width of their codes.
additions, comparisons, multiplications: per image; |x - w| counts as two additions and one comparison.
ms/image: compiled code, one thread. ref=CPU=C: results of 200 images, byte for byte.
The self-test of the emitted C passed: """ + str(folder / "c"))
sys.exit(3 if any(row[-1] == "NO" for row in rows) else 0)
