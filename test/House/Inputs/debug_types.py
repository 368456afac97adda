# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds passes to one name: what --debug-only=FLAG shows is what the pass FLAG says.

usage: debug_types.py ROOT    prints each violation; exit status 1 if there is one

The DEBUG_TYPE that is in force where a pass begins is its flag in Passes.td, or the name that a
pass on LLVM's code is registered under, and LDBG or LLVM_DEBUG uses it. Files that serve a pass
have its flag or none.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
flags = {}
for path in sorted((root / "include/tally").rglob("Passes.td")):
    flags.update(re.findall(r'^def (\w+) : \w+<"([\w-]+)"', path.read_text(), re.M))
missing, problems = dict(flags), []


def sections(text):
    """Where each DEBUG_TYPE begins and ends, and what it is."""
    starts = list(re.finditer(r'^#define DEBUG_TYPE "([^"]*)"', text, re.M))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [(start.end(), end, start.group(1)) for start, end in zip(starts, ends)]


for path in sorted((root / "lib").rglob("*.cpp")):
    text, name = path.read_text(), path.relative_to(root)
    parts = sections(text)
    passes = [(match.start(), flags.get(match.group(1))) for match in
              re.finditer(r"^struct (\w+) : (?:\w+::)*\1Base<\1>", text, re.M)]
    passes += [(match.start(), match.group(1)) for match in
               re.finditer(r'^RegisterPass<\w+> \w+\("([\w-]+)"', text, re.M)]
    for position, flag in passes:
        missing = {key: value for key, value in missing.items() if value != flag}
        types = [kind for begin, end, kind in parts if begin <= position < end]
        if types != [flag]:
            problems.append(f"{name}: pass '{flag}' has "
                            + (f"DEBUG_TYPE '{types[0]}'" if types else "no DEBUG_TYPE"))
    for begin, end, kind in parts:
        if kind not in flags.values() and kind not in [flag for _, flag in passes]:
            problems.append(f"{name}: DEBUG_TYPE '{kind}' is no pass")
        if not re.search(r"\bLDBG\(|\bLLVM_DEBUG\(", text[begin:end]):
            problems.append(f"{name}: does not use DEBUG_TYPE '{kind}'")
problems += [f"pass '{flag}' of Passes.td is not in lib/" for flag in missing.values()]

print("\n".join(problems) if problems else f"{len(flags)} passes tell what they decide")
sys.exit(bool(problems) or not flags)
