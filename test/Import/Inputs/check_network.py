# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Takes an ONNX network from the file to integers: check_network.py MODEL.onnx N,H,W,C RECIPE [LEAST]

Compares the imported network with ONNX's definitions (evaluate_onnx.py), reference and compiled code; then quantizes it and compares
the three backends bit for bit, and one image at a time with three. Prints `ok`, or what is wrong and exits with 1. LEAST is the
signal-to-noise ratio in dB that the integers keep of the float network; 20 without it.
"""
import pathlib
import subprocess
import sys

import numpy as np

import evaluate_onnx


def tally(*words):
    run = subprocess.run(["tally", *map(str, words)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"tally {' '.join(map(str, words))}\n{run.stderr}")


def main(model, sizes, recipe, least="20"):
    base = pathlib.Path(model).with_suffix("")
    shape = [int(size) for size in sizes.split(",")]
    rng = np.random.RandomState(0)
    images = (rng.rand(*shape) * rng.rand(shape[0], *[1] * (len(shape) - 1)) * 2).astype(np.float32)
    files = [f"{base}.{part}.npy" for part in "xy"]
    np.save(files[0], images)
    np.save(files[1], np.zeros(shape[0], np.int64))
    data = "npy:" + ",".join(files)
    expected = evaluate_onnx.evaluate(model, images).reshape(shape[0], -1)

    def outputs(network, backend):
        tally("eval", network, "--data", data, "--on", backend, "--outputs", f"{base}.out.npy")
        return np.load(f"{base}.out.npy").reshape(expected.shape)

    wrong = []
    quantized = {}
    for batch in (1, 3):
        stem = f"{base}.{batch}"
        tally("import", model, "--batch", batch, "-o", f"{stem}.mlir")
        for backend in ("ref", "cpu"):
            error = np.abs(outputs(f"{stem}.mlir", backend) - expected).max() / np.abs(expected).max()
            if not error < 1e-4:
                wrong.append(f"float, batch {batch}, {backend}: differs by {error:.2g} of the largest result")
        tally("calibrate", f"{stem}.mlir", "--data", data, "-o", f"{stem}.cal.mlir")
        tally("quantize", f"{stem}.cal.mlir", "--recipe", recipe, "--data", data, "-o", f"{stem}.q.mlir")
        quantized[batch] = {backend: outputs(f"{stem}.q.mlir", backend) for backend in ("ref", "cpu", "c")}
    first = quantized[1]["ref"]
    for batch, results in quantized.items():
        for backend, result in results.items():
            if not np.array_equal(result, first):
                wrong.append(f"integers, batch {batch}, {backend}: {np.count_nonzero(result != first)} results differ")
    power = np.sum((expected - expected.mean(0))**2)
    ratio = 10 * np.log10(power / max(np.sum((first - expected)**2), 1e-30))
    if not ratio >= float(least):
        wrong.append(f"integers: {ratio:.1f} dB of the float network, {least} asked")
    print("\n".join(wrong) if wrong else "ok")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
