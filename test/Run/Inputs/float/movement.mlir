// Rearrangements, alone and behind each other.
func.func @main(%x: tensor<1x3x4x5xf32>) -> (tensor<1x6x4x7xf32>, tensor<1x2x1x3xf32>, tensor<1x5x3x4xf32>, tensor<1x12x5xf32>,
                                             tensor<1x3x4x5xf32>, tensor<1x3x9x5xf32>, tensor<1x2x10x2xf32>) {
  %value = "tosa.const"() <{values = dense<-7.5> : tensor<1xf32>}> : () -> tensor<1xf32>
  %pads = tosa.const_shape {values = dense<[0, 0, 1, 2, 0, 0, 2, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %0 = tosa.pad %x, %pads, %value : (tensor<1x3x4x5xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x6x4x7xf32>
  %start = tosa.const_shape {values = dense<[0, 1, 3, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<[1, 2, 1, 3]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %1 = tosa.slice %x, %start, %size : (tensor<1x3x4x5xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x1x3xf32>
  %2 = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x3x4x5xf32>) -> tensor<1x5x3x4xf32>
  %flat = tosa.const_shape {values = dense<[1, 12, 5]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %3 = tosa.reshape %x, %flat : (tensor<1x3x4x5xf32>, !tosa.shape<3>) -> tensor<1x12x5xf32>
  %4 = tally.shuffle_channels %x [4, 2, 0, 1, 3] : tensor<1x3x4x5xf32>
  %row = tosa.const_shape {values = dense<[1, 3, 1, 5]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %origin = tosa.const_shape {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %first = tosa.slice %x, %origin, %row : (tensor<1x3x4x5xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x3x1x5xf32>
  %5 = tosa.concat %4, %first, %x {axis = 2 : i32} : (tensor<1x3x4x5xf32>, tensor<1x3x1x5xf32>, tensor<1x3x4x5xf32>) -> tensor<1x3x9x5xf32>
  %6 = tosa.identity %2 : (tensor<1x5x3x4xf32>) -> tensor<1x5x3x4xf32>
  %start2 = tosa.const_shape {values = dense<[0, 0, 1, 0]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size2 = tosa.const_shape {values = dense<[1, 5, 2, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %7 = tosa.slice %6, %start2, %size2 : (tensor<1x5x3x4xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x5x2x4xf32>
  %shape = tosa.const_shape {values = dense<[1, 2, 10, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %8 = tosa.reshape %7, %shape : (tensor<1x5x2x4xf32>, !tosa.shape<4>) -> tensor<1x2x10x2xf32>
  return %0, %1, %2, %3, %4, %5, %8 : tensor<1x6x4x7xf32>, tensor<1x2x1x3xf32>, tensor<1x5x3x4xf32>, tensor<1x12x5xf32>, tensor<1x3x4x5xf32>, tensor<1x3x9x5xf32>, tensor<1x2x10x2xf32>
}
