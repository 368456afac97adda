// RUN: qopt %s --tally-linalg-to-steps --split-input-file --verify-diagnostics
// RUN: not qopt %s --tally-linalg-to-steps=lanes=-1 --split-input-file 2>&1 | FileCheck %s --check-prefix=LANES

// LANES: requires 'lanes' of at least 0, but got -1

// expected-error @below {{requires tensors of static shape to be lowered to loops}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

// expected-error @below {{requires one block to be lowered to loops}}
func.func @blocks(%x: tensor<1xf32>) -> tensor<1xf32> {
  cf.br ^end
^end:
  return %x : tensor<1xf32>
}

// -----

func.func @named(%x: tensor<1xf32>) -> tensor<1xf32> {
  // expected-error @below {{'tosa.exp' cannot be lowered to loops}}
  %y = tosa.exp %x : (tensor<1xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}

// -----

#id = affine_map<(i) -> (i)>
func.func @two_results(%x: tensor<4xf32>) -> tensor<4xf32> {
  %empty = tensor.empty() : tensor<4xf32>
  // expected-error @below {{requires one result and static shapes to be lowered to loops}}
  %y:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%empty, %empty : tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%in: f32, %a: f32, %b: f32):
    linalg.yield %in, %in : f32, f32
  } -> (tensor<4xf32>, tensor<4xf32>)
  return %y#1 : tensor<4xf32>
}

// -----

#id = affine_map<(i) -> (i)>
#next = affine_map<(i) -> (i + 1)>
func.func @shifted_result(%x: tensor<4xf32>) -> tensor<5xf32> {
  %empty = tensor.empty() : tensor<5xf32>
  // expected-error @below {{requires results indexed by loops to be lowered to loops}}
  %y = linalg.generic {indexing_maps = [#id, #next], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%empty : tensor<5xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// -----

#none = affine_map<(i) -> ()>
#id = affine_map<(i) -> (i)>
func.func @scalar_operand(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %first = tensor.extract %x[%c0] : tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  // expected-error @below {{requires constant scalars to be lowered to loops}}
  %y = linalg.generic {indexing_maps = [#none, #id], iterator_types = ["parallel"]}
      ins(%first : f32) outs(%empty : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

#id = affine_map<(i) -> (i)>
func.func @yields_outer_value(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %first = tensor.extract %x[%c0] : tensor<4xf32>
  // expected-error @below {{yields a value that cannot be lowered to loops}}
  %y = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : tensor<4xf32>) {
  ^bb0(%out: f32):
    linalg.yield %first : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

#id = affine_map<(i) -> (i)>
func.func @uses_outer_value(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %first = tensor.extract %x[%c0] : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : tensor<4xf32>) {
  ^bb0(%out: f32):
    // expected-error @below {{uses a value that cannot be lowered to loops}}
    %sum = arith.addf %out, %first : f32
    linalg.yield %sum : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

#id = affine_map<(i) -> (i)>
func.func @not_elementwise(%x: tensor<4xi32>) -> tensor<4xi32> {
  %y = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : tensor<4xi32>) {
  ^bb0(%out: i32):
    // expected-error @below {{'arith.addui_extended' cannot be lowered to loops}}
    %sum, %carry = arith.addui_extended %out, %out : i32, i1
    linalg.yield %sum : i32
  } -> tensor<4xi32>
  return %y : tensor<4xi32>
}

// -----

func.func @computed_padding(%x: tensor<4xf32>) -> tensor<6xf32> {
  %c0 = arith.constant 0 : index
  %first = tensor.extract %x[%c0] : tensor<4xf32>
  // expected-error @below {{requires constant padding to be lowered to loops}}
  %y = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %first : f32
  } : tensor<4xf32> to tensor<6xf32>
  return %y : tensor<6xf32>
}

// -----

func.func @column(%x: tensor<2xf32>) -> tensor<2x1xf32> {
  %empty = tensor.empty() : tensor<2x1xf32>
  // expected-error @below {{requires static offsets and strides and equal ranks to be lowered to loops}}
  %y = tensor.insert_slice %x into %empty[0, 0] [2, 1] [1, 1] : tensor<2xf32> into tensor<2x1xf32>
  return %y : tensor<2x1xf32>
}

// -----

func.func @row(%x: tensor<2x4xf32>) -> tensor<4xf32> {
  // expected-error @below {{requires static offsets and equal ranks to be lowered to loops}}
  %y = tensor.extract_slice %x[1, 0] [1, 4] [1, 1] : tensor<2x4xf32> to tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @missing_resource() -> tensor<4xf32> {
  // expected-error @below {{has constant elements that cannot be read: expected 16 bytes, but got 0}}
  %y = arith.constant dense_resource<missing> : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @sparse() -> tensor<4xf32> {
  // expected-error @below {{has constant elements that cannot be lowered}}
  %y = arith.constant sparse<[[1]], [2.0]> : tensor<4xf32>
  return %y : tensor<4xf32>
}
