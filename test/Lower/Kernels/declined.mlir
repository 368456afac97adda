// Kernels that might have computed a layer say why they do not, as remarks.
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=ssse3,sse2" --tally-lower-to-cpu --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark -o %t.out 2> %t.remarks
// RUN: FileCheck %s --check-prefix=SSSE3 < %t.remarks
// RUN: qopt %s --split-input-file --tally-set-target="mul-free=macs arch=x86_64 features=ssse3,sse2" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark -o %t.out 2>&1 | FileCheck %s --check-prefix=FREE
// RUN: qopt %s --split-input-file --tally-set-target="arch=x86_64 features=avx2,avxvnni" --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark -o %t.out 2>&1 | FileCheck %s --check-prefix=FOURS
// RUN: qopt %s --split-input-file --tally-to-linalg --remark-policy=all --remarks-filter=tally-.* --remark-format=emitRemark -o %t.out 2>&1 | FileCheck %s --check-prefix=PLAIN

// SSSE3: [Missed] Kernel {{.*}}Function=first {{.*}}Why="the processor has neither avx512vnni nor avxvnni"
// SSSE3: [Missed] Kernel {{.*}}Kernel=pmaddubsw, {{.*}}Why="sums of two products saturate with weights larger than 64, but the largest is 100"
// What computes it in the end, and how.
// SSSE3: [Passed] Tile {{.*}}Function=first | Kernel=pmaddwd, Lanes={{[0-9]+}}, Layers=["first"], Outputs={{[0-9]+}}, Remark="in tiles of {{[0-9]+}} outputs by {{[0-9]+}} lanes"
// FREE: [Missed] Kernel {{.*}}Function=first {{.*}}Why="--mul-free forbids products"
// FOURS: [Passed] Kernel {{.*}}Function=first {{.*}}Kernel=vpdpbusd
!u = !quant.uniform<u8:f32, 0.5>
!v = !quant.uniform<i8<-127:127>:f32, 0.25>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>
ml_program.global private @w(dense<100> : tensor<16x1x1x4xi8>) : tensor<16x1x1x4x!v>
func.func @main(%x: tensor<1x4x4x4x!u>) -> tensor<1x4x4x16x!s> {
  %w = ml_program.global_load_const @w : tensor<16x1x1x4x!v>
  %bias = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %zp = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %bias, %zp, %zero {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "first"}
      : (tensor<1x4x4x4x!u>, tensor<16x1x1x4x!v>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x4x4x16x!s>
  return %y : tensor<1x4x4x16x!s>
}

// -----

// FREE: [Missed] Kernel {{.*}}Function=depthwise {{.*}}Why="--mul-free forbids products"
// FOURS: [Passed] Kernel {{.*}}Function=depthwise {{.*}}Kernel=vpdpbusd
!u = !quant.uniform<u8:f32, 0.5>
!v = !quant.uniform<i8<-127:127>:f32, 0.25>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>
ml_program.global private @w(dense<100> : tensor<3x3x4x1xi8>) : tensor<3x3x4x1x!v>
func.func @main(%x: tensor<1x4x4x4x!u>) -> tensor<1x2x2x4x!s> {
  %w = ml_program.global_load_const @w : tensor<3x3x4x1x!v>
  %bias = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %zp = "tosa.const"() <{values = dense<0> : tensor<1xui8>}> : () -> tensor<1xui8>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.depthwise_conv2d %x, %w, %bias, %zp, %zero {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "depthwise"}
      : (tensor<1x4x4x4x!u>, tensor<3x3x4x1x!v>, tensor<1xi32>, tensor<1xui8>, tensor<1xi8>) -> tensor<1x2x2x4x!s>
  return %y : tensor<1x2x2x4x!s>
}

// -----

// FOURS: [Missed] Kernel {{.*}}Function=wide {{.*}}Kernel=vpdpbusd, {{.*}}Why="its input's codes have 16 bits"
!u = !quant.uniform<i16<-1000:1000>:f32, 0.5>
!v = !quant.uniform<i8<-127:127>:f32, 0.25>
!s = !quant.uniform<i32<-1000000:1000000>:f32, 0.125>
ml_program.global private @w(dense<100> : tensor<16x1x1x4xi8>) : tensor<16x1x1x4x!v>
func.func @main(%x: tensor<1x4x4x4x!u>) -> tensor<1x4x4x16x!s> {
  %w = ml_program.global_load_const @w : tensor<16x1x1x4x!v>
  %bias = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %zp = "tosa.const"() <{values = dense<0> : tensor<1xi16>}> : () -> tensor<1xi16>
  %zero = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %bias, %zp, %zero {acc_type = i48, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.name = "wide"}
      : (tensor<1x4x4x4x!u>, tensor<16x1x1x4x!v>, tensor<1xi32>, tensor<1xi16>, tensor<1xi8>) -> tensor<1x4x4x16x!s>
  return %y : tensor<1x4x4x16x!s>
}

// -----

// Code for groups has the terms of a line one behind the other: 74 bytes here.
// SSSE3: [Missed] Kernel {{.*}}Function=groups {{.*}}Kernel=group-differences, {{.*}}Why="its groups have too many channels"
!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
ml_program.global private @w(dense<5> : tensor<2x2x1x37xui8>) : tensor<2x2x1x37x!x>
func.func @main(%x: tensor<1x4x4x74x!x>) -> tensor<1x3x4x2x!y> {
  %w = ml_program.global_load_const @w : tensor<2x2x1x37x!x>
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] group 2 {tally.name = "groups"}
      : (tensor<1x4x4x74x!x>, tensor<2x2x1x37x!x>) -> tensor<1x3x4x2x!y>
  return %y : tensor<1x3x4x2x!y>
}

