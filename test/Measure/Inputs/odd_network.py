# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a float network whose layers have no names, equal names, or names with odd characters.

Layers share a weight; there are a concatenation, a residual connection, depthwise and grouped
layers. Weights are made up. usage: odd_network.py > net.mlir
"""
lines, weights = [], []
state = 1


def tensor(shape):
    return f"tensor<{'x'.join(map(str, shape))}xf32>"


def weight(name, *shape):
    global state
    count, values = 1, []
    for size in shape:
        count *= size
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(f"{state / 2**30 - 1:.3f}")
    for size in reversed(shape):
        values = [f"[{', '.join(values[i:i + size])}]" for i in range(0, len(values), size)]
    weights.append(f'  ml_program.global private @"{name}"(dense<{values[0]}> : {tensor(shape)}) : {tensor(shape)}')
    lines.append(f'    %{name} = ml_program.global_load_const @"{name}" : {tensor(shape)}')


def add(result, op, operands, attributes, types, name):
    """`name` is escaped for MLIR; None for none."""
    if name is not None:
        attributes = ", ".join(filter(None, [attributes, f'tally.name = "{name}"']))
    attributes = f" {{{attributes}}}" if attributes else ""
    lines.append(f"    %{result} = {op} {operands}{attributes} : {types}")


def conv(result, operand, filter_name, shape, filters, kernel, name):
    pad = kernel // 2
    out = shape[:3] + [filters]
    add(result, "tosa.conv2d", f"%{operand}, %{filter_name}, %zero, %zero, %zero",
        f"acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: {pad}, {pad}, {pad}, {pad}>, stride = array<i64: 1, 1>",
        f"({tensor(shape)}, {tensor([filters, kernel, kernel, shape[3]])}, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> {tensor(out)}", name)


def relu(result, operand, shape, name=None):
    add(result, "tosa.clamp", f"%{operand}", "min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32",
        f"({tensor(shape)}) -> {tensor(shape)}", name)


def adder(result, operand, filter_name, shape, kernel, group, name):
    pad = kernel // 2
    words = f"%{operand}, %{filter_name} pad [{pad}, {pad}, {pad}, {pad}] stride [1, 1] dilation [1, 1]"
    types = f"({tensor(shape)}, {tensor([shape[3], kernel, kernel, shape[3] // group])}) -> {tensor(shape)}"
    add(result, "tally.adder_conv2d", words + (f" group {group}" if group > 1 else ""), "", types, name)


def join(result, op, operands, attributes, shapes, out, name):
    add(result, op, ", ".join("%" + o for o in operands), attributes,
        f"({', '.join(map(tensor, shapes))}) -> {tensor(out)}", name)


def cut(result, operand, first):
    lines.append(f"    %at{result} = tosa.const_shape {{values = dense<[0, 0, 0, {first}]> : tensor<4xindex>}} : () -> !tosa.shape<4>")
    add(result, "tosa.slice", f"%{operand}, %at{result}, %half", "",
        f"({tensor(X)}, !tosa.shape<4>, !tosa.shape<4>) -> {tensor(HALF)}", None)


X, HALF = [1, 6, 6, 8], [1, 6, 6, 4]
lines.append('    %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>')
lines.append("    %half = tosa.const_shape {values = dense<[1, 6, 6, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>")
for name, *shape in [("stem", 8, 3, 3, 4), ("adder", 8, 3, 3, 8), ("twin", 8, 1, 1, 8), ("dw", 3, 3, 8, 1), ("left", 4, 3, 3, 4),
                     ("right", 4, 3, 3, 4), ("groups", 8, 3, 3, 4), ("last", 5, 1, 1, 16)]:
    weight(name, *shape)

# Quotes, a comment's end, what C99 and EmitC read as something else, letters beyond ASCII, and what a screen obeys.
conv("0", "x", "stem", HALF, 8, 3, "st/em 0:\\22\\\\ ??/ */ // {} %s \\C3\\A9 \\0A#include \\00\\1B[31m\\FF \\\\\\0A")
relu("1", "0", X)
adder("2", "1", "adder", X, 3, 1, None)
join("3", "tosa.add", ["1", "2"], "", [X, X], X, "a+b")
# Two layers with one weight and no names, one after the other.
conv("4", "3", "twin", X, 8, 1, None)
relu("5", "4", X)
conv("6", "5", "twin", X, 8, 1, None)
relu("7", "6", X, "")
add("8", "tosa.depthwise_conv2d", "%7, %dw, %zero, %zero, %zero",
    "acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>",
    f"({tensor(X)}, {tensor([3, 3, 8, 1])}, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> {tensor(X)}", "expf")
relu("9", "8", X, "llvm.abs")
# Groups as the import writes them, and a layer that has them.
cut("10", "9", 0)
cut("11", "9", 4)
conv("12", "10", "left", HALF, 4, 3, "run")
conv("13", "11", "right", HALF, 4, 3, "st/em 0")
join("14", "tosa.concat", ["12", "13"], "axis = 3 : i32", [HALF, HALF], X, "run.pad")
adder("15", "14", "groups", X, 3, 2, "2nd.groups")
join("16", "tosa.concat", ["15", "7"], "axis = 3 : i32", [X, X], [1, 6, 6, 16], "arena8")
add("17", "tosa.avg_pool2d", "%16, %zero, %zero",
    "acc_type = f32, kernel = array<i64: 6, 6>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>",
    "(tensor<1x6x6x16xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x1x1x16xf32>", None)
conv("18", "17", "last", [1, 1, 1, 16], 5, 1, "constant")
lines.append("    %row = tosa.const_shape {values = dense<[1, 5]> : tensor<2xindex>} : () -> !tosa.shape<2>")
add("y", "tosa.reshape", "%18, %row", "", "(tensor<1x1x1x5xf32>, !tosa.shape<2>) -> tensor<1x5xf32>", "out")

print("module attributes {tally.stage = #tally.stage<imported>} {")
print("\n".join(weights))
print("  func.func @main(%x: tensor<1x6x6x4xf32>) -> tensor<1x5xf32> {")
print("\n".join(lines))
print("    return %y : tensor<1x5xf32>\n  }\n}")
