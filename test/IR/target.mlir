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

// expected-error @below {{expects 'cpu' to be a processor of 'x86_64' by LLVM's name, but got 'znver99'}}
module attributes {tally.target = #tally.target<arch = "x86_64", cpu = "znver99">} {}

// -----

// expected-error @below {{expects 'features' to be those of 'x86_64' by LLVM's names, with commas between them, but got 'avx512bx'}}
module attributes {tally.target = #tally.target<arch = "x86_64", features = "avx2,avx512bx">} {}

// -----

// As a list for LLVM's tools has it, this would be a feature that no kernel finds.
// expected-error @below {{but got '+avx2'}}
module attributes {tally.target = #tally.target<arch = "x86_64", features = "+avx2">} {}

// -----

// expected-error @below {{but got ''}}
module attributes {tally.target = #tally.target<arch = "x86_64", features = "avx2,">} {}

// -----

// expected-error @below {{expects 'cpu' to be a processor of 'riscv32' by LLVM's name, but got 'znver4'}}
module attributes {tally.target = #tally.target<arch = "riscv32", cpu = "znver4">} {}

// -----

// An architecture that LLVM has a name but no code for: nothing here compiles for it.
// CHECK: #tally.target<arch = "kalimba", cpu = "any">
module attributes {tally.target = #tally.target<arch = "kalimba", cpu = "any">} {}

// -----

// expected-error @+2 {{expects 'core' to be multiplier, "barrel-shifter" or "serial-shifter", but got 'vector'}}
// expected-error @below {{failed to parse Tally_TargetAttr parameter 'core'}}
module attributes {tally.target = #tally.target<core = "vector">} {}

// -----

// expected-error @+2 {{expected one of [no, macs, compute, strict]}}
// expected-error @below {{failed to parse Tally_TargetAttr parameter 'mul_free'}}
module attributes {tally.target = #tally.target<mul_free = nearly>} {}
