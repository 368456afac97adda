# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes image files and the same as arrays: images.py DIR COUNT H,W CLASS,CLASS... [resize=SIZE] [crop=SIZE] [gray] [odd]

DIR/CLASS/00.png ... are COUNT images for each class, every second one grayscale; with one class named `.`, they lie in DIR
itself. With `odd`, sides vary by image. DIR.x.npy has the images as bytes, scaled to `resize` and cut to `crop` by
formulas of its own, as grayscale where `gray` says so; DIR.y.npy the labels. Standard library and numpy only.
"""
import os
import struct
import sys
import zlib

import numpy as np


def write_png(path, image):
    """`image`: bytes [H, W, C]."""
    height, width, channels = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2 if channels == 3 else 0, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def scale_matrix(before, after):
    """[after, before]: how much each pixel counts, a triangle as wide as the larger pixel."""
    width = max(before / after, 1.0)
    centres = (np.arange(after) + 0.5) * (before / after)
    weights = np.maximum(0, 1 - np.abs(np.arange(before) + 0.5 - centres[:, None]) / width)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.floor(weights * 2**22 + 0.5).astype(np.int64)


def scale(image, height, width):
    def along(matrix, pixels):
        return np.clip((np.tensordot(matrix, pixels, 1) + 2**21) >> 22, 0, 255)

    image = image.astype(np.int64)
    if width != image.shape[1]:
        image = along(scale_matrix(image.shape[1], width), image.transpose(1, 0, 2)).transpose(1, 0, 2)
    if height != image.shape[0]:
        image = along(scale_matrix(image.shape[0], height), image)
    return image.astype(np.uint8)


def sides(text):
    """`HxW`; None for W where there is one number."""
    height, _, width = text.partition("x")
    return int(height), int(width) if width else None


def transform(image, options):
    if "gray" in options and image.shape[2] == 3:
        image = ((image.astype(np.int64) @ [19595, 38470, 7471] + 2**15) >> 16).astype(np.uint8)[..., None]
    if "gray" not in options and image.shape[2] == 1:
        image = np.repeat(image, 3, axis=2)
    if "resize" in options:
        to, (height, width) = sides(options["resize"]), image.shape[:2]
        if to[1] is None:
            to = (int(to[0] * height / min(height, width)), int(to[0] * width / min(height, width)))
        image = scale(image, *to)
    if "crop" in options:
        height, width = sides(options["crop"])
        width = width or height
        top, left = (int(round(rest / 2)) for rest in (image.shape[0] - height, image.shape[1] - width))
        image = image[top : top + height, left : left + width]
    return image


def main():
    folder, count, first, classes, *words = sys.argv[1:]
    options = dict(word.partition("=")[::2] for word in words)
    height, width = (int(side) for side in first.split(","))
    random = np.random.RandomState(1)
    images, labels = [], []
    for label, name in enumerate(classes.split(",")):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for number in range(int(count)):
            more = (number * 3, label * 5) if "odd" in options else (0, 0)
            shape = (height + more[0], width + more[1], 1 if number % 2 else 3)
            # Smooth, so that what is scaled depends on all of it, and rough.
            y, x, c = np.indices(shape)
            image = (x * 7 + y * 5 + c * 60 + label * 40 + random.randint(0, 64, shape)).astype(np.uint8)
            write_png(os.path.join(folder, name, f"{number:02}.png"), image)
            images.append(transform(image, options))
            labels.append(label)
    np.save(folder + ".x.npy", np.array(images))
    np.save(folder + ".y.npy", np.array(labels))


main()
