# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a torch module tree with AdderConv2d layers as ONNX and checks the file against the module.

The nodes are written one for one with onnx.helper, not by torch.onnx.export: batch normalisation stays a node of its
own, and parameters and nodes keep their names in the module tree. Quantization needs both.
"""
import copy
import operator

import onnx
from onnx import TensorProto, helper, numpy_helper
import torch
from torch import fx, nn

from adder import AdderConv2d
from onnx_numpy import evaluate


class _Tracer(fx.Tracer):
    def is_leaf_module(self, module, name):
        return isinstance(module, AdderConv2d) or super().is_leaf_module(module, name)


def _pair(value):
    return [value, value] if isinstance(value, int) else list(value)


def _convolution(m, kernel, groups=1):
    if isinstance(m.padding, str):
        raise NotImplementedError(f"padding '{m.padding}': give it as numbers")
    if getattr(m, "padding_mode", "zeros") != "zeros":
        raise NotImplementedError(f"padding mode '{m.padding_mode}'")
    return dict(kernel_shape=list(kernel), strides=_pair(m.stride), pads=_pair(m.padding) * 2,
                dilations=_pair(m.dilation), group=groups)


def _pool(m, **more):
    if m.ceil_mode:
        raise NotImplementedError("pooling with ceil_mode")
    return dict(kernel_shape=_pair(m.kernel_size), strides=_pair(m.stride), pads=_pair(m.padding) * 2, **more)


def _max_pool(m):
    if _pair(m.dilation) != [1, 1]:
        raise NotImplementedError("pooling with dilation")
    return "MaxPool", [], _pool(m)


def _adaptive_pool(m):
    if _pair(m.output_size) != [1, 1]:
        raise NotImplementedError(f"AdaptiveAvgPool2d({m.output_size}): only global pooling")
    return "GlobalAveragePool", [], {}


def _batch_norm(m):
    if not (m.affine and m.track_running_stats):
        raise NotImplementedError("batch normalisation without parameters or running statistics")
    return "BatchNormalization", ["weight", "bias", "running_mean", "running_var"], dict(epsilon=m.eps)


def _flatten(m):
    if (m.start_dim, m.end_dim) != (1, -1):
        raise NotImplementedError(f"Flatten({m.start_dim}, {m.end_dim})")
    return "Flatten", [], dict(axis=1)


def _with_bias(m):
    return ["weight"] if m.bias is None else ["weight", "bias"]


# Module -> (ONNX operator, its parameters in order, attributes); None: nothing to do at inference.
MODULES = {
    AdderConv2d: lambda m: ("AdderConv", ["adder"], _convolution(m, m.adder.shape[2:])),
    nn.Conv2d: lambda m: ("Conv", _with_bias(m), _convolution(m, m.kernel_size, m.groups)),
    nn.Linear: lambda m: ("Gemm", _with_bias(m), dict(transB=1)),
    nn.BatchNorm2d: _batch_norm,
    nn.ReLU: lambda m: ("Relu", [], {}),
    nn.MaxPool2d: _max_pool,
    nn.AvgPool2d: lambda m: ("AveragePool", [], _pool(m, count_include_pad=int(m.count_include_pad))),
    nn.AdaptiveAvgPool2d: _adaptive_pool,
    nn.Flatten: _flatten,
    nn.Dropout: lambda m: None,
    nn.Identity: lambda m: None,
}
ADD = (operator.add, operator.iadd, torch.add, "add", "add_")
RELU = (torch.relu, nn.functional.relu, "relu", "relu_")
SIZE = ("size",)


def _function(node):
    """(ONNX operator, attributes) of a call that is no module, or None if it computes no value of the network."""
    tensors = [a for a in node.args if isinstance(a, fx.Node)]
    if node.target in ADD and len(tensors) == len(node.args) == 2 and not node.kwargs:
        return "Add", {}
    if node.target in RELU:
        return "Relu", {}
    if node.target in SIZE:
        return None
    if node.target in (torch.flatten, "flatten") and node.args[1:] == (1,):
        return "Flatten", dict(axis=1)
    if node.target in ("view", "reshape") and len(node.args) == 3 and node.args[2] == -1 \
            and getattr(node.args[1], "target", None) in SIZE:  # x.view(x.size(0), -1)
        return "Flatten", dict(axis=1)
    raise NotImplementedError(f"call of '{node.target}' in '{node.name}'; use one of the modules "
                              f"{', '.join(m.__name__ for m in MODULES)}, x + y, relu or flatten(x, 1)")


def _translate(model, graph):
    """The list of ONNX nodes, the parameters that they use, and the name of the result."""
    state, modules = model.state_dict(), dict(model.named_modules())
    values, nodes, used, taken = {}, [], {}, set()
    for node in graph.nodes:
        if node.op == "placeholder":
            values[node] = "input"
            continue
        if node.op == "output":
            return nodes, used, values[node.args[0]]
        if node.op == "call_module":
            module, parameters = modules[node.target], []
            if type(module) not in MODULES:
                raise NotImplementedError(f"module '{node.target}' of type {type(module).__name__}")
            name, inputs, made = node.target, node.args[:1], MODULES[type(module)](module)
            if made is None:
                values[node] = values[inputs[0]]
                continue
            op, parameters, attributes = made
            parameters = [f"{name}.{p}" for p in parameters]
        elif node.op in ("call_function", "call_method"):
            made = _function(node)
            if made is None:
                continue
            (op, attributes), parameters = made, []
            inputs = node.args if op == "Add" else node.args[:1]
            scope = values[inputs[0]].rpartition(".out")[0].rpartition(".")[0]  # of the module beside it
            name = f"{scope}.{op.lower()}" if scope else op.lower()
        else:
            raise NotImplementedError(f"'{node.target}' used outside of a module")
        first, calls = name, 1
        while name in taken:  # a module that is called again: relu, relu2, ...
            calls += 1
            name = f"{first}{calls}"
        taken.add(name)
        used.update((p, state[p]) for p in parameters)
        values[node] = f"{name}.out"
        nodes.append(helper.make_node(op, [values[i] for i in inputs] + parameters, [values[node]], name,
                                      domain="ai.tally" if op == "AdderConv" else None, **attributes))
    raise AssertionError("graph without output")


def export_onnx(model, path, example, mean, std):
    """`example` gives the input's shape; `mean` and `std`, a number or one per channel, become metadata of the file."""
    model.eval()
    nodes, parameters, result = _translate(model, _Tracer().trace(model))
    for node in nodes:
        node.output[:] = ["logits" if name == result else name for name in node.output]
    with torch.no_grad():
        shapes = {"input": example.shape, "logits": model(example).shape}
    infos = [helper.make_tensor_value_info(k, TensorProto.FLOAT, list(s)) for k, s in shapes.items()]
    weights = [numpy_helper.from_array(v.detach().float().numpy(), k) for k, v in parameters.items()]
    network = helper.make_model(
        helper.make_graph(nodes, type(model).__name__, infos[:1], infos[1:], weights), ir_version=7,
        producer_name="fashion_mnist_adder",
        opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("ai.tally", 1)])
    for key, value in (("tally.mean", mean), ("tally.std", std)):
        values = [value] if isinstance(value, (int, float)) else value
        network.metadata_props.add(key=key, value=" ".join(f"{v:g}" for v in values))
    onnx.checker.check_model(network)
    onnx.save(network, str(path))


@torch.no_grad()
def check_export(model, path, images, labels, compared=16, batch=500):
    """Compares the file's logits with the module's on a few images, prints the file's accuracy on all of them.

    The comparison is in float64: in float32, sums of some hundred distances differ in the fourth digit of a logit
    with the order of summation, which would hide mistakes."""
    model.eval()
    network = onnx.load(str(path))
    expected = copy.deepcopy(model).double()(images[:compared].double()).numpy()
    actual = evaluate(network, images[:compared].double().numpy())
    difference = abs(actual - expected).max() / abs(expected).max()
    print(f"'{path}': largest logit difference to PyTorch {difference:.1e} of the largest logit")
    if not difference < 1e-6:
        raise SystemExit("error: the exported network differs from the PyTorch module")
    hits = sum(int((evaluate(network, x.numpy()).argmax(1) == y.numpy()).sum())
               for x, y in zip(images.split(batch), labels.split(batch)))
    print(f"'{path}': accuracy {hits / len(labels):.4f} on {len(labels)} images (numpy evaluation of the file)")
    return hits / len(labels)
