# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes models whose tensors are damaged, one a file: usage: broken_tensors.py FOLDER"""
import os
import pathlib
import sys

import numpy as np
from onnx import TensorProto, helper


def tensor(dims, data_type=TensorProto.FLOAT, **fields):
    result = TensorProto(name="w", data_type=data_type, dims=dims)
    for name, value in fields.items():
        getattr(result, name).extend(value) if isinstance(value, list) else setattr(result, name, value)
    return result


def external(dims, **entries):
    result = tensor(dims, data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        result.external_data.add(key=key, value=str(value))
    return result


TENSORS = {
    "good": tensor([2], raw_data=np.float32([1, 2]).tobytes()),
    "half": tensor([2], TensorProto.FLOAT16, raw_data=np.float16([1, 2]).tobytes()),
    "double": tensor([2], TensorProto.DOUBLE, double_data=[1, 2]),
    "bfloat16": tensor([2], TensorProto.BFLOAT16, int32_data=[0x3f80, 0x4000]),
    "short_raw": tensor([3, 4], raw_data=b"\0" * 40),
    "short_field": tensor([3, 4], float_data=[1, 2, 3]),
    "no_data": tensor([1000, 1000, 1000]),
    "overflow": tensor([2**62, 4, 2**62], raw_data=b""),
    "negative": tensor([-1, 2]),
    "many_dimensions": tensor([1] * 1000, float_data=[1]),
    "strings": tensor([1], TensorProto.STRING, string_data=[b"x"]),
    "future_type": tensor([1], 23, raw_data=b"\0"),
    "nibbles": tensor([3], 22, raw_data=b"\0"),
    "nibble_field": tensor([3], 21, int32_data=[1, 2, 3]),
    "beyond_type": tensor([2], TensorProto.INT8, int32_data=[1, 300]),
    "external": external([2], location="w.bin", offset=4, length=8),
    "external_short": external([2], location="w.bin", offset=8),
    "external_length": external([2], location="w.bin", length=4),
    "external_number": external([2], location="w.bin", offset="many"),
    "external_parent": external([2], location="../outside.bin"),
    "external_absolute": external([2], location="/etc/passwd"),
    "external_link": external([2], location="link.bin"),
    "external_missing": external([2], location="nowhere.bin"),
    "external_folder": external([2], location="."),
}


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "w.bin").write_bytes(np.float32([0, 1, 2]).tobytes())
    (folder.parent / "outside.bin").write_bytes(b"\0" * 8)
    link = folder / "link.bin"
    if not link.is_symlink():
        os.symlink("../outside.bin", link)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy")
    for name, value in TENSORS.items():
        graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "net", [x], [y], [value])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
    # The recursion limit of protobuf ends this one.
    nested = helper.make_graph([], "g", [], [])
    for _ in range(200):
        nested = helper.make_graph([helper.make_node("If", ["x"], ["y"], then_branch=nested)], "g", [], [])
    model = helper.make_model(nested, opset_imports=[helper.make_opsetid("", 17)])
    (folder / "nested.onnx").write_bytes(model.SerializeToString())
    (folder / "garbage.onnx").write_bytes(b"GIF89a not a model")
    (folder / "empty.onnx").write_bytes(b"")


write(pathlib.Path(sys.argv[1]))
