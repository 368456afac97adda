// What a name of the file would do to a screen is shown and not done: no table, message or self-test has a line that is not ours.
// RUN: rm -rf %t && mkdir %t && cd %t && %make_images images 8,4,4,2 31
// DEFINE: %{data} = --data npy:images.x.npy,images.y.npy
// RUN: tally calibrate %s %{data} -o net.cal.mlir
// RUN: tally quantize net.cal.mlir --recipe adder-w4a4 %{data} -o net.q.mlir

// NAME: a\ntally: error: b\x1B[31m\x9B
// RUN: tally report net.q.mlir > lines.txt && FileCheck %s --check-prefix=REPORT < lines.txt
// RUN: tally bench net.q.mlir --runs 1 --steps >> lines.txt && FileCheck %s --check-prefix=NAME < lines.txt
// RUN: tally eval net.q.mlir %{data} --per-layer %s > layers.txt && FileCheck %s --check-prefix=NAME < layers.txt
// RUN: tally emit-c net.q.mlir -o c && %cc -std=c99 -pedantic -Werror -o test c/net_test.c && ./test > test.txt
// RUN: tally verify-mul-free net.q.mlir --level macs -o certificate.json 2> verify.txt || FileCheck %s --check-prefix=VERIFY < verify.txt
// RUN: %python -c 'import json; json.load(open("certificate.json"))'
// REPORT: {{^}}..lly: error: b\x1B[31m\x9B
// VERIFY: layer 'a\ntally: error: b\x1B[31m\x9B'

// Diagnostics, with what they say of names and of files.
// RUN: echo '{"layers": [{"kind": "adder", "name": "a\nb\u001b"}]}' > wrong.json
// RUN: not tally quantize net.cal.mlir --recipe wrong.json -o other.mlir 2> messages.txt
// RUN: %python -c 'import subprocess; subprocess.run(["tally", "report", "no\nfile"])' 2>> messages.txt
// RUN: FileCheck %s --check-prefix=MESSAGES < messages.txt
// MESSAGES: net.cal.mlir:{{.*}} error: recipe 'wrong.json': 'layers'[0] matches no layer's whole name: 'a\nb\x1B'
// MESSAGES: no\nfile
// RUN: cat lines.txt layers.txt test.txt verify.txt messages.txt > all.txt && not grep "^tally: error: b" all.txt
// RUN: %python -c 'assert set(open("all.txt", "rb").read()) <= {10, *range(32, 127)}'

module attributes {tally.stage = #tally.stage<imported>} {
  ml_program.global private @w(dense<[[[[0.5, -0.25]]], [[[1.25, 2.0]]]]> : tensor<2x1x1x2xf32>) : tensor<2x1x1x2xf32>
  func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
    %w = ml_program.global_load_const @w : tensor<2x1x1x2xf32>
    %0 = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "a\0Atally: error: b\1B[31m\9B"}
        : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
    %1 = tosa.clamp %0 {min_val = -9.0 : f32, max_val = 9.0 : f32, tally.name = "clamp"} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
    return %1 : tensor<1x4x4x2xf32>
  }
}
