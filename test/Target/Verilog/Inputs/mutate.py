# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a mistake in an emitted circuit, one at a time, and expects its self-test to fail.

usage: mutate.py GOOD BAD    the folder as emitted, named 'little', and one to work in
"""
import pathlib
import re
import shutil
import subprocess
import sys

good, bad = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def flip(line):
    """The lowest bit of a word."""
    return line[:-1] + f"{int(line[-1], 16) ^ 1:x}"


LAYERS = {"weights": "layer", "scales": "layer", "rows": "shuffled", "table": "looked"}


def mistakes():
    """Name, the layer that is wrong, file, text before, text after."""
    for table in sorted(good.glob("little.*_*.hex")):
        kind = table.name[:-4].rsplit("_", 1)[1]
        lines = table.read_text().splitlines()
        middle = len(lines) // 2
        if kind == "scales":
            yield f"constants of another filter in {table.name}", LAYERS[kind], table.name, lines, lines[1:] + lines[:1]
            continue
        yield f"a bit of {table.name}", LAYERS[kind], table.name, lines, lines[:middle] + [flip(lines[middle])] + lines[middle + 1:]
    top = (good / "little.v").read_text()
    bench = (good / "little_tb.v").read_text()
    for word in "LATENCY", "INTERVAL":
        yield (f"another {word}", None, "little_tb.v", [bench],
               [re.sub(rf"(`define {word}) (\d+)", lambda m: f"{m.group(1)} {int(m.group(2)) - 1}", bench)])
    ends = (good / "little.ends.hex").read_text().splitlines()
    for n in 0, len(ends) - 1:
        yield f"a cycle of image {n}", None, "little.ends.hex", ends, ends[:n] + [f"{int(ends[n], 16) + 1:x}"] + ends[n + 1:]
    if "tally_link" in top:
        yield "one image too few", None, "little.v", [top], [top.replace(".BUFFERS(2)", ".BUFFERS(1)")]
        space = re.findall(r"\.space\((\w+)\)", top)
        yield "no wait for room", None, "little.v", [top], [top.replace(f".go({space[0]})", ".go(1'b1)")]

    def changed(stage, what, layer, pattern, change):
        instance = re.search(r"tally_\w+ #\([^;]*\s" + stage + r"\(.*?\);", top, re.S).group(0)
        return what, layer, "little.v", [top], [top.replace(instance, re.sub(pattern, change, instance))]

    def more(name, step):
        return rf"\.{name}\((-?\d+)\)", lambda m: f".{name}({int(m.group(1)) + step})"

    yield changed("layer_conv", "an accumulator of a bit less", "layer", *more("N", -1))
    yield changed("layer_conv", "a column further", "layer", *more("LEFT", 1))
    yield changed("layer_conv", "another code outside", "layer", *more("PAD", 1))
    yield changed("layer_conv", "no start", None, r"\.start\(\w+\)", lambda m: ".start(rst)")
    yield changed("cut_move", "codes before", "cut", *more("FIRST1", -1))
    yield changed("joined_move", "codes too near", "looked", *more("PLACE1", -1))
    yield changed("layer_map", "a wire of another value", "layer", r"\.wdata\(\w+\)",
                  lambda m: re.search(r"\.wdata\(\w+\)", top).group(0))


def run():
    """Whether the self-test passes, and what it says."""
    subprocess.run(["iverilog", "-g2005", "-f", "little.f", "-o", "sim"], cwd=bad, check=True, capture_output=True)
    result = subprocess.run(["vvp", "-N", "sim"], cwd=bad, capture_output=True, text=True, timeout=300)
    return result.returncode == 0, result.stdout


found = 0
for what, layer, name, before, after in mistakes():
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(good, bad, ignore=shutil.ignore_patterns("built"))
    assert before != after, what
    (bad / name).write_text("\n".join(after) + "\n")
    passes, output = run()
    named = re.search(r"image 0: layer '(.*)' differs", output)
    if passes or (layer and (not named or named.group(1) != layer)):
        print(f"not found: {what}\n{output}")
        sys.exit(1)
    found += 1
print(f"{found} mistakes, all found, the first layer that differs named")
