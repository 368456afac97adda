# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Images 8x8 of noise that are brighter on the left (class 0) or on the right (class 1).

usage: halves.py NAME COUNT SEED    writes NAME.x.npy (u1 [COUNT, 8, 8, 1]) and NAME.y.npy
"""
import sys

import numpy

name, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
generator = numpy.random.RandomState(seed)
labels = generator.randint(0, 2, count)
images = generator.randint(0, 200, (count, 8, 8, 1))
for image, label in zip(images, labels):
    image[:, 4 * label:4 * label + 4] += 50
numpy.save(name + ".x.npy", images.astype("u1"))
numpy.save(name + ".y.npy", labels.astype("i8"))
