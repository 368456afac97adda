# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers of a random network that work code by code, or move codes."""
from network_text import *
from random_layers import adder, convolution

FAR = 2**20


def wide(x, layer, per_channel=False):
    """In the type in which values are added and compared."""
    return requantize(x, -FAR, FAR, 0, per_channel, layer)


def pair(x, layer, operations):
    """Both of x and a layer of x, code by code."""
    a = r.choice([adder, convolution])(x, layer + ".a")
    if a.shape != x.shape:
        a = x
    one, other = wide(a, layer + ".one", a is not x), wide(x, layer + ".other")
    if r.random() < 0.5:
        one, other = other, one
    y = Wide(fresh(), x.shape, -FAR, FAR)
    # Sums must stay within the type.
    if operations[0] in ("add", "sub"):
        one, other = halve(one, layer + ".one"), halve(other, layer + ".other")
    operate(y, "tosa." + r.choice(operations), [one, other], layer)
    return requantize(y, x.low, x.high, x.zero, False, layer)


def halve(x, layer):
    y = Value(fresh(), x.shape, -FAR, FAR)
    put(y, f"tally.requantize {x.name} multiplier dense<1> : tensor<1xi32> offset dense<0> : tensor<1xi64> shift dense<1> : "
        "tensor<1xi8> rounding <floor>", f' {{tally.name = "{layer}.half"}} : {x.type} -> {y.type}')
    return y


def residual(x, layer):
    return pair(x, layer, ["add", "sub"])


def extremes(x, layer):
    return pair(x, layer, ["maximum", "minimum"])


