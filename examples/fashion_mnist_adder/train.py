#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the demonstration network on Fashion-MNIST and writes it as ONNX. Continues an interrupted run by itself."""
import argparse
import gzip
import math
import os
from pathlib import Path
import signal
import sys
import time

import numpy as np
import torch
from torch import nn

from export import check_export, export_onnx
from network import LAYERS, FashionNet, adder_operations

MEAN, STD = 0.2860, 0.3530  # of the training images, scaled to 0..1
DEBIAN_DATA = "/usr/share/datasets/fashion-mnist"


def load_split(folder, split):
    """(images float [N, 1, 28, 28], normalised; labels int64 [N]) of "train" or "t10k" from IDX files."""
    def read(name, header):
        for path, opener in ((Path(folder) / f"{name}.gz", gzip.open), (Path(folder) / name, open)):
            if path.exists():
                with opener(path, "rb") as file:
                    return np.frombuffer(file.read(), np.uint8, offset=header)
        sys.exit(f"error: '{folder}' has no {name}.gz (on Debian: apt install dataset-fashion-mnist)")

    images = torch.from_numpy(read(f"{split}-images-idx3-ubyte", 16).copy()).reshape(-1, 1, 28, 28)
    labels = torch.from_numpy(read(f"{split}-labels-idx1-ubyte", 8).astype(np.int64))
    return (images.float() / 255 - MEAN) / STD, labels


def augment(images, generator, shift=1):
    """Mirrors every second image and moves each by up to `shift` pixels; pixels moved in are black."""
    count, _, height, width = images.shape
    flip = torch.rand(count, generator=generator) < 0.5
    images = torch.where(flip.reshape(-1, 1, 1, 1), images.flip(3), images)
    padded = nn.functional.pad(images, (shift,) * 4, value=-MEAN / STD)
    dy, dx = torch.randint(0, 2 * shift + 1, (2, count, 1, 1), generator=generator)
    rows, columns = torch.arange(height).reshape(1, -1, 1) + dy, torch.arange(width).reshape(1, 1, -1) + dx
    return padded[torch.arange(count).reshape(-1, 1, 1), 0, rows, columns].unsqueeze(1)


@torch.no_grad()
def accuracy(model, images, labels, batch=500):
    model.eval()
    hits = sum(int((model(x).argmax(1) == y).sum()) for x, y in zip(images.split(batch), labels.split(batch)))
    return hits / len(labels)


def schedule(done, warmup=0.1):
    """Learning rate, relative to the highest, after the fraction `done` of the steps: up linearly, down by cosine."""
    return done / warmup if done < warmup else 0.5 + 0.5 * math.cos(math.pi * (done - warmup) / (1 - warmup))