// -----

// A filter that comes from outside cannot be laid out for the kernel; it is brought into another order in front of it.
// SSSE3: [Missed] Kernel {{.*}}Function=variable {{.*}}Kernel=psadbw, {{.*}}Why="its filter is not constant"
// SSSE3: [Missed] Tile {{.*}}Function=step {{.*}}Remark="one element at a time: what it reads does not lie side by side"
!x = !quant.uniform<u8:f32, 0.5>
!y = !quant.uniform<i32<-100000:0>:f32, 0.5>
func.func @main(%x: tensor<1x4x4x1x!x>, %w: tensor<2x3x3x1x!x>) -> tensor<1x2x2x2x!y> {
  %y = tally.adder_conv2d %x, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "variable"}
      : (tensor<1x4x4x1x!x>, tensor<2x3x3x1x!x>) -> tensor<1x2x2x2x!y>
  return %y : tensor<1x2x2x2x!y>
}

// -----

// Sums of bytes are put away in halves of words: as many as fit. One word less of input does.
// PLAIN: [Passed] Kernel {{.*}}Function=fits {{.*}}Kernel=swar-differences
// PLAIN: [Missed] Kernel {{.*}}Function=many {{.*}}Kernel=swar-differences, {{.*}}Why="its sums may leave 16 bits"
!x = !quant.uniform<u8<0:63>:f32, 0.5>
!y = !quant.uniform<i32<-200000:0>:f32, 0.5>
ml_program.global private @v(dense<7> : tensor<4x1x1x2080xui8>) : tensor<4x1x1x2080x!x>
ml_program.global private @w(dense<9> : tensor<4x1x1x2084xui8>) : tensor<4x1x1x2084x!x>
func.func @main(%p: tensor<1x1x1x2080x!x>, %q: tensor<1x1x1x2084x!x>) -> (tensor<1x1x1x4x!y>, tensor<1x1x1x4x!y>) {
  %v = ml_program.global_load_const @v : tensor<4x1x1x2080x!x>
  %w = ml_program.global_load_const @w : tensor<4x1x1x2084x!x>
  %r = tally.requantize %p multiplier dense<3> : tensor<1xi32> offset dense<1> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <floor>
      : tensor<1x1x1x2080x!x> -> tensor<1x1x1x2080x!x>
  %s = tally.requantize %q multiplier dense<3> : tensor<1xi32> offset dense<1> : tensor<1xi64> shift dense<1> : tensor<1xi8> rounding <floor>
      : tensor<1x1x1x2084x!x> -> tensor<1x1x1x2084x!x>
  %y = tally.adder_conv2d %r, %v pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "fits"}
      : (tensor<1x1x1x2080x!x>, tensor<4x1x1x2080x!x>) -> tensor<1x1x1x4x!y>
  %z = tally.adder_conv2d %s, %w pad [0, 0, 0, 0] stride [1, 1] dilation [1, 1] {tally.name = "many"}
      : (tensor<1x1x1x2084x!x>, tensor<4x1x1x2084x!x>) -> tensor<1x1x1x4x!y>
  return %y, %z : tensor<1x1x1x4x!y>, tensor<1x1x1x4x!y>
}
