# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a random integer network of all layers that become circuits.

usage: random_network.py SEED    prints a module
"""
import random
import sys

r = random.Random(int(sys.argv[1]))
consts, body, parameters = [], [], []
names = 0


def fresh():
    global names
    names += 1
    return f"%v{names}"


def codes(low, high, zero=0, scale="1.0"):
    sign = "i" if low < 0 else "u"
    width = 8 if (-128 <= low and high <= 127) or (low >= 0 and high <= 255) else 32
    sign = "i" if width == 32 else sign
    return f"!quant.uniform<{sign}{width}<{low}:{high}>:f32, {scale}" + (f":{zero}>" if zero else ">")


def tensor(shape, element):
    return "tensor<" + "".join(f"{n}x" for n in shape) + element + ">"


def dense(shape, values):
    if not shape:
        return str(values.pop(0))
    return "[" + ", ".join(dense(shape[1:], values) for _ in range(shape[0])) + "]"


def count(shape):
    n = 1
    for size in shape:
        n *= size
    return n


def parameter(shape, element, storage, values):
    name = f"p{len(parameters)}"
    parameters.append(f"  ml_program.global private @{name}(dense<{dense(shape, list(values))}> : {tensor(shape, storage)})"
                      f" : {tensor(shape, element)}")
    value = fresh()
    body.append(f"    {value} = ml_program.global_load_const @{name} : {tensor(shape, element)}")
    return value


def constant(values, storage):
    value = fresh()
    shape = [len(values)]
    body.append(f'    {value} = "tosa.const"() <{{values = dense<{dense(shape, list(values))}> : {tensor(shape, storage)}}}>'
                f" : () -> {tensor(shape, storage)}")
    return value


class Value:
    def __init__(self, name, shape, low, high, zero=0):
        self.name, self.shape, self.low, self.high, self.zero = name, shape, low, high, zero

    @property
    def type(self):
        return tensor(self.shape, codes(self.low, self.high, self.zero))


def requantize(x, low, high, zero, per_channel, layer):
    n = x.shape[-1] if per_channel else 1
    shape = f"tensor<{n}x"
    # The middle of what comes in goes to about the middle of what may come out, and fills its range.
    multipliers, shifts, offsets = [], [], []
    for _ in range(n):
        ratio, shift = (high - low) / (x.high - x.low), r.randint(0, 9)
        while ratio * 2**shift < 2:
            shift += 1
        m = r.choice([1, 1, -1]) * round(ratio * 2**shift * r.uniform(0.7, 2.0))
        multipliers.append(m)
        shifts.append(shift)
        offsets.append(((low + high) << shift) // 2 - m * (x.low + x.high) // 2)
    if per_channel and r.random() < 0.2:
        multipliers[0] = 0
    # Constants broadcast to the last dimension.
    y = Value(fresh(), x.shape, low, high, zero)
    rounding = r.choice(["half_up", "floor"])
    body.append(f"    {y.name} = tally.requantize {x.name} multiplier dense<{multipliers}> : {shape}i32> offset "
                f"dense<{offsets}> : {shape}i64> shift dense<{shifts}> : {shape}i8> rounding <{rounding}> "
                f'{{tally.name = "{layer}"}} : {x.type} -> {y.type}')
    return y


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


def adder(x, layer):
    k, f, d = [r.randint(1, 3), r.randint(1, 3)], r.randint(1, 5), r.randint(1, 2)
    pads, strides, out = window(x.shape, k, d)
    shape = [f, *k, x.shape[3]]
    storage = "i8" if x.low < 0 else "ui8"
    w = parameter(shape, codes(x.low, x.high, x.zero), storage, [r.randint(x.low, x.high) for _ in range(count(shape))])
    y = Value(fresh(), [1, *out, f], -count(shape[1:]) * (x.high - x.low), 0)
    result = tensor(y.shape, f"!quant.uniform<i32<{y.low}:0>:f32, 1.0>")
    body.append(f"    {y.name} = tally.adder_conv2d {x.name}, {w} pad {pads} stride {strides} dilation [{d}, {d}] "
                f'{{tally.name = "{layer}"}} : ({x.type}, {tensor(shape, codes(x.low, x.high, x.zero))}) -> {result}')
    y.__class__ = Wide
    return y


class Wide(Value):
    @property
    def type(self):
        return tensor(self.shape, f"!quant.uniform<i32<{self.low}:{self.high}>:f32, 1.0>")


POT = {(4, False): [0, 1, 2, 4, 8, 16, 32, 64], (3, False): [0, 1, 2, 4], (4, True): None}


def convolution(x, layer):
    k, f = [r.randint(1, 3), r.randint(1, 3)], r.randint(1, 5)
    pads, strides, out = window(x.shape, k)
    shape = [f, *k, x.shape[3]]
    kind = r.choice(["uniform", "pot", "apot"])
    if kind == "uniform":
        top = r.choice([1, 7, 127])
        element, largest = codes(-top, top), top
        w = parameter(shape, element, "i8", [r.randint(-top, top) for _ in range(count(shape))])
    else:
        bits = r.choice([3, 4, 5] if kind == "apot" else [2, 3, 4])
        stream = 0
        for i in range(count(shape)):
            code = r.randrange(1 << bits)
            code = 0 if code == 1 << (bits - 1) else code  # minus zero is no code
            stream |= code << (i * bits)
        packed = [(stream >> (8 * i)) & 255 for i in range((count(shape) * bits + 7) // 8)]
        kinds = {"pot": "", "apot": "additive "}
        largest = {("pot", 2): 1, ("pot", 3): 4, ("pot", 4): 64, ("apot", 3): 4, ("apot", 4): 10, ("apot", 5): 48}[kind, bits]
        pot = tensor(shape, f"!tally.pot<{kinds[kind]}s{bits}, 1.0>")
        name = f"p{len(parameters)}"
        parameters.append(f"  ml_program.global private @{name}(dense<{packed}> : tensor<{len(packed)}xui8>) : {pot}")
        loaded, w = fresh(), fresh()
        element = codes(-largest, largest)
        body.append(f"    {loaded} = ml_program.global_load_const @{name} : {pot}")
        body.append(f"    {w} = tally.decode {loaded} : {pot} -> {tensor(shape, element)}")
    bias = constant([r.randint(-50, 50) for _ in range(f)], "i32")
    zero = constant([x.zero], "i8" if x.low < 0 else "ui8")
    weight_zero = constant([0], "i8")
    bound = count(shape[1:]) * largest * (x.high - x.low) + 50
    y = Wide(fresh(), [1, *out, f], -bound, bound)
    body.append(f"    {y.name} = tosa.conv2d {x.name}, {w}, {bias}, {zero}, {weight_zero} {{acc_type = i32, dilation = "
                f"array<i64: 1, 1>, pad = array<i64: {', '.join(map(str, pads))}>, stride = array<i64: "
                f'{", ".join(map(str, strides))}>, tally.name = "{layer}"}} : ({x.type}, {tensor(shape, element)}, '
                f'tensor<{f}xi32>, tensor<1x{"i8" if x.low < 0 else "ui8"}>, tensor<1xi8>) -> {y.type}')
    return y


def pool(x, layer):
    k = [r.randint(1, min(2, x.shape[1])), r.randint(1, min(2, x.shape[2]))]
    pads, strides, out = window(x.shape, k)
    pads = [min(p, k[i // 2] - 1) for i, p in enumerate(pads)]
    if r.random() < 0.5:
        strides, out = [1, 1], [x.shape[1 + d] + pads[2 * d] + pads[2 * d + 1] - k[d] + 1 for d in (0, 1)]
        y = Value(fresh(), [1, *out, x.shape[3]], x.low, x.high, x.zero)
        body.append(f"    {y.name} = tosa.max_pool2d {x.name} {{kernel = array<i64: {k[0]}, {k[1]}>, pad = array<i64: "
                    f"{', '.join(map(str, pads))}>, stride = array<i64: 1, 1>, "
                    f'tally.name = "{layer}"}} : ({x.type}) -> {y.type}')
        return y
    span = k[0] * k[1]
    y = Wide(fresh(), [1, *out, x.shape[3]], span * (x.low - x.zero), span * (x.high - x.zero))
    body.append(f"    {y.name} = tally.sum_pool2d {x.name} kernel {k} pad {pads} stride {strides} dilation [1, 1] "
                f'{{tally.name = "{layer}"}} : ({x.type}) -> {y.type}')
    return requantize(y, x.low, x.high, x.zero, False, layer)


def residual(x, layer):
    """x + layer(x), in a common wide type."""
    a = r.choice([adder, convolution])(x, layer + ".a")
    if a.shape != x.shape:
        a = x
    low, high = -(2**20), 2**20
    one = requantize_wide(a, low, high, a is not x, layer + ".one")
    other = requantize_wide(x, low, high, False, layer + ".other")
    if r.random() < 0.5:
        one, other = other, one
    y = Wide(fresh(), x.shape, low, high)
    body.append(f"    {y.name} = tosa.{r.choice(['add', 'sub'])} {one.name}, {other.name} "
                f'{{tally.name = "{layer}"}} : ({one.type}, {other.type}) -> {y.type}')
    return requantize(y, x.low, x.high, x.zero, False, layer)


def requantize_wide(x, low, high, per_channel, layer):
    y = requantize(x, low, high, 0, per_channel, layer)
    return y


low, high = r.choice([(0, 1), (0, 15), (0, 255), (-8, 7), (-128, 127)])
zero = r.choice([0, 0, r.randint(low, high)])
x = Value("%arg0", [1, r.randint(3, 6), r.randint(3, 6), r.randint(1, 4)], low, high, zero)
first = x
for layer in range(r.randint(2, 4)):
    name = f"layer.{layer}"
    kind = r.choice([adder, convolution, pool, residual])
    before = x
    x = kind(x, name)
    if isinstance(x, Wide):
        low, high = r.choice([(0, 15), (0, 255), (-8, 7), (-100, 100)])
        x = requantize(x, low, high, r.choice([0, r.randint(low, high)]), r.random() < 0.7, name)
last = Value(fresh(), [1, count(x.shape)], x.low, x.high, x.zero)
shape = fresh()
body.append(f"    {shape} = tosa.const_shape {{values = dense<[1, {count(x.shape)}]> : tensor<2xindex>}} : () -> !tosa.shape<2>")
body.append(f"    {last.name} = tosa.reshape {x.name}, {shape} : ({x.type}, !tosa.shape<2>) -> {last.type}")

print("module attributes {tally.stage = #tally.stage<integer>} {")
print("\n".join(parameters))
print(f"  func.func @main({first.name}: {first.type}) -> {last.type} {{")
print("\n".join(body))
print(f"    return {last.name} : {last.type}\n  }}\n}}")
