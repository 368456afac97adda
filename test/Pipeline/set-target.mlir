// The module says what it is lowered for.
// RUN: qopt %s --tally-set-target="mul-free=macs core=barrel-shifter" | FileCheck %s
// RUN: qopt %s --tally-set-target="arch=x86_64 cpu=znver4 features=avx2,avx512vnni" | FileCheck %s --check-prefix=CPU
// RUN: qopt %s --tally-set-target | FileCheck %s --check-prefix=NONE
// RUN: not qopt %s --tally-set-target=mul-free=nearly 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not qopt %s --tally-set-target=core=vector 2>&1 | FileCheck %s --check-prefix=CORE
// RUN: not qopt %s --tally-set-target=cpu=znver4 2>&1 | FileCheck %s --check-prefix=ARCH

// CHECK: module attributes {tally.target = #tally.target<mul_free = macs, core = "barrel-shifter">}
// CPU: module attributes {tally.target = #tally.target<arch = "x86_64", cpu = "znver4", features = "avx2,avx512vnni">}
// NONE: module {
// LEVEL: requires 'mul-free' to be no, macs, compute or strict, but got 'nearly'
// CORE: requires 'core' to be multiplier, barrel-shifter or serial-shifter, but got 'vector'
// ARCH: expects 'arch' where there is a 'cpu' or 'features'
module attributes {tally.mul_free = "strict"} {}