class Progress:
    """One line with rate and time left: rewritten on a terminal, otherwise printed once a minute."""

    def __init__(self, first_step, steps):
        self.first_step, self.steps, self.start, self.shown = first_step, steps, time.time(), 0.0
        self.terminal = sys.stderr.isatty()

    def show(self, step, text):
        now = time.time()
        if now - self.shown < (0.5 if self.terminal else 60):
            return
        self.shown = now
        rate = (step - self.first_step) / max(now - self.start, 1e-9)
        left = (self.steps - step) / rate if rate else 0
        line = f"{text}  {rate:.1f} steps/s  {int(left) // 60}:{int(left) % 60:02d} left"
        print(f"\r\033[K{line}" if self.terminal else line, end="" if self.terminal else "\n", file=sys.stderr,
              flush=True)

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Run:
    """Model, optimiser and step counter: all that a checkpoint holds.

    Order and augmentation of the images follow from the seed and the step number alone, so that a continued run
    does what the uninterrupted one would have done."""

    def __init__(self, settings, checkpoint):
        self.settings, self.checkpoint, self.step, self.seconds = settings, checkpoint, 0, 0.0
        self.interrupted = False
        torch.manual_seed(settings["seed"])
        self.model = FashionNet(settings["layers"])
        self.optimizer = torch.optim.SGD(self.model.parameters(), settings["lr"], momentum=0.9, weight_decay=5e-4,
                                         nesterov=True)

    def save(self):
        # Written beside and renamed: an interruption here must not cost the previous checkpoint.
        partial = self.checkpoint.with_suffix(".partial")
        torch.save({"settings": self.settings, "step": self.step, "seconds": self.seconds,
                    "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, partial)
        os.replace(partial, self.checkpoint)

    def resume(self):
        state = torch.load(self.checkpoint)
        if state["settings"] != self.settings:
            sys.exit(f"error: '{self.checkpoint}' was made with {state['settings']}, now asked for {self.settings}; "
                     "remove it or pass --fresh to start over")
        self.step, self.seconds = state["step"], state["seconds"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])

    def interrupt(self, *_):
        """Signal handler. The step under way is finished first: half a step could not be continued."""
        self.interrupted = True

    def update(self, images, labels, done):
        """One step; returns the loss."""
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings["lr"] * schedule(done)
        self.optimizer.zero_grad()
        generator = self._generator(self.settings["epochs"] + self.step)
        loss = nn.functional.cross_entropy(self.model(augment(images, generator)), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def train(self, images, labels, test):
        """Returns False if interrupted, after saving a checkpoint."""
        batch, epochs = self.settings["batch"], self.settings["epochs"]
        per_epoch = len(images) // batch
        steps = per_epoch * epochs
        progress = Progress(self.step, steps)
        while self.step < steps:
            started, (epoch, index) = time.time(), divmod(self.step, per_epoch)
            if index == 0 or self.step == progress.first_step:
                order = torch.randperm(len(images), generator=self._generator(epoch))
                loss_sum, counted = 0.0, 0  # since the start of the epoch or of this run
            chosen = order[index * batch:(index + 1) * batch]
            loss_sum += self.update(images[chosen], labels[chosen], self.step / steps)
            self.step += 1
            self.seconds += time.time() - started
            counted += 1
            progress.show(self.step, f"epoch {epoch + 1}/{epochs}  loss {loss_sum / counted:.4f}")
            if self.step % per_epoch == 0 or self.interrupted:
                self.save()
                progress.clear()
            if self.interrupted:
                return False
            if self.step % per_epoch == 0:
                print(f"epoch {epoch + 1}: loss {loss_sum / counted:.4f}, test accuracy "
                      f"{accuracy(self.model, *test):.4f}, {self.seconds / 60:.1f} min", flush=True)
        return True

    def _generator(self, number):
        return torch.Generator().manual_seed(self.settings["seed"] * 1_000_003 + number)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=DEBIAN_DATA, metavar="DIR", help="IDX files, plain or .gz (%(default)s)")
    parser.add_argument("--out", metavar="FILE", help="network to write (fashion_LAYERS.onnx)")
    parser.add_argument("--layers", choices=LAYERS, default="adder", help="between stem and classifier (%(default)s)")
    parser.add_argument("--epochs", type=int, default=12, help="(%(default)s)")
    parser.add_argument("--batch", type=int, default=128, help="images per step (%(default)s)")
    parser.add_argument("--lr", type=float, default=0.1, help="highest learning rate (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of weights, order and augmentation (%(default)s)")
    parser.add_argument("--fresh", action="store_true", help="ignore an existing checkpoint")
    args = parser.parse_args()
    if args.layers == "adder":
        torch.set_num_threads(1)  # AdderConv2d brings its own threads; torch's would compete with them

    out = Path(args.out or f"fashion_{args.layers}.onnx")
    settings = {key: getattr(args, key) for key in ("layers", "epochs", "batch", "lr", "seed")}
    run = Run(settings, out.with_suffix(".ckpt"))
    if run.checkpoint.exists() and not args.fresh:
        run.resume()
        print(f"continuing '{run.checkpoint}' after step {run.step}")
    test = load_split(args.data, "t10k")
    operations, weights = adder_operations(run.model.eval(), test[0][:1])
    print(f"{operations / 1e6:.2f} M adder operations per image, {weights} adder weights; "
          f"input scaled to 0..1, then mean {MEAN}, std {STD}", flush=True)
    handlers = {number: signal.signal(number, run.interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    finished = run.train(*load_split(args.data, "train"), test)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    if not finished:
        print(f"interrupted at step {run.step}; the same command continues", file=sys.stderr)
        return 130

    print(f"trained in {run.seconds / 60:.1f} min, test accuracy {accuracy(run.model, *test):.4f}")
    export_onnx(run.model, out, test[0][:1], MEAN, STD)
    check_export(run.model, out, *test)
    return 0


if __name__ == "__main__":
    sys.exit(main())
