# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What mutations start from: usage: seeds.py TESTS FOLDER

Writes into FOLDER each ONNX model and each module of the tests in the folder TESTS, as files of their own.
"""
import pathlib
import re
import sys

tests, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.append(str(tests / "Import" / "Inputs"))
import onnx_text


def write(name, content):
    path = folder / name
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


folder.mkdir(parents=True, exist_ok=True)
for test in sorted(tests.rglob("*.test")):
    for name, text in onnx_text.read_models(test).items():
        write(f"{test.stem}.{name}.onnx", onnx_text.parse(text).SerializeToString())
for module in sorted([*tests.rglob("*.mlir"), *tests.rglob("*.test")]):
    for number, text in enumerate(re.split(r"^// -----.*$|^(?://|#)--- .*$", module.read_text(), flags=re.M)):
        lines = [line for line in text.splitlines() if not re.match(r"\s*(//|#) ?[A-Z-]+[:{]", line)]
        # Of files of several kinds, the modules.
        if any(re.match(r"(module|func\.func|ml_program\.global|#\w+ =|!\w+ =)", line) for line in lines):
            write(f"{module.parent.name}.{module.stem}.{number}.mlir", ("\n".join(lines) + "\n").encode())
