# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Data for the networks of named-arrays.test, and what the float network computes: named_arrays.py [check FILE.npz]"""
import sys

import numpy as np

random = np.random.RandomState(1)
picture = random.randint(0, 256, (40, 6, 6, 3)).astype(np.uint8)
picture.ravel()[:2] = 0, 255
state = random.uniform(-1, 1, (40, 5)).astype(np.float32)
state[3, 4] = -3

W = np.array([0.5, -1.0, 0.25, 1.0, 0.5, -0.75, -0.25, 0.125, 1.0, 0.3, 0.6, -0.9]).reshape(4, 3)
FC = np.array([
    1.0, -0.5, 0.25, 0.75, 0.3, -1.0, 0.5, 0.125, -0.25, 0.7, 0.375, -0.625, 1.0, -0.4, 0.2, -0.8, 0.6, 0.9, -0.3, 0.1,
    0.55, -0.65, 0.85, 0.4, -0.2, 0.15, -0.95]).reshape(3, 9)
FV = np.array([0.5, -0.25, 1.0, 0.75, -0.6, 0.2, 0.8, -0.9, 0.35, 0.45]).reshape(2, 5)
pooled = np.maximum(0, (picture / 255) @ W.T).mean(axis=(1, 2))
classes = np.concatenate([pooled, state], axis=1) @ FC.T
value = state @ FV.T

if sys.argv[1:2] == ["check"]:
    got = np.load(sys.argv[2])
    same = np.allclose(got["class"], classes, atol=1e-5) and np.allclose(got["value"], value, atol=1e-5)
    print(sorted(got.files), got["class"].shape, got["value"].shape, "equal" if same else "different")
else:
    labels = np.arange(40) % 3
    np.savez("two.npz", state=state, picture=picture, labels=labels)
    np.savez_compressed("packed.npz", state=state, picture=picture, labels=labels)
    np.savez("targets.npz", state=state, picture=picture, value=value.astype(np.float32))
    np.savez("more.npz", state=state, picture=picture, label=labels, rest=labels)
    np.savez("real.npz", state=state, picture=picture, labels=labels.astype(np.float32))
    np.savez("one.npz", picture=picture)
    np.savez("uneven.npz", state=state[1:], picture=picture)
    np.savez("wide.npz", state=np.concatenate([state, state[:, :1]], axis=1), picture=picture)
    wrong = state.copy()
    wrong[7, 2] = np.nan
    np.savez("nan.npz", state=wrong, picture=picture)
    np.save("picture.npy", picture)
