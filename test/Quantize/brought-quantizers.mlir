// What the network rounds itself is not observed before, and what it has rounded keeps its type: for the layer that
// reads it, for the value that is stored, for the result. Codes of a filter stay.
// RUN: %make_images %t 4,2,2,2 7
// RUN: qopt %s --tally-calibrate=data=npy:%t.x.npy,%t.y.npy -o %t.cal.mlir
// RUN: FileCheck %s --check-prefix=SEEN < %t.cal.mlir
// RUN: qopt %t.cal.mlir --tally-resolve-quantizers --tally-insert-quantizers | FileCheck %s

// SEEN: [[X:%.*]] = tally.observe %arg0
// SEEN: [[Q:%.*]] = quant.qcast [[X]]
// SEEN: [[D:%.*]] = quant.dcast [[Q]]
// SEEN: tally.observe [[D]]
// SEEN: [[W:%.*]] = quant.dcast %w
// SEEN-NOT: tally.observe
// SEEN: [[C:%.*]] = tosa.conv2d {{.*}}, [[W]],
// SEEN-NEXT: quant.qcast [[C]]
// SEEN: tally.observe
// SEEN-NEXT: return

// CHECK-DAG: [[IN:!.*]] = !quant.uniform<u8:f32, 6.250000e-02:3>
// CHECK-DAG: [[OUT:!.*]] = !quant.uniform<i8:f32, 5.000000e-01:-128>
// CHECK-COUNT-3: quant.qcast {{.*}} to tensor<1x2x2x2x[[IN]]>
// CHECK: [[V:%.*]] = quant.dcast %w
// CHECK: quant.qcast {{.*}} to tensor<1x2x2x2x[[IN]]>
// CHECK: tosa.conv2d {{.*}}, [[V]],
// CHECK-COUNT-2: quant.qcast {{.*}} to tensor<1x2x2x2x[[OUT]]>
// CHECK-NOT: qcast
!in = !quant.uniform<u8:f32, 0.0625:3>
!out = !quant.uniform<i8:f32, 0.5:-128>
!w = !quant.uniform<i8:f32:0, {0.25, 0.125}>
module attributes {tally.plan = {keep_quantizers = true}} {
  ml_program.global private @w(dense<[[[[7, -11]]], [[[5, 3]]]]> : tensor<2x1x1x2xi8>) : tensor<2x1x1x2x!w>
  func.func @main(%x: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
    %b = "tosa.const"() <{values = dense<0.0> : tensor<2xf32>}> : () -> tensor<2xf32>
    %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
    %q = quant.qcast %x : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!in>
    %d = quant.dcast %q : tensor<1x2x2x2x!in> to tensor<1x2x2x2xf32>
    %w = ml_program.global_load_const @w : tensor<2x1x1x2x!w>
    %f = quant.dcast %w : tensor<2x1x1x2x!w> to tensor<2x1x1x2xf32>
    %c = tosa.conv2d %d, %f, %b, %z, %z {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, tally.plan = {levels = "imported"}} : (tensor<1x2x2x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
    %r = quant.qcast %c : tensor<1x2x2x2xf32> to tensor<1x2x2x2x!out>
    %y = quant.dcast %r : tensor<1x2x2x2x!out> to tensor<1x2x2x2xf32>
    return %y : tensor<1x2x2x2xf32>
  }
}
