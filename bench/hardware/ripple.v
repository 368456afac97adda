// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// For yosys's techmap: carries of adders one after another, the smallest way.
(* techmap_celltype = "$lcu" *)
module tally_ripple_carry (P, G, CI, CO);
  parameter WIDTH = 1;
  input [WIDTH-1:0] P, G;
  input CI;
  output [WIDTH-1:0] CO;
  wire [WIDTH:0] carry = {G | (P & carry[WIDTH-1:0]), CI};
  assign CO = carry[WIDTH:1];
endmodule