def with_constant(x, layer):
    """A sum or an extreme with constants: one, one for each channel, or one for each code."""
    operation = r.choice(["add", "sub", "maximum", "minimum"])
    one = halve(wide(x, layer + ".codes"), layer)
    shape = r.choice([[1, 1, 1, 1], [1, 1, 1, x.shape[3]], x.shape, [1, x.shape[1], 1, 1]])
    other = Value(constant([r.randint(-FAR // 2, FAR // 2) for _ in range(count(shape))], "i32", one.element, shape), shape, -FAR,
                  FAR)
    y = Value(fresh(), x.shape, -FAR, FAR)
    operate(y, "tosa." + operation, [one, other] if r.random() < 0.7 else [other, one], layer)
    return requantize(y, x.low, x.high, x.zero, False, layer)


def gate(x, layer):
    """A product with a factor for each channel, each row, or each code."""
    low, high = r.choice([(0, 15), (-8, 7), (0, 255)])
    factor = r.choice([lambda: pooled(x, layer), lambda: x])()
    factor = requantize(factor, low, high, r.choice([0, r.randint(low, high)]), False, layer + ".factor")
    products = [(a - x.zero) * (b - factor.zero) for a in (x.low, x.high) for b in (low, high)]
    y = Wide(fresh(), x.shape, min(products), max(products))
    put(y, f"tally.multiply {x.name}, {factor.name}", f' {{tally.name = "{layer}"}} : ({x.type}, {factor.type}) -> {y.type}')
    return y


def pooled(x, layer):
    k = [x.shape[1], r.choice([1, x.shape[2]])]
    y = Wide(fresh(), [1, 1, x.shape[2] - k[1] + 1, x.shape[3]], count(k) * (x.low - x.zero), count(k) * (x.high - x.zero))
    put(y, f"tally.sum_pool2d {x.name} kernel {k} pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1]",
        f' {{tally.name = "{layer}.pooled"}} : ({x.type}) -> {y.type}')
    return y


def table(x, layer):
    y = Value(fresh(), x.shape, *r.choice([(0, 15), (-128, 127), (-1000, 1000)]))
    storage = "i32" if y.high > 255 else "i8" if y.low < 0 else "ui8"
    entries = parameter([x.high - x.low + 1], y.element, storage, [r.randint(y.low, y.high) for _ in range(x.low, x.high + 1)])
    put(y, f"tally.table {x.name}, {entries}",
        f' {{tally.name = "{layer}"}} : ({x.type}, {tensor([x.high - x.low + 1], y.element)}) -> {y.type}')
    return y if y.high <= 255 else requantize(y, -8, 7, 0, False, layer)


def snap(x, layer):
    kind, low, high = r.choice([("u2", 0, 4), ("u3", 0, 64), ("s4", -64, 64), ("additive u3", 0, 10), ("additive s4", -10, 10)])
    fine = requantize(x, 4 * low - r.randint(0, 9), 4 * high + r.randint(0, 9), 0, False, layer + ".fine", "0.25")
    y = Value(fresh(), x.shape, low, high)
    even = " {ties_to_even, " if r.random() < 0.5 else " {"
    put(y, f"tally.snap {fine.name} to !tally.pot<{kind}, 1.0>", f'{even}tally.name = "{layer}"}} : {fine.type} -> {y.type}')
    return y


def by_element(x, layer):
    """Constants that differ along other dimensions than the last, or channels of what is no sum."""
    shape = r.choice([[x.shape[3]], [1, x.shape[1], 1, 1], [1, 1, x.shape[2], x.shape[3]], x.shape])
    return requantize(x, -8, 7, r.choice([0, 3]), False, layer, shape=shape)


def concat(x, layer):
    """Of two or three; one may be a constant."""
    axis = r.choice([1, 2, 3, 3])
    parts = [x]
    for i in range(r.randint(1, 2)):
        kind = r.choice(["itself", "layer", "constant"])
        if kind == "constant":
            shape = list(x.shape)
            shape[axis] = r.randint(1, 2)
            storage = "i8" if x.low < 0 else "ui8"
            values = [r.randint(x.low, x.high) for _ in range(count(shape))]
            parts.append(Value(constant(values, storage, x.element, shape), shape, x.low, x.high, x.zero))
            continue
        y = convolution(x, f"{layer}.{i}") if kind == "layer" else x
        y = requantize(y, x.low, x.high, x.zero, kind == "layer", f"{layer}.{i}") if y is not x else x
        parts.append(y if all(a == b for d, (a, b) in enumerate(zip(x.shape, y.shape)) if d != axis) else x)
    r.shuffle(parts)
    shape = list(x.shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    y = Value(fresh(), shape, x.low, x.high, x.zero)
    return operate(y, "tosa.concat", parts, layer, f"axis = {axis} : i32, ")


def slice_of(x, layer, shape=None, start=None):
    shape = shape or [1] + [r.randint(1, n) for n in x.shape[1:]]
    start = start or [r.randint(0, n - m) for n, m in zip(x.shape, shape)]
    y = Value(fresh(), shape, x.low, x.high, x.zero)
    return operate(y, "tosa.slice", [x, shape_of(start), shape_of(shape)], layer)


def split(x, layer):
    """The groups of a convolution: slices, a layer for each, and their concatenation."""
    if x.shape[3] == 1:
        return slice_of(x, layer)
    c = r.randint(1, x.shape[3] - 1)
    halves = []
    for i, (first, size) in enumerate(((0, c), (c, x.shape[3] - c))):
        part = slice_of(x, f"{layer}.{i}", [*x.shape[:3], size], [0, 0, 0, first])
        k = r.randint(1, 2)
        y = Value(fresh(), part.shape, x.low, x.high, x.zero)
        halves.append(operate(y, "tosa.max_pool2d", [part], f"{layer}.{i}", f"kernel = array<i64: {k}, 1>, pad = array<i64: "
                              f"{k - 1}, 0, 0, 0>, stride = array<i64: 1, 1>, "))
    y = Value(fresh(), x.shape, x.low, x.high, x.zero)
    return operate(y, "tosa.concat", halves, layer, "axis = 3 : i32, ")


def pad(x, layer):
    pads = [0, 0] + [r.randint(0, 2) for _ in range(6)]
    shape = [n + pads[2 * d] + pads[2 * d + 1] for d, n in enumerate(x.shape)]
    filler = r.choice([x.zero, r.randint(x.low, x.high)])
    value = Value(constant([filler], "i8" if x.low < 0 else "ui8", x.element), [1], x.low, x.high, x.zero)
    y = Value(fresh(), shape, x.low, x.high, x.zero)
    return operate(y, "tosa.pad", [x, shape_of(pads), value], layer)


def transpose(x, layer):
    """Of four dimensions, or of the five in which channels of groups are mixed."""
    if r.random() < 0.5:
        order = [0] + r.sample([1, 2, 3], 3)
        y = Value(fresh(), [x.shape[d] for d in order], x.low, x.high, x.zero)
        return operate(y, "tosa.transpose", [x], layer, f"perms = array<i32: {', '.join(map(str, order))}>, ")
    g = r.choice([g for g in range(1, x.shape[3] + 1) if x.shape[3] % g == 0])
    split = reshape(x, [*x.shape[:3], g, x.shape[3] // g], layer)
    order = r.choice([[0, 1, 2, 4, 3], [0, 2, 4, 1, 3]])
    y = Value(fresh(), [split.shape[d] for d in order], x.low, x.high, x.zero)
    operate(y, "tosa.transpose", [split], layer, f"perms = array<i32: {', '.join(map(str, order))}>, ")
    return reshape(y, [1, *y.shape[1:3], y.shape[3] * y.shape[4]], layer)


def reshape(x, shape, layer):
    y = Value(fresh(), shape, x.low, x.high, x.zero)
    return operate(y, "tosa.reshape", [x, shape_of(shape)], layer)


def take(x, layer):
    axis = r.choice([1, 2, 3])
    indices = [r.randrange(x.shape[axis]) for _ in range(r.randint(1, 6))]
    shape = list(x.shape)
    shape[axis] = len(indices)
    y = Value(fresh(), shape, x.low, x.high, x.zero)
    put(y, f"tally.take {x.name} {indices} along {axis}", f' {{tally.name = "{layer}"}} : ({x.type}) -> {y.type}')
    return y


def shuffle(x, layer):
    y = Value(fresh(), x.shape, x.low, x.high, x.zero)
    put(y, f"tally.shuffle_channels {x.name} {r.sample(range(x.shape[3]), x.shape[3])}",
        f' {{tally.name = "{layer}"}} : {x.type}')
    return y
