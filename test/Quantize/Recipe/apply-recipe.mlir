// Rules set what they name on the layers they match; the last one wins.
// RUN: split-file %s %t
// RUN: qopt %t/net.mlir --tally-apply-recipe=recipe=%t/good.json | FileCheck %s
// RUN: qopt %t/net.mlir --tally-apply-recipe=recipe=adder-w3a3 | FileCheck %s --check-prefix=BUILTIN
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=adder-w3a4 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=nowhere 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/key.json 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/type.json 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/range.json 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/word.json 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/layer.json 2>&1 | FileCheck %s --check-prefix=LAYER
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/regex.json 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/net.mlir 2>&1 | FileCheck %s --check-prefix=JSON

// CHECK: module attributes {tally.plan = {quantile = 9.{{.*}}e-01 : f64}}
// CHECK: tally.name = "first", tally.plan = {bits = 4 : i64, clamp_weights = false}
// CHECK: tally.name = "second", tally.plan = {bits = 6 : i64, clamp_weights = true}
// CHECK: tosa.conv2d {{.*}}tally.plan = {bits = 8 : i64}
// BUILTIN: tally.name = "first", tally.plan = {bits = 3 : i64,
// BITS: error: recipe 'adder-w3a4' requires one number of bits in 2..8
// NONE: error: recipe 'nowhere' is neither a file nor built in; built in are {{.*}}adder-wNaN
// KEY: error: recipe '{{.*}}key.json': 'layers'[0]: unknown key 'bit'; known are 'bits', 'scale',
// TYPE: error: recipe '{{.*}}type.json': 'network': 'reestimate_batch_norm' requires true or false, but got 1
// RANGE: 'layers'[1]: 'bits' requires an integer in 2..8, but got 9
// WORD: 'scale' requires one of 'activations', 'group-minimum', 'shared-maximum', 'imported', but got "weights"
// LAYER: error: recipe '{{.*}}layer.json': 'layers'[0] matches no layer: 'firs'
// REGEX: 'name' requires a regular expression, but '(' is none
// JSON: error: recipe '{{.*}}net.mlir' is not a JSON object

//--- good.json
{"description": "a test", "network": {"quantile": 0.9},
 "layers": [{"kind": "adder", "bits": 4, "clamp_weights": false}, {"name": "sec.*", "bits": 6, "clamp_weights": true},
            {"kind": "conv", "bits": 8}]}
//--- key.json
{"layers": [{"bit": 4}]}
//--- type.json
{"network": {"reestimate_batch_norm": 1}}
//--- range.json
{"layers": [{"bits": 2}, {"bits": 9}]}
//--- word.json
{"layers": [{"scale": "weights"}]}
//--- layer.json
{"layers": [{"name": "firs", "bits": 4}]}
//--- regex.json
{"layers": [{"name": "(", "bits": 4}]}
//--- net.mlir
func.func @main(%x: tensor<1x4x4x2xf32>, %w: tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32> {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %a = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "first"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %b = tally.adder_conv2d %a, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "second"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %y = tosa.conv2d %b, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>,
      stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}
