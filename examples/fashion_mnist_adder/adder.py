# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Adder convolution for PyTorch: y = -sum |x - w| over the receptive field.

Training follows AdderNet (Chen et al., CVPR 2020): the weight gradient is the "full-precision" x - w, the input
gradient is HardTanh(w - x), and every adder layer scales its weight gradient to a common length, because lengths
differ by orders of magnitude between layers.

|x - w| = x + w - 2 min(x, w), so the forward pass needs two passes over the data per filter: a minimum and a sum.
The CPU code below unfolds a few images at a time into columns [K, P] (K = Cin*kh*kw taps, P = output positions) and
walks over the filters, reusing one buffer of that shape: no temporary ever has the size filters x K x P. Such blocks
of images are spread over threads that run torch's operators single-threaded: one synchronisation per layer, not one
per operator, which is faster and keeps its speed on a busy machine. A training script should call
torch.set_num_threads(1), so that torch's own threads do not compete with these.
"""
from concurrent.futures import ThreadPoolExecutor
import os

import torch
from torch import nn

# Elements of the scratch buffer. Larger: cache misses; smaller: more calls into torch than arithmetic.
BLOCK_ELEMENTS = 160 * 1024

_threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)), initializer=torch.set_num_threads, initargs=(1,))


@torch.no_grad()
def _run_block(work, first, last):
    work(first, last)


def output_size(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class _Geometry:
    """Shapes of one adder convolution, and the way between an image and its columns."""

    def __init__(self, x, weight, stride, padding, dilation):
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.images, self.channels, self.height, self.width = x.shape
        self.kernel = weight.shape[2:]
        self.out = [output_size(x.shape[2 + i], self.kernel[i], stride[i], padding[i], dilation[i]) for i in (0, 1)]
        if min(self.out) < 1:
            raise ValueError(f"adder convolution of a {self.height}x{self.width} image has an empty output")
        self.taps = weight[0].numel()
        self.positions = self.out[0] * self.out[1]

    def for_each_block(self, work):
        """Calls work(first, last) for ranges of images whose columns fit the scratch buffer, on several threads."""
        step = max(1, BLOCK_ELEMENTS // (self.taps * self.positions))
        starts = range(0, self.images, step)
        list(_threads.map(lambda first: _run_block(work, first, min(first + step, self.images)), starts))

    def _window(self, padded, row, column):
        """The view [C, N, Hout, Wout] of a padded [C, N, H, W] image that kernel tap (row, column) sees."""
        top, left = row * self.dilation[0], column * self.dilation[1]
        return padded[:, :, top:top + (self.out[0] - 1) * self.stride[0] + 1:self.stride[0],
                      left:left + (self.out[1] - 1) * self.stride[1] + 1:self.stride[1]]

    def columns(self, x):
        """[n, C, H, W] -> [K, n * positions]; positions outside the image are zeros that take part in the sum."""
        ph, pw = self.padding
        padded = nn.functional.pad(x, (pw, pw, ph, ph)).transpose(0, 1)
        taps = [self._window(padded, r, c) for r in range(self.kernel[0]) for c in range(self.kernel[1])]
        return torch.stack(taps, dim=1).reshape(self.taps, -1)

    def image(self, columns, images):
        """The adjoint of columns(): adds every column entry back to the pixel that it was read from."""
        (ph, pw), (kh, kw) = self.padding, self.kernel
        columns = columns.reshape(self.channels, kh * kw, images, *self.out)
        padded = columns.new_zeros(self.channels, images, self.height + 2 * ph, self.width + 2 * pw)
        for tap in range(kh * kw):
            self._window(padded, *divmod(tap, kw)).add_(columns[:, tap])
        return padded[:, :, ph:ph + self.height, pw:pw + self.width].transpose(0, 1)


class AdderConv2dFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, stride, padding, dilation, eta):
        geometry = _Geometry(x, weight, stride, padding, dilation)
        filters = weight.reshape(weight.shape[0], -1, 1)
        y = x.new_empty(geometry.images, weight.shape[0], *geometry.out)

        def block(first, last):
            columns = geometry.columns(x[first:last])
            smaller, sums = torch.empty_like(columns), columns.new_empty(len(filters), columns.shape[1])
            for t, taps in enumerate(filters):
                torch.minimum(columns, taps, out=smaller)
                torch.sum(smaller, 0, out=sums[t])
            sums.mul_(2).sub_(columns.sum(0)).sub_(filters.sum(1))
            y[first:last] = sums.reshape(len(filters), last - first, *geometry.out).transpose(0, 1)

        geometry.for_each_block(block)
        ctx.save_for_backward(x, weight)
        ctx.geometry, ctx.eta = geometry, eta
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        grad_x = input_gradient(x, weight, grad_y, ctx.geometry) if ctx.needs_input_grad[0] else None
        grad_weight = weight_gradient(x, weight, grad_y, ctx.geometry) if ctx.needs_input_grad[1] else None
        if grad_weight is not None and ctx.eta is not None:
            # The adaptive local learning rate: every layer's gradient gets the length eta * sqrt(numel).
            grad_weight *= ctx.eta * weight.numel() ** 0.5 / grad_weight.norm().clamp(min=1e-12)
        return grad_x, grad_weight, None, None, None, None


def input_gradient(x, weight, grad_y, geometry):
    """dL/dx = sum over filters and taps of dL/dy * HardTanh(w - x)."""
    filters = weight.reshape(weight.shape[0], -1, 1)
    grad_x = torch.empty_like(x)

    def block(first, last):
        columns = geometry.columns(x[first:last])
        slope, gradient = torch.empty_like(columns), torch.zeros_like(columns)
        incoming = grad_y[first:last].transpose(0, 1).reshape(len(filters), -1)
        for taps, dy in zip(filters, incoming):
            torch.sub(taps, columns, out=slope)
            gradient.addcmul_(slope.clamp_(-1, 1), dy)
        grad_x[first:last] = geometry.image(gradient, last - first)

    geometry.for_each_block(block)
    return grad_x


def weight_gradient(x, weight, grad_y, geometry):
    """dL/dw = sum over positions of dL/dy * (x - w), which is a convolution's weight gradient minus a scaled w."""
    g = geometry
    grad = nn.grad.conv2d_weight(x, weight.shape, grad_y, g.stride, g.padding, g.dilation)
    return grad - weight * grad_y.sum((0, 2, 3)).reshape(-1, 1, 1, 1)


