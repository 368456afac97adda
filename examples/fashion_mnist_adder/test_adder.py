#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests of the adder layer against its definition, and of the export against a numpy evaluation of the file."""
from pathlib import Path
import tempfile
import unittest

import onnx
import torch
from torch import nn

from adder import AdderConv2d, AdderConv2dFunction
from export import check_export, export_onnx
from network import FashionNet


def reference(x, w, grad_y, stride, padding, dilation):
    """y, dL/dx and dL/dw by the definitions, in float64, one big array."""
    x, w, kernel = x.double(), w.double(), w.shape[2:]
    columns = nn.functional.unfold(x, kernel, dilation, padding, stride)
    difference = columns[:, None] - w.reshape(1, len(w), -1, 1)  # [N, filters, K, positions]
    grad = grad_y.double().reshape(len(x), len(w), 1, -1)
    grad_columns = (grad * (-difference).clamp(-1, 1)).sum(1)
    return (-difference.abs().sum(2).reshape(grad_y.shape),
            nn.functional.fold(grad_columns, x.shape[2:], kernel, dilation, padding, stride),
            (grad * difference).sum((0, 3)).reshape(w.shape))


def relative(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max()).item()


class AdderLayer(unittest.TestCase):
    # images, channels, filters, height, width, kernel, stride, padding, dilation
    CASES = [
        (2, 3, 4, 6, 6, (3, 3), (1, 1), (1, 1), (1, 1)),
        (3, 4, 5, 7, 6, (3, 3), (2, 2), (1, 1), (1, 1)),
        (2, 1, 1, 5, 5, (5, 5), (1, 1), (0, 0), (1, 1)),
        (2, 6, 3, 4, 4, (1, 1), (2, 2), (0, 0), (1, 1)),
        (2, 3, 4, 8, 9, (3, 2), (1, 2), (2, 0), (2, 1)),
        (70, 16, 8, 14, 14, (3, 3), (1, 1), (1, 1), (1, 1)),  # more than one block of images
    ]

    def test_against_definition(self):
        for n, c, t, h, w, kernel, *geometry in self.CASES:
            with self.subTest(kernel=kernel, geometry=geometry, images=n):
                torch.manual_seed(n + c)
                x = torch.randn(n, c, h, w, requires_grad=True)
                weight = (2 * torch.randn(t, c, *kernel)).requires_grad_()
                y = AdderConv2dFunction.apply(x, weight, *geometry, None)
                grad_y = torch.randn_like(y)
                y.backward(grad_y)
                for actual, expected in zip((y, x.grad, weight.grad), reference(x, weight, grad_y, *geometry)):
                    self.assertEqual(actual.shape, expected.shape)
                    self.assertLess(relative(actual.detach(), expected.detach()), 1e-5)

    def test_local_learning_rate(self):
        layer = AdderConv2d(3, 4, 3, padding=1, eta=0.2)
        layer(torch.randn(2, 3, 6, 6)).square().sum().backward()
        self.assertAlmostEqual(layer.adder.grad.norm().item(), 0.2 * layer.adder.numel() ** 0.5, places=4)

    def test_unsupported(self):
        with self.assertRaisesRegex(NotImplementedError, "groups=1"):
            AdderConv2d(4, 4, 3, groups=2)
        with self.assertRaisesRegex(NotImplementedError, "no bias"):
            AdderConv2d(4, 4, 3, bias=True)
        with self.assertRaisesRegex(ValueError, "empty output"):
            AdderConv2d(4, 4, 3)(torch.zeros(1, 4, 2, 2))


class Branches(nn.Module):
    """What other people's networks contain: a reused activation, F.relu, x.view(x.size(0), -1), a 1x1 shortcut."""

    def __init__(self):
        super().__init__()
        self.stem, self.relu = nn.Conv2d(2, 6, 3, padding=1), nn.ReLU(inplace=True)
        self.adder, self.bn = AdderConv2d(6, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8)
        self.shortcut = nn.Sequential(AdderConv2d(6, 8, 1, stride=2), nn.BatchNorm2d(8))
        self.pool, self.dropout, self.fc = nn.AvgPool2d(4, stride=1), nn.Dropout(), nn.Linear(8, 10)

    def forward(self, x):
        x = self.relu(self.stem(x))
        y = self.relu(self.bn(self.adder(x)))
        y += self.shortcut(x)
        y = self.pool(nn.functional.relu(y))
        return self.fc(self.dropout(y.view(y.size(0), -1)))


class Export(unittest.TestCase):
    def export(self, model, images):
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 1.0
        model.train()
        model(images)  # now the running statistics fit the weights: without that, few values survive the ReLUs
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.onnx"
            export_onnx(model, path, images[:1], 0.5, [0.25, 0.5])
            logits = model(images)
            self.assertGreater(logits.std(0).min(), 1e-3)
            labels = logits.argmax(1)
            self.assertEqual(check_export(model, path, images, labels), 1.0)
            return onnx.load(str(path))

    def test_demonstration_network(self):
        torch.manual_seed(0)
        model = FashionNet("adder", (4, 6, 8))
        network = self.export(model, torch.randn(64, 1, 28, 28))
        adders = [n for n in network.graph.node if n.op_type == "AdderConv"]
        self.assertEqual([(n.domain, n.name, n.input[1]) for n in adders[:1]],
                         [("ai.tally", "block1.conv1", "block1.conv1.adder")])
        self.assertEqual(len(adders), 8)
        names = {name for name in model.state_dict() if not name.endswith("num_batches_tracked")}
        self.assertEqual({i.name for i in network.graph.initializer}, names)
        self.assertEqual({p.key: p.value for p in network.metadata_props},
                         {"tally.mean": "0.5", "tally.std": "0.25 0.5"})

    def test_other_networks(self):
        torch.manual_seed(0)
        network = self.export(FashionNet("conv", (4, 6, 8)), torch.randn(64, 1, 28, 28))
        self.assertEqual(sum(n.op_type == "Conv" for n in network.graph.node), 9)
        self.export(Branches(), torch.randn(64, 2, 8, 8))

    def test_unsupported_module(self):
        with self.assertRaisesRegex(NotImplementedError, "module '0' of type Tanh"):
            export_onnx(nn.Sequential(nn.Tanh()), "unused.onnx", torch.zeros(1, 1), 0, 1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
