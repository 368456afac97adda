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


def mistakes():
    """Name, file, text before, text after."""
    for table in sorted(good.glob("little.*.hex")):
        if "puts" in table.name:
            continue
        lines = table.read_text().splitlines()
        if "ends" in table.name:
            for n in 0, len(lines) - 1:
                yield f"a cycle of image {n}", table.name, lines, lines[:n] + [f"{int(lines[n], 16) + 1:x}"] + lines[n + 1:]
            continue
        middle = len(lines) // 2
        if "_scales" in table.name:
            if len(set(lines)) > 1:
                yield f"constants of another filter in {table.name}", table.name, lines, lines[1:] + lines[:1]
            continue
        yield f"a bit of {table.name}", table.name, lines, lines[:middle] + [flip(lines[middle])] + lines[middle + 1:]
    top = (good / "little.v").read_text()
    conv = re.search(r"tally_conv #\(.*?\);", top, re.S).group(0)
    for what, pattern, change in (
            ("an accumulator of a bit less", r"\.N\((\d+)\)", lambda m: f".N({int(m.group(1)) - 1})"),
            ("a column further", r"\.LEFT\((\d+)\)", lambda m: f".LEFT({int(m.group(1)) + 1})"),
            ("another code outside", r"\.PAD\((-?\d+)\)", lambda m: f".PAD({int(m.group(1)) + 1})"),
            ("no start", r"\.start\(\w+\)", lambda m: ".start(rst)")):
        yield what, "little.v", [top], [top.replace(conv, re.sub(pattern, change, conv))]
    bench = (good / "little_tb.v").read_text()
    for word in "LATENCY", "INTERVAL":
        yield f"another {word}", "little_tb.v", [bench], [re.sub(rf"(`define {word}) (\d+)", lambda m: f"{m.group(1)} {int(m.group(2)) - 1}", bench)]
    if "tally_link" in top:
        yield "one image too few", "little.v", [top], [top.replace(".BUFFERS(2)", ".BUFFERS(1)")]
        space = re.findall(r"\.space\((\w+)\)", top)
        yield "no wait for room", "little.v", [top], [top.replace(f".go({space[0]})", ".go(1'b1)")]
    memory = re.findall(r"\.wdata\((\w+)\)", top)
    yield "a wire of another value", "little.v", [top], [top.replace(f".wdata({memory[-1]})", f".wdata({memory[0]})")]


def passes():
    subprocess.run(["iverilog", "-g2005", "-f", "little.f", "-o", "sim"], cwd=bad, check=True, capture_output=True)
    return subprocess.run(["vvp", "-N", "sim"], cwd=bad, capture_output=True, timeout=300).returncode == 0


found = 0
for what, name, before, after in mistakes():
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(good, bad, ignore=shutil.ignore_patterns("built"))
    assert before != after, what
    (bad / name).write_text("\n".join(after) + "\n")
    if passes():
        print(f"not found: {what}")
        sys.exit(1)
    found += 1
print(f"{found} mistakes, all found")
