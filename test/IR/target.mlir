// What code is for: parsed, printed, and refused where it says nothing sensible.
// RUN: qopt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: module attributes {tally.target = #tally.target<mul_free = strict>}
module attributes {tally.target = #tally.target<mul_free = strict>} {}

// -----

// CHECK: #tally.target<core = "serial-shifter", arch = "riscv32">
module attributes {tally.target = #tally.target<core = "serial-shifter", arch = "riscv32">} {}

// -----

// CHECK: #tally.target<arch = "x86_64", cpu = "znver4", features = "avx2,avxvnni">
module attributes {tally.target = #tally.target<arch = "x86_64", cpu = "znver4", features = "avx2,avxvnni">} {}

// -----

// expected-error @below {{expects 'arch' to be an architecture by LLVM's name, but got 'vax'}}
module attributes {tally.target = #tally.target<arch = "vax">} {}

// -----

// expected-error @below {{expects 'arch' where there is a 'cpu' or 'features'}}
module attributes {tally.target = #tally.target<features = "avx2">} {}

// -----

// expected-error @+2 {{expected one of [no, macs, compute, strict]}}
// expected-error @below {{failed to parse Tally_TargetAttr parameter 'mul_free'}}
module attributes {tally.target = #tally.target<mul_free = nearly>} {}