def _pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


class AdderConv2d(nn.Module):
    """Drop-in for a bias-free nn.Conv2d. The parameter is called `adder`, as in the common AdderNet code."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=False,
                 eta=0.2):
        super().__init__()
        if groups != 1:
            raise NotImplementedError(f"AdderConv2d supports groups=1 only, but got {groups}")
        if bias:
            raise NotImplementedError("AdderConv2d has no bias: the batch normalisation behind it supplies one")
        self.stride, self.padding, self.dilation = _pair(stride), _pair(padding), _pair(dilation)
        self.eta = eta
        self.adder = nn.Parameter(torch.randn(out_channels, in_channels, *_pair(kernel_size)))

    def forward(self, x):
        if x.dim() != 4 or x.shape[1] != self.adder.shape[1]:
            raise ValueError(f"AdderConv2d expects [N, {self.adder.shape[1]}, H, W], but got {list(x.shape)}")
        return AdderConv2dFunction.apply(x, self.adder, self.stride, self.padding, self.dilation, self.eta)

    def extra_repr(self):
        filters, channels, *kernel = self.adder.shape
        return f"{channels}, {filters}, kernel_size={tuple(kernel)}, stride={self.stride}, padding={self.padding}"


adder2d = AdderConv2d  # its name in the common AdderNet code, whose network definitions can import this file instead
