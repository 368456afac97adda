# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a mistake in emitted C, one at a time, and expects its self-test or the check of its text to fail.

usage: mutate.py [--strict] GOOD BAD    the folder as emitted, named 'little', and one to work in; with --strict, a product is a
mistake, too
"""
import pathlib
import re
import shutil
import subprocess
import sys

strict = ["--strict"] if "--strict" in sys.argv else []
good, bad = map(pathlib.Path, [word for word in sys.argv[1:] if word != "--strict"])
text = (good / "little.c").read_text()


def narrower(match):
    """All of a type's numbers, or those of one name."""
    return f"tally_{match.group(1)}{int(match.group(2)) - 1}"


def self_test(compiler):
    subprocess.run(compiler + ["little_test.c", "-o", "test"], cwd=bad, check=True, capture_output=True)
    return subprocess.run(["./test"], cwd=bad, capture_output=True).returncode == 0


def as_c():
    return self_test(["gcc", "-std=c99", "-O1"])


def as_cpp():
    return self_test(["g++", "-std=c++14", "-O0"])


def as_text():
    return subprocess.run([sys.executable, pathlib.Path(__file__).with_name("check_nests.py"), *strict, "little.c"],
                          cwd=bad, capture_output=True).returncode == 0


LOOP = r"\n( +)(\w+): for \(int (\w+) = 0; \w+ < \d+; \+\+\w+\) \{\n"
# Name, what is to find it, pattern, what it becomes.
MISTAKES = (
    ("a weight", as_c, r"(_weights[^=]*=\s*\{+)(\d+)", lambda m: m.group(1) + str(int(m.group(2)) ^ 1)),
    ("a column further", as_c, r"ow \+ kw - 1", lambda m: "ow + kw - 2"),
    ("another code outside", as_c, r"input\[h\]\[w\]\[c\] : \(tally_u4\)0", lambda m: "input[h][w][c] : (tally_u4)1"),
    ("a sum that is not begun anew", as_c, r"\? \(tally_i\d+\)0 : sum\[f\]", lambda m: "? sum[f] : sum[f]"),
    ("a sum that is handed on too early", as_c, r"if \(kh == 2", lambda m: "if (kh == 1"),
    ("accumulators of a bit less", as_cpp, r"tally_(i)(9)(?=[^\n]*(?:sum\[|before))", narrower),
    ("the number before a term of a bit less", as_cpp, r"tally_(i)(\d+)(?= before)", narrower),
    ("a difference of a bit less", as_cpp, r"tally_(u)(\d+)(?= difference)", narrower),
    ("a scaled number of a bit less", as_cpp, r"tally_(i)(\d+)(?= (?:sum1|product) )", narrower),
    ("a sum that nothing begins", as_cpp, r"const (tally_i\d+) before = .*;", lambda m: f"const {m.group(1)} before = sum[f];"),
    ("a loop without a label", as_text, LOOP, lambda m: m.group().replace(m.group(2) + ": ", "")),
    ("two loops with one label", as_text, r"columns: for", lambda m: "rows: for"),
    ("a statement before a loop", as_text, LOOP, lambda m: m.group() + "const int early = 0; (void)early;\n"),
    ("a loop beside a loop", as_text, LOOP, lambda m: m.group() + "other: for (int o = 0; o < 2; ++o) { }\n"),
    ("a pointer", as_text, r"const int inside = ", lambda m: "const int *place = (int *)input; const int inside = "),
    ("a modulo", as_text, r"const int w = ", lambda m: "const int r = oh % 3; const int w = "),
    *[("a product", as_text, r"const int w = ow", lambda m: "const int w = 1 * ow") for _ in strict],
)

found = 0
for what, passes, pattern, change in MISTAKES:
    changed = re.sub(pattern, change, text, count=0 if change is narrower else 1)
    assert changed != text, what
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(good, bad)
    (bad / "little.c").write_text(changed)
    if passes():
        print(f"not found: {what}")
        sys.exit(1)
    found += 1
print(f"{found} mistakes, all found")
