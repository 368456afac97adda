// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Terms min(x, w) of adder layers: |x - w| = x + w - 2 min(x, w), where the sums of x serve all
// filters of a layer and those of w are known. ../README.md says what ports and parameters mean. Both
// operands have one sign and A = W bits.
module tally_min #(parameter A = 8, W = A, X_SIGNED = 0, W_SIGNED = X_SIGNED, P = A) (
    input [A-1:0] x, input [W-1:0] w, output [P-1:0] t, output c);
  wire [A-1:0] flip = {X_SIGNED == 1 ? 1'b1 : 1'b0, {(A-1){1'b0}}};
  assign t = (x ^ flip) < (w ^ flip) ? x : w;
  assign c = 1'b0;
  generate
    if (A != W || X_SIGNED != W_SIGNED) tally_min_requires_operands_of_one_type error();
  endgenerate
endmodule
