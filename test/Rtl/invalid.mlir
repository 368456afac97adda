// RUN: qopt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{requires a name for each input (module_c1), but has 2 names for 1}}
rtl.module @m inputs ["a", "b"] outputs ["s"] {
^bb0(%a: i8):
  rtl.output %a : i8
}

// -----

// expected-error @+1 {{requires a name for each output (module_c1), but has 0 names for 1}}
rtl.module @m inputs ["a"] outputs [] {
^bb0(%a: i8):
  rtl.output %a : i8
}

// -----

// expected-error @+1 {{requires ports of different names (module_c1), but has two 'a'}}
rtl.module @m inputs ["a"] outputs ["a"] {
^bb0(%a: i8):
  rtl.output %a : i8
}

// -----

// expected-error @+1 {{requires an 'rtl.output' at its end}}
rtl.module @m inputs ["a"] outputs [] {
^bb0(%a: i8):
  llvm.unreachable
}

// -----

// expected-error @+1 {{requires 'widths' with a symbol for each of its 1 parameters and a result for each of its 2 ports (extern_c1), but got affine_map<()[s0] -> (s0)>}}
rtl.extern @e params ["W"] inputs ["a"] outputs ["s"] widths affine_map<()[w] -> (w)>

// -----

// expected-error @+1 {{requires words of two dimensions and signless integers (table_c1), but got 'tensor<3xi4>'}}
rtl.table @t dense<0> : tensor<3xi4>

// -----

rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires a declared module (instance_c1), but there is no 'rtl.extern' @e}}
  %s = rtl.instance "e" of @e {W = 8} (%a) : (i8) -> i8
  rtl.output %s : i8
}

// -----

rtl.extern @e params ["W"] inputs ["a"] outputs ["s"] widths affine_map<()[w] -> (w, w)>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires the 1 parameters of @e (instance_c1), but has 2}}
  %s = rtl.instance "e" of @e {V = 8, W = 8} (%a) : (i8) -> i8
  rtl.output %s : i8
}

// -----

rtl.extern @e params ["W"] inputs ["a"] outputs ["s"] widths affine_map<()[w] -> (w, w)>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires parameter 'W' as an integer of 32 bits or a table (instance_c1)}}
  %s = rtl.instance "e" of @e {W = 4294967296} (%a) : (i8) -> i8
  rtl.output %s : i8
}

// -----

rtl.extern @e params ["FILE"] inputs ["a"] outputs ["s"] widths affine_map<()[f] -> (8, 8)>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires a table (instance_c1), but there is no 'rtl.table' @t}}
  %s = rtl.instance "e" of @e {FILE = @t} (%a) : (i8) -> i8
  rtl.output %s : i8
}

// -----

rtl.extern @e params ["DEPTH", "WIDTH", "FILE"] inputs ["a"] outputs ["s"] widths affine_map<()[d, w, f] -> (8, w)>
rtl.table @t dense<0> : tensor<3x2xi4>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires DEPTH to be that of @t, 3 (instance_c1)}}
  %s = rtl.instance "e" of @e {DEPTH = 4, FILE = @t, WIDTH = 8} (%a) : (i8) -> i8
  rtl.output %s : i8
}

// -----

rtl.extern @e params ["W"] inputs ["a"] outputs ["s"] widths affine_map<()[w] -> (w, w)>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires 1 inputs and 1 outputs (instance_c2), but has 2 and 1}}
  %s = rtl.instance "e" of @e {W = 8} (%a, %a) : (i8, i8) -> i8
  rtl.output %s : i8
}

// -----

// A wire of another width does not reach Verilog.
rtl.extern @e params ["W"] inputs ["a"] outputs ["s"] widths affine_map<()[w] -> (w, w)>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i7):
  // expected-error @+1 {{requires 8 bits at port 'a' (instance_c2), but got 7}}
  %s = rtl.instance "e" of @e {W = 8} (%a) : (i7) -> i8
  rtl.output %s : i8
}

// -----

rtl.extern @e params ["W"] inputs ["a"] outputs ["s"] widths affine_map<()[w] -> (w, w mod 0)>
rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{has parameters that give no widths (instance_c2)}}
  %s = rtl.instance "e" of @e {W = 8} (%a) : (i8) -> i8
  rtl.output %s : i8
}

// -----

rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires a wider result (extend_c1), but got 'i8' from 'i8'}}
  %s = rtl.extend %a : i8 to i8
  rtl.output %s : i8
}

// -----

rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires a narrower result (truncate_c1), but got 'i9' from 'i8'}}
  %s = rtl.truncate %a : i8 to i9
  rtl.output %s : i9
}

// -----

rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires a range and a result no wider than its input (clamp_c1), but got 3 to -3 and 'i4' from 'i8'}}
  %s = rtl.clamp %a, 3 to -3 : i8 to i4
  rtl.output %s : i4
}

// -----

rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires bits that its input has (extract_c1), but got 4 from 5 on of 8}}
  %s = rtl.extract %a from 5 : i8 to i4
  rtl.output %s : i4
}

// -----

rtl.module @m inputs ["a"] outputs ["s"] {
^bb0(%a: i8):
  // expected-error @+1 {{requires as many bits as its inputs have (concat_c1), but got 15 for 16}}
  %s = rtl.concat %a, %a : i8, i8 -> i15
  rtl.output %s : i15
}
