# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds error texts that no test expects.

usage: error_texts.py ROOT FOLDER...    prints each one; exit status 1 if there is one

Looks at every emitError and emitOpError in the C++ files under the folders. What no test can
miss of a text is its longest constant part, up to what was got; a file under test/ has to
contain it.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
STRING = r'"((?:[^"\\\n]|\\.)*)"'


def statement(text):
    """`text` up to the first semicolon outside of strings."""
    return re.match(rf"(?:{STRING}|[^;\"])*", text).group(0)


def constant_part(text):
    joined = re.sub(r'"\s*\n\s*"', "", statement(text))
    parts = [part.split(", but got")[0].strip(" ':") for part in re.findall(STRING, joined)]
    return max(parts, key=len, default="")


tests = [path.read_text(errors="replace") for path in sorted((root / "test").rglob("*"))
         if path.suffix in (".mlir", ".test", ".cpp")]
found, problems = 0, []
for folder in sys.argv[2:]:
    for path in sorted((root / folder).rglob("*.cpp")):
        text = path.read_text()
        for match in re.finditer(r"\bemit(?:Op)?Error\(", text):
            found += 1
            where = f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}"
            part = constant_part(text[match.start():])
            if len(part) < 8:
                problems.append(f"{where}: has no constant part to look for in tests")
            elif not any(part in test for test in tests):
                problems.append(f"{where}: no test expects '{part}'")

print("\n".join(problems) if problems else f"{found} error texts have a test")
sys.exit(bool(problems) or not found)
