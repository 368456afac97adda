# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers of a random network that sum or choose under a window."""
import sys

from network_text import *


def window(shape, kernel, dilation=1):
    """Padding and stride under which all windows fit."""
    pads = [r.randint(0, (k - 1) * dilation) for k in kernel for _ in (0, 1)]
    for dim, k in enumerate(kernel):
        while shape[1 + dim] + pads[2 * dim] + pads[2 * dim + 1] < (k - 1) * dilation + 1:
            pads[2 * dim] += 1
    strides = [r.randint(1, 2), r.randint(1, 2)]
    out = []
    for dim, k in enumerate(kernel):
        room = shape[1 + dim] + pads[2 * dim] + pads[2 * dim + 1] - (k - 1) * dilation - 1
        if strides[dim] > 1 and room % strides[dim]:
            strides[dim] = 1  # TOSA wants windows that end at the border
        out.append(room // strides[dim] + 1)
    return pads, strides, out


def adder(x, layer, groups=1):
    k, f, d = [r.randint(1, 3), r.randint(1, 3)], r.randint(1, 5), r.randint(1, 2)
    f = groups * r.randint(1, 2) if groups > 1 else f
    pads, strides, out = window(x.shape, k, d)
    shape = [f, *k, x.shape[3] // groups]
    storage = "i8" if x.low < 0 else "ui8"
    w = parameter(shape, x.element, storage, [r.randint(x.low, x.high) for _ in range(count(shape))])
    y = Wide(fresh(), [1, *out, f], -count(shape[1:]) * (x.high - x.low), 0)
    put(y, f"tally.adder_conv2d {x.name}, {w} pad {pads} stride {strides} dilation [{d}, {d}]"
        + (f" group {groups}" if groups > 1 else ""),
        f' {{tally.name = "{layer}"}} : ({x.type}, {tensor(shape, x.element)}) -> {y.type}')
    return y


def adder_groups(x, layer):
    """Two groups at least, or each channel for itself."""
    if x.shape[3] == 1:
        x = convolution(x, layer + ".before", filters=r.randint(2, 4))
        x = narrow(x, layer + ".before")
    c = x.shape[3]
    return adder(x, layer, r.choice([g for g in range(2, c + 1) if c % g == 0]))


def uniform_weights(shape):
    """Of some width, or with two or three levels; sometimes with a zero point."""
    top = r.choice([1, 1, 7, 127])
    values = [r.randint(-top, top) for _ in range(count(shape))]
    if top == 1 and r.random() < 0.5:
        values = [r.choice([-1, 1]) for _ in values]
    zero = r.choice([0, 0, r.randint(-top, top)])
    return parameter(shape, codes(-top, top, zero), "i8", values), codes(-top, top, zero), top + abs(zero), zero


def power_weights(shape, kind):
    bits = r.choice([3, 4, 5] if kind == "additive " else [1, 2, 3, 4])
    stream = 0
    for i in range(count(shape)):
        code = r.randrange(1 << bits)
        code = 0 if code == 1 << (bits - 1) and bits > 1 else code  # minus zero is no code
        stream |= code << (i * bits)
    packed = [(stream >> (8 * i)) & 255 for i in range((count(shape) * bits + 7) // 8)]
    largest = {("", 1): 1, ("", 2): 1, ("", 3): 4, ("", 4): 64, ("additive ", 3): 4, ("additive ", 4): 10, ("additive ", 5): 48}[kind, bits]
    pot = tensor(shape, f"!tally.pot<{kind}s{bits}{' nonzero' if bits == 1 else ''}, 1.0>")
    name = f"p{len(parameters)}"
    parameters.append(f"  ml_program.global private @{name}(dense<{packed}> : tensor<{len(packed)}xui8>) : {pot}")
    loaded, w = fresh(), fresh()
    element = codes(-largest, largest)
    body.append(f"    {loaded} = ml_program.global_load_const @{name} : {pot}")
    body.append(f"    {w} = tally.decode {loaded} : {pot} -> {tensor(shape, element)}")
    return w, element, largest, 0


def multiply_add(operation, x, layer, shape, filters, terms, pads, strides, out, dilation):
    kind = r.choice((["uniform"] if "--strict" not in sys.argv else []) + ["", "additive "])
    w, element, largest, weight_zero = uniform_weights(shape) if kind == "uniform" else power_weights(shape, kind)
    bias = constant([r.randint(-50, 50) for _ in range(filters)], "i32")
    storage = "i8" if x.low < 0 else "ui8"
    zero, weight_zero = constant([x.zero], storage), constant([weight_zero], "i8")
    bound = terms * largest * (x.high - x.low) + 50
    y = Wide(fresh(), [1, *out, filters], -bound, bound)
    put(y, f"{operation} {x.name}, {w}, {bias}, {zero}, {weight_zero}",
        f" {{acc_type = i32, dilation = array<i64: {dilation}, {dilation}>, pad = array<i64: {', '.join(map(str, pads))}>, "
        f"stride = array<i64: {', '.join(map(str, strides))}>, tally.name = \"{layer}\"}} : ({x.type}, {tensor(shape, element)}, "
        f"tensor<{filters}xi32>, tensor<1x{storage}>, tensor<1xi8>) -> {y.type}")
    return y


def convolution(x, layer, filters=None):
    k, f, d = [r.randint(1, 3), r.randint(1, 3)], filters or r.randint(1, 5), r.randint(1, 2)
    pads, strides, out = window(x.shape, k, d)
    return multiply_add("tosa.conv2d", x, layer, [f, *k, x.shape[3]], f, count(k) * x.shape[3], pads, strides, out, d)


def depthwise(x, layer):
    k, m, d = [r.randint(1, 3), r.randint(1, 3)], r.randint(1, 2), r.randint(1, 2)
    pads, strides, out = window(x.shape, k, d)
    return multiply_add("tosa.depthwise_conv2d", x, layer, [*k, x.shape[3], m], x.shape[3] * m, count(k), pads, strides, out, d)


def max_pool(x, layer):
    k = [r.randint(1, min(2, x.shape[1])), r.randint(1, min(2, x.shape[2]))]
    pads = [r.randint(0, size - 1) for size in k for _ in (0, 1)]
    out = [x.shape[1 + d] + pads[2 * d] + pads[2 * d + 1] - k[d] + 1 for d in (0, 1)]
    y = Value(fresh(), [1, *out, x.shape[3]], x.low, x.high, x.zero)
    return operate(y, "tosa.max_pool2d", [x], layer, f"kernel = array<i64: {k[0]}, {k[1]}>, pad = array<i64: "
                   f"{', '.join(map(str, pads))}>, stride = array<i64: 1, 1>, ")


def window_sum(operation, x, layer, channels, terms):
    k = [r.randint(1, min(2, x.shape[1])), r.randint(1, min(2, x.shape[2]))]
    pads, strides, out = window(x.shape, k)
    span = k[0] * k[1] * terms
    y = Wide(fresh(), [1, *out, channels], span * (x.low - x.zero), span * (x.high - x.zero))
    put(y, f"{operation} {x.name} kernel {k} pad {pads} stride {strides} dilation [1, 1]",
        f' {{tally.name = "{layer}"}} : ({x.type}) -> {y.type}')
    return y


def average_pool(x, layer):
    y = window_sum("tally.sum_pool2d", x, layer, x.shape[3], 1)
    return requantize(y, x.low, x.high, x.zero, False, layer)


def box_sum(x, layer):
    if x.zero:
        x = requantize(x, 0, 15, 0, False, layer + ".codes")
    return window_sum("tally.box_sum", x, layer, 1, x.shape[3])
