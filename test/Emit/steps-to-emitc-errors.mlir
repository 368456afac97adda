// RUN: qopt %s --tally-steps-to-emitc --split-input-file --verify-diagnostics
// RUN: not qopt %s --tally-steps-to-emitc=name=2nd --split-input-file 2>&1 | FileCheck %s --check-prefix=NAME

// NAME: requires 'name' to be an identifier of C, but got '2nd'

// expected-error @below {{requires a public function to be emitted as C}}
module {
  func.func private @step(%x: memref<4xi8>) {
    return
  }
}

// -----

// expected-error @below {{has inputs or results of type 'tensor<4xi8>': run tally-linalg-to-steps first}}
func.func @tensors(%x: tensor<4xi8>) {
  return
}

// -----

// expected-error @below {{has inputs or results of type f32: only integer networks are emitted as C; quantize it first}}
func.func @floats(%x: memref<4xf32>) {
  return
}

// -----

// expected-error @below {{'tally.opaque' requires a function with a body, from i32 to i32}}
func.func private @wide(%x: i64) -> i64 attributes {tally.opaque} {
  return %x : i64
}
func.func @calls_wide(%x: memref<4xi8>) {
  return
}

// -----

// expected-error @below {{has constant elements that cannot be read}}
// expected-error @below {{failed to legalize operation 'memref.global'}}
memref.global "private" constant @weights : memref<4xi8> = dense_resource<missing>
func.func @missing_resource(%x: memref<4xi8>) {
  return
}

// -----

func.func private @step(%x: memref<4xi8>) {
  return
}
func.func @unplanned(%x: memref<4xi8>) {
  // expected-error @below {{has no place in an arena: run tally-plan-memory first}}
  %y = memref.alloc() : memref<4xi8>
  call @step(%y) : (memref<4xi8>) -> ()
  return
}
