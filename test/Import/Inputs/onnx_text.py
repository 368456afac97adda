# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the ONNX models in the text of a test: usage: onnx_text.py TEST FOLDER

A line `// MODEL name` starts a model in ONNX's textual syntax (onnx.parser); it ends with the next one or with the
file. Other lines that start with // are left out. Four things are added to the syntax: a model without a header gets
opset 17, tensors that are declared between < and > without values become initializers 0, 1, 2, ..., those whose name begins
with random_ numbers between -1 and 1 that look random, of a filter less the more terms it has, and initializers of int8 or
uint8 whose name ends in _4bit become int4 or uint4.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import onnx.parser

HEADER = '<ir_version: 8, opset_import: ["" : 17, "ai.tally" : 1]>\n'


def read_models(path):
    models, name = {}, None
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("// MODEL "):
            name = line.split()[2]
            models[name] = ""
        elif name and not line.startswith("//"):
            models[name] += line + "\n"
    return models


UINT4, INT4 = 21, 22  # younger than some versions of onnx


def pack_nibbles(tensor):
    values = onnx.numpy_helper.to_array(tensor).astype(np.int64).reshape(-1)
    values = np.append(values, np.zeros(len(values) % 2, np.int64)) & 15
    tensor.data_type = INT4 if tensor.data_type == onnx.TensorProto.INT8 else UINT4
    tensor.ClearField("int32_data")
    tensor.raw_data = bytes(int(low | high << 4) for low, high in zip(values[::2], values[1::2]))


def parse(text):
    model = onnx.parser.parse_model(text if text.lstrip().startswith("<") else HEADER + text)
    graph = model.graph
    known = {tensor.name for tensor in graph.initializer}
    for value in graph.value_info:
        if value.name in known:
            continue
        tensor_type = value.type.tensor_type
        shape = [dim.dim_value for dim in tensor_type.shape.dim]
        dtype = onnx.helper.mapping.TENSOR_TYPE_TO_NP_TYPE[tensor_type.elem_type]
        values = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
        if value.name.startswith("random_"):
            terms = np.prod(shape[1:], dtype=int) if len(shape) == 4 else 1
            values = (((values * 7919 + 31) % 199 - 99) / 99 * np.sqrt(3 / terms)).astype(dtype)
        graph.initializer.append(onnx.numpy_helper.from_array(values, value.name))
    for tensor in graph.initializer:
        if tensor.name.endswith("_4bit"):
            pack_nibbles(tensor)
    return model


def main(test, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in read_models(test).items():
        (folder / f"{name}.onnx").write_bytes(parse(text).SerializeToString())


if __name__ == "__main__":
    main(*sys.argv[1:])
