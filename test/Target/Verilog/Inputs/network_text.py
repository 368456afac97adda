# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The text of a random integer network, as it grows; what every layer of it needs."""
import random

r = random.Random()
body, parameters = [], []
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


def constant(values, storage, element=None, shape=None):
    value = fresh()
    shape = shape or [len(values)]
    body.append(f'    {value} = "tosa.const"() <{{values = dense<{dense(shape, list(values))}> : {tensor(shape, storage)}}}>'
                f" : () -> {tensor(shape, element or storage)}")
    return value


class Value:
    def __init__(self, name, shape, low, high, zero=0, scale="1.0"):
        self.name, self.shape, self.low, self.high, self.zero, self.scale = name, shape, low, high, zero, scale

    @property
    def element(self):
        return codes(self.low, self.high, self.zero, self.scale)

    @property
    def type(self):
        return tensor(self.shape, self.element)


class Wide(Value):
    """Sums: 32 bits, no zero point."""

    @property
    def element(self):
        return f"!quant.uniform<i32<{self.low}:{self.high}>:f32, {self.scale}>"


def put(result, operation, rest):
    body.append(f"    {result.name} = {operation}{rest}")


def operate(result, operation, operands, layer, attributes=""):
    """An operation in the form of most: attributes, types of operands, type of the result."""
    names = ", ".join(value.name for value in operands)
    put(result, f"{operation} {names}", f' {{{attributes}tally.name = "{layer}"}} : ({", ".join(v.type for v in operands)}) -> '
        f"{result.type}")
    return result


class Shape:
    def __init__(self, name, rank):
        self.name, self.type = name, f"!tosa.shape<{rank}>"


def shape_of(numbers):
    name = fresh()
    body.append(f"    {name} = tosa.const_shape {{values = dense<{list(numbers)}> : tensor<{len(numbers)}xindex>}} : () -> "
                f"!tosa.shape<{len(numbers)}>")
    return Shape(name, len(numbers))


def requantize(x, low, high, zero, per_channel, layer, scale="1.0", shape=None):
    """By constants that differ channel by channel, or as `shape` says."""
    shape = shape or [x.shape[-1] if per_channel else 1]
    n = count(shape)
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
    y = Value(fresh(), x.shape, low, high, zero, scale)
    rounding = r.choice(["half_up", "floor"])
    of = [f"dense<{dense(shape, list(values))}> : {tensor(shape, width)}" for values, width in
          ((multipliers, "i32"), (offsets, "i64"), (shifts, "i8"))]
    put(y, f"tally.requantize {x.name} multiplier {of[0]} offset {of[1]} shift {of[2]} rounding <{rounding}>",
        f' {{tally.name = "{layer}"}} : {x.type} -> {y.type}')
    return y


def narrow(x, layer):
    """Codes of 8 bits at most, whatever `x` holds."""
    low, high = r.choice([(0, 15), (0, 255), (-8, 7), (-100, 100)])
    return requantize(x, low, high, r.choice([0, r.randint(low, high)]), r.random() < 0.7, layer)
