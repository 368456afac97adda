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

// Keys that are given twice or are for other layers are mistakes.
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/twice.json 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/rules.json 2>&1 | FileCheck %s --check-prefix=RULES
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/kind.json 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not qopt %t/net.mlir --tally-apply-recipe=recipe=%t/levels.json 2>&1 | FileCheck %s --check-prefix=LEVELS
// TWICE: error: recipe '{{.*}}twice.json': 'layers'[1]: 'bits' is given twice
// RULES: error: recipe '{{.*}}rules.json': 'layers' is given twice
// KIND: error: recipe '{{.*}}kind.json': 'layers'[0]: 'search_scale' is a key of 'adder' layers, but the rule is for 'conv'
// LEVELS: error: recipe '{{.*}}levels.json': 'layers'[0]: 'levels' is a key of 'conv' layers, but the rule is for 'adder'

// A rule for all kinds gives each layer the keys of its own.
// RUN: qopt %t/net.mlir --tally-apply-recipe=recipe=%t/both.json | FileCheck %s --check-prefix=BOTH
// BOTH-COUNT-2: tally.adder_conv2d {{.*}}tally.plan = {bits = 5 : i64, clusters = 3 : i64}
// BOTH: tosa.conv2d {{.*}}tally.plan = {bits = 5 : i64, clusters = 3 : i64, levels = "pot"}

// What has no effect on this network may have one on others: warnings.
// RUN: qopt %t/net.mlir --tally-apply-recipe=recipe=%t/good.json -o /dev/null 2>&1 | count 0
// RUN: qopt %t/net.mlir --tally-apply-recipe=recipe=%t/idle.json -o /dev/null 2>&1 | FileCheck %s --check-prefix=IDLE --implicit-check-not=warning
// IDLE: warning: recipe '{{.*}}idle.json': 'layers'[1] is overridden by later rules, 'layers'[4] sets no key, 'layers'[5] matches no layer of kind 'conv'; 'first' gets bits 5, codes "signed", search_scale true; 'second' gets bits 6, codes "signed", search_scale true; 'tosa.conv2d' gets bits 5, rounding "log"
// IDLE: warning: recipe '{{.*}}idle.json': 'layers'[3]: 'rounding' has no effect: it requires 'levels' 'pot' or 'apot'

// A recipe for adder layers says what other networks get.
// RUN: qopt %t/conv.mlir --tally-apply-recipe=recipe=adder-w4a4 -o /dev/null 2>&1 | FileCheck %s --check-prefix=ADDERS --implicit-check-not=warning
// RUN: qopt %t/conv.mlir --tally-apply-recipe=recipe=pot-w4a8 -o /dev/null 2>&1 | FileCheck %s --check-prefix=ENDS --implicit-check-not=warning
// RUN: qopt %t/conv.mlir --tally-apply-recipe=recipe=imported -o /dev/null 2>&1 | count 0
// RUN: qopt %t/net.mlir --tally-apply-recipe=recipe=adder-w8a8 -o /dev/null 2>&1 | count 0
// RUN: qopt %t/conv.mlir --tally-apply-recipe=recipe=%t/any.json -o /dev/null 2>&1 | FileCheck %s --check-prefix=ANY --implicit-check-not=warning
// ADDERS: warning: recipe 'adder-w4a4' changes nothing here: 'layers'[0] matches no layer of kind 'adder'; 'stem' gets bits 8
// ENDS: warning: recipe 'pot-w4a8' changes nothing here:
// ANY: warning: recipe '{{.*}}any.json': 'layers'[0]: 'codes' has no effect: no layer that the rule matches is of kind 'adder'
// ANY: warning: recipe '{{.*}}any.json': 'network': 'quantile' has no effect: no layer is of kind 'adder'

// CHECK: module attributes {tally.plan = {quantile = 9.{{.*}}e-01 : f64}}
// CHECK: tally.name = "first", tally.plan = {bits = 4 : i64, clamp_weights = false}
// CHECK: tally.name = "second", tally.plan = {bits = 6 : i64, clamp_weights = true}
// CHECK: tosa.conv2d {{.*}}tally.plan = {bits = 8 : i64}
// BUILTIN: tally.name = "first", tally.plan = {bits = 3 : i64,
// BITS: error: recipe 'adder-w3a4' requires one number of bits in 2..8
// NONE: error: recipe 'nowhere' is neither a file nor built in; built in are {{.*}}adder-wNaN
// KEY: error: recipe '{{.*}}key.json': 'layers'[0]: unknown key 'bit'; known are 'bits', 'scale', {{.*}}'position'; did you mean 'bits'?
// TYPE: error: recipe '{{.*}}type.json': 'network': 'reestimate_batch_norm' requires true or false, but got 1
// RANGE: 'layers'[1]: 'bits' requires an integer in 1..8, but got 9
// WORD: 'scale' requires one of 'activations', 'group-minimum', 'shared-maximum', 'imported', but got "weights"
// LAYER: error: recipe '{{.*}}layer.json': 'layers'[0] matches no layer's whole name: 'firs'; did you mean 'first'?
// REGEX: 'name' requires a regular expression, but '(' is none
// JSON: error: recipe '{{.*}}net.mlir' is not JSON: parse error at line 1, column 2

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
//--- twice.json
{"layers": [{"bits": 4}, {"bits": 4, "clusters": 2, "bits": 4}]}
//--- rules.json
{"layers": [{"bits": 4}], "layers": [{"bits": 5}]}
//--- kind.json
{"layers": [{"kind": "conv", "search_scale": true}]}
//--- levels.json
{"layers": [{"kind": "adder", "levels": "pot"}]}
//--- idle.json
{"layers": [{"kind": "adder", "codes": "signed", "search_scale": true}, {"bits": 4}, {"bits": 5},
            {"kind": "conv", "rounding": "log"}, {"kind": "adder"}, {"kind": "conv", "position": "first", "bits": 3},
            {"name": "second", "bits": 6}]}
//--- both.json
{"layers": [{"bits": 5, "levels": "pot", "clusters": 3}]}
//--- any.json
{"network": {"quantile": 0.9}, "layers": [{"bits": 4, "codes": "signed", "search_scale": false}]}
//--- conv.mlir
func.func @main(%x: tensor<1x4x4x2xf32>, %w: tensor<2x1x1x2xf32>) -> tensor<1x4x4x2xf32> {
  %zero = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.conv2d %x, %w, %zero, %zero, %zero {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>,
      stride = array<i64: 1, 1>, tally.name = "stem"}
      : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  return %y : tensor<1x4x4x2xf32>
}
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
