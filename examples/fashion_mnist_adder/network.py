# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demonstration network: an ordinary stem and classifier, adder layers or convolutions between them."""
from functools import partial

from torch import nn

from adder import AdderConv2d

LAYERS = {"adder": AdderConv2d, "conv": partial(nn.Conv2d, bias=False)}


class Block(nn.Module):
    """Two layers and a residual connection."""

    def __init__(self, channels, layer):
        super().__init__()
        self.conv1 = layer(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv2 = layer(channels, channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu2 = nn.ReLU()

    def forward(self, x):
        y = self.relu1(self.bn1(self.conv1(x)))
        return self.relu2(self.bn2(self.conv2(y)) + x)


class FashionNet(nn.Module):
    """[N, 1, 28, 28] -> [N, 10]; every inner layer reads the output of a ReLU, so its input is non-negative."""

    def __init__(self, layers="adder", widths=(20, 40, 48)):
        super().__init__()
        a, b, c = widths
        layer = LAYERS[layers]
        self.stem = nn.Sequential(nn.Conv2d(1, a, 3, padding=1, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
                                  nn.MaxPool2d(2))
        self.block1 = Block(a, layer)
        self.down1 = nn.Sequential(layer(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU())
        self.block2 = Block(b, layer)
        self.down2 = nn.Sequential(layer(b, c, 3, stride=2, padding=1), nn.BatchNorm2d(c), nn.ReLU())
        self.block3 = Block(c, layer)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(c, 10)

    def forward(self, x):
        x = self.block1(self.stem(x))
        x = self.block2(self.down1(x))
        x = self.block3(self.down2(x))
        return self.classifier(self.flatten(self.pool(x)))


def adder_operations(model, example):
    """(subtract-and-accumulate steps, adder weights) of one forward pass of one example."""
    steps = []

    def count(layer, _, y):
        steps.append(y[0].numel() * layer.adder[0].numel())

    layers = [m for m in model.modules() if isinstance(m, AdderConv2d)]
    hooks = [m.register_forward_hook(count) for m in layers]
    model(example)
    for hook in hooks:
        hook.remove()
    return sum(steps), sum(m.adder.numel() for m in layers)
